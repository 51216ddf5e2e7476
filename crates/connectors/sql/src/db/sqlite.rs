use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex as Blocking, PoisonError};

use async_trait::async_trait;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error, OpenFlags};
use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result};
use tenure_scim::precis::{text_key, username_key};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{Dialect, KEY, Lower, Param, Row, Session, Sql, USER_KEY};
use crate::error::{Meaning, unfit, wrong};

type Shared = Arc<Blocking<Connection>>;

/// A database file and the one connection to it, opened at first use.
pub(crate) struct Sqlite {
    path: PathBuf,
    connection: Arc<Mutex<Option<Shared>>>,
}

impl Sqlite {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), connection: Arc::default() }
    }

    pub(super) fn name(&self) -> String {
        self.path.file_name().map_or_else(|| "sqlite".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    pub(super) async fn session(&self) -> Result<SqliteSession> {
        let mut held = Arc::clone(&self.connection).lock_owned().await;
        let connection = match &*held {
            Some(connection) => Arc::clone(connection),
            None => {
                let path = self.path.clone();
                let opened = blocking(move || open(&path)).await?;
                Arc::clone(held.insert(Arc::new(Blocking::new(opened))))
            }
        };
        let session = SqliteSession { connection, held: Arc::new(held) };
        // A call that was dropped may have left its transaction.
        session
            .run(
                |connection| {
                    if connection.is_autocommit() { Ok(()) } else { connection.execute_batch("ROLLBACK") }
                },
            )
            .await?;
        Ok(session)
    }
}

fn open(path: &Path) -> Result<Connection> {
    // Never makes a file: a new one has no tables.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| failed(&error))?;
    let prepare = || {
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        connection.create_scalar_function(KEY, 1, flags, |args| {
            Ok(args.get::<Option<String>>(0)?.map(|text| text_key(&text).into_owned()))
        })?;
        connection.create_scalar_function(USER_KEY, 1, flags, |args| {
            Ok(args.get::<Option<String>>(0)?.map(|text| username_key(&text).into_owned()))
        })
    };
    prepare().map_err(|error| failed(&error))?;
    Ok(connection)
}

/// The connection, for one call at a time.
pub(crate) struct SqliteSession {
    connection: Shared,
    /// Also held by a statement that goes on after its call was dropped: nobody else's may come in between.
    held: Arc<OwnedMutexGuard<Option<Shared>>>,
}

impl SqliteSession {
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (connection, held) = (Arc::clone(&self.connection), Arc::clone(&self.held));
        blocking(move || {
            let _held = held;
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&connection).map_err(|error| failed(&error))
        })
        .await
    }
}

#[async_trait]
impl Session for SqliteSession {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn lower(&self) -> Lower {
        Lower::Functions
    }

    async fn begin(&mut self) -> Result<()> {
        self.run(|connection| connection.execute_batch("BEGIN IMMEDIATE")).await
    }

    async fn commit(&mut self) -> Result<()> {
        // What was refused at the end stays open; the next session undoes it.
        self.run(|connection| connection.execute_batch("COMMIT")).await
    }

    async fn rollback(&mut self) {
        drop(self.run(|connection| connection.execute_batch("ROLLBACK")).await);
    }

    async fn query(&mut self, sql: &Sql) -> Result<Vec<Row>> {
        let sql = sql.clone();
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(&sql.text)?;
            let columns = statement.column_count();
            let mut rows = statement.query(rusqlite::params_from_iter(sql.params.iter().map(value)))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(
                    (0..columns).map(|at| row.get_ref(at).map(cell)).collect::<rusqlite::Result<Vec<_>>>()?,
                );
            }
            Ok(found)
        })
        .await?
        .into_iter()
        .map(|row| row.into_iter().collect())
        .collect()
    }

    async fn execute(&mut self, sql: &Sql) -> Result<Option<String>> {
        let sql = sql.clone();
        self.run(move |connection| {
            connection
                .prepare_cached(&sql.text)?
                .execute(rusqlite::params_from_iter(sql.params.iter().map(value)))?;
            Ok(Some(connection.last_insert_rowid().to_string()))
        })
        .await
    }

    async fn version(&mut self) -> Result<String> {
        Ok(format!("SQLite {}", rusqlite::version()))
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(ConnectorError::new(ErrorKind::Unexpected, Certainty::Unknown)
            .with_detail("the database's thread ended"))
    })
}

fn value(param: &Param) -> Value {
    match param {
        Param::Text(text) => Value::Text(text.clone()),
        Param::Int(value) => Value::Integer(*value),
        Param::Flag(value) => Value::Integer(i64::from(*value)),
        Param::Null | Param::Now => Value::Null,
    }
}

fn cell(value: ValueRef<'_>) -> Result<Option<String>> {
    Ok(match value {
        ValueRef::Null => None,
        ValueRef::Integer(value) => Some(value.to_string()),
        ValueRef::Real(value) => Some(value.to_string()),
        ValueRef::Text(text) | ValueRef::Blob(text) => {
            let text =
                std::str::from_utf8(text).map_err(|_| unfit("expected text in a column, found bytes"))?;
            Some(text.to_owned())
        }
    })
}

fn failed(error: &Error) -> ConnectorError {
    let (code, text) = match error {
        Error::SqliteFailure(code, text) => (code, text.clone().unwrap_or_else(|| code.to_string())),
        Error::SqlInputError { error, msg, .. } => (error, msg.clone()),
        other => return Meaning::Other.refused("", &other.to_string()),
    };
    let meaning = match (code.extended_code, code.extended_code & 0xff) {
        (2067 | 1555 | 2579, _) => Meaning::Taken,
        (787 | 1811, _) => Meaning::Referred,
        (_, 18..=20) => Meaning::Value,
        (_, 5 | 6) => Meaning::Unavailable,
        (_, 3 | 8 | 23) => Meaning::Permission,
        (_, 14 | 26) => return wrong(format!("cannot open the database: {text}")),
        (_, 1) if text.contains("no such") || text.contains("no column") => Meaning::Layout,
        _ => Meaning::Other,
    };
    meaning.refused(code.extended_code.to_string(), &text)
}
