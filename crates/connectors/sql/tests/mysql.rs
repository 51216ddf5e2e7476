//! The connector against MariaDB or MySQL: `TENURE_MYSQL` holds the URL of a user who may make databases, without a
//! database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod layouts;

use mysql_async::prelude::Queryable as _;
use serde_json::{Value, json};
use tenure_connector_sql::SqlConnector;

use self::layouts::{Place, connect, database_tests, fresh_name, run_apart, server, tables};

database_tests! {}

struct Mysql {
    url: String,
    database: String,
}

fn place() -> Option<Mysql> {
    let place = Mysql { url: server("TENURE_MYSQL")?, database: fresh_name() };
    place.run(&format!("CREATE DATABASE {} CHARACTER SET utf8mb4", place.database));
    let words = [
        ("id", "id BIGINT AUTO_INCREMENT PRIMARY KEY"),
        ("text", "VARCHAR(180)"),
        ("time", "DATETIME(6) NULL"),
        ("int", "INT"),
        ("ref", "BIGINT"),
        ("uuid", "CHAR(36)"),
        ("flag", "TINYINT(1)"),
        ("q", "`"),
    ];
    tables(&place.prefix(), &words).iter().for_each(|sql| place.run(sql));
    Some(place)
}

impl Drop for Mysql {
    fn drop(&mut self) {
        // A test that failed may still hold the tables.
        if !std::thread::panicking() {
            self.run(&format!("DROP DATABASE {}", self.database));
        }
    }
}

impl Place for Mysql {
    fn connector(&self, layout: Value) -> SqlConnector {
        connect(layout, json!({ "mysql": format!("{}/{}", self.url, self.database) }))
    }

    fn prefix(&self) -> String {
        format!("{}.", self.database)
    }

    fn run(&self, sql: &str) {
        let (url, sql) = (self.url.clone(), sql.to_owned());
        run_apart(async move {
            let mut conn = mysql_async::Conn::from_url(url).await.unwrap();
            conn.query_drop(sql).await.unwrap();
            conn.disconnect().await.unwrap();
        });
    }

    fn shout(&self) -> String {
        let prefix = self.prefix();
        format!(
            "CREATE TRIGGER {prefix}shout BEFORE UPDATE ON {prefix}accounts FOR EACH ROW SET NEW.full_name = UPPER(NEW.full_name)"
        )
    }
}
