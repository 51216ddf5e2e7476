//! What somebody would write by hand: one table, one index, prepared statements, and a transaction for each write.

use std::path::Path;

use rusqlite::Connection;
use tokio_postgres::{Client, NoTls};

pub(crate) enum Baseline {
    Sqlite(Connection),
    Postgres { client: Box<Prepared>, schema: String },
}

/// A client that prepares each text once.
pub(crate) struct Prepared {
    client: Client,
    known: std::collections::HashMap<String, tokio_postgres::Statement>,
}

impl Prepared {
    async fn prepare_cached(&mut self, sql: &str) -> tokio_postgres::Statement {
        if let Some(statement) = self.known.get(sql) {
            return statement.clone();
        }
        let statement = self.client.prepare(sql).await.unwrap();
        self.known.insert(sql.to_owned(), statement.clone());
        statement
    }
}

pub(crate) enum Database {
    Sqlite,
    Postgres,
}

impl Baseline {
    pub(crate) fn sqlite(file: &Path) -> Self {
        let connection = Connection::open(file).unwrap();
        connection.pragma_update(None, "synchronous", "FULL").unwrap();
        connection.pragma_update(None, "cache_size", -32_000).unwrap();
        Self::Sqlite(connection)
    }

    pub(crate) async fn postgres(server: &str, schema: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(server, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("SET search_path = {schema}")).await.unwrap();
        Self::Postgres {
            client: Box::new(Prepared { client, known: Default::default() }),
            schema: schema.to_owned(),
        }
    }

    pub(crate) fn database(&self) -> Database {
        match self {
            Self::Sqlite(_) => Database::Sqlite,
            Self::Postgres { .. } => Database::Postgres,
        }
    }

    /// Carries out statements one by one, each in a transaction of its own unless they say otherwise.
    pub(crate) async fn script(&mut self, sql: &str) {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(sql).unwrap(),
            Self::Postgres { client, .. } => {
                for statement in sql.split(';').filter(|statement| !statement.trim().is_empty()) {
                    client.client.batch_execute(statement).await.unwrap();
                }
            }
        }
    }

    pub(crate) async fn insert(&mut self, n: u32) {
        let (id, name, body) = (format!("hand-{n}"), format!("hand{n:07}"), "x".repeat(900));
        match self {
            Self::Sqlite(connection) => {
                let sql = "INSERT INTO hand (id, user_name, body) VALUES (?1, ?2, ?3)";
                connection.prepare_cached(sql).unwrap().execute([id, name, body]).unwrap();
            }
            Self::Postgres { client, .. } => {
                let sql = "INSERT INTO hand (id, user_name, body) VALUES ($1, $2, $3)";
                let statement = client.prepare_cached(sql).await;
                client.client.execute(&statement, &[&id, &name, &body]).await.unwrap();
            }
        }
    }

    pub(crate) async fn ids(&mut self, count: i64) -> Vec<String> {
        let sql = "SELECT id FROM hand WHERE user_name LIKE 'seed%' ORDER BY id LIMIT ";
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare(&format!("{sql}{count}")).unwrap();
                let ids = statement.query_map([], |row| row.get(0)).unwrap();
                ids.map(Result::unwrap).collect()
            }
            Self::Postgres { client, .. } => client
                .client
                .query(&format!("{sql}{count}"), &[])
                .await
                .unwrap()
                .iter()
                .map(|row| row.get(0))
                .collect(),
        }
    }

    pub(crate) async fn get(&mut self, id: &str) -> String {
        self.body("SELECT body FROM hand WHERE id = ", id).await
    }

    pub(crate) async fn by_name(&mut self, name: &str) -> String {
        self.body("SELECT body FROM hand WHERE user_name = ", name).await
    }

    async fn body(&mut self, sql: &str, value: &str) -> String {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(&format!("{sql}?1")).unwrap();
                statement.query_row([value], |row| row.get(0)).unwrap()
            }
            Self::Postgres { client, .. } => {
                let statement = client.prepare_cached(&format!("{sql}$1")).await;
                client.client.query_one(&statement, &[&value]).await.unwrap().get(0)
            }
        }
    }

    pub(crate) async fn page(&mut self, after: i64, size: i64) -> Vec<String> {
        match self {
            Self::Sqlite(connection) => {
                let sql = "SELECT body FROM hand WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
                let mut statement = connection.prepare_cached(sql).unwrap();
                let found = statement.query_map([after, size], |row| row.get(0)).unwrap();
                found.map(Result::unwrap).collect()
            }
            Self::Postgres { client, .. } => {
                let sql = "SELECT body FROM hand WHERE n > $1 ORDER BY n LIMIT $2";
                let statement = client.prepare_cached(sql).await;
                client
                    .client
                    .query(&statement, &[&after, &size])
                    .await
                    .unwrap()
                    .iter()
                    .map(|row| row.get(0))
                    .collect()
            }
        }
    }

    pub(crate) async fn add_member(&mut self, value: &str) {
        let touch = "UPDATE hand_group SET version = version + 1 WHERE id = 1";
        match self {
            Self::Sqlite(connection) => {
                connection.execute_batch("BEGIN IMMEDIATE").unwrap();
                let sql = "INSERT INTO hand_member (owner, value) VALUES (1, ?1)";
                connection.prepare_cached(sql).unwrap().execute([value]).unwrap();
                connection.prepare_cached(touch).unwrap().execute([]).unwrap();
                connection.execute_batch("COMMIT").unwrap();
            }
            Self::Postgres { client, .. } => {
                let sql = "INSERT INTO hand_member (owner, value) VALUES (1, $1)";
                let (insert, touch) = (client.prepare_cached(sql).await, client.prepare_cached(touch).await);
                let transaction = client.client.transaction().await.unwrap();
                transaction.execute(&insert, &[&value]).await.unwrap();
                transaction.execute(&touch, &[]).await.unwrap();
                transaction.commit().await.unwrap();
            }
        }
    }

    pub(crate) async fn clean_up(self) {
        if let Self::Postgres { client, schema } = self {
            client.client.batch_execute(&format!("DROP SCHEMA {schema} CASCADE")).await.unwrap();
        }
    }
}
