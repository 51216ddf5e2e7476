//! The connector against MariaDB or MySQL: `TENURE_MYSQL` holds the URL of a user who may make databases, without a
//! database. Without one the tests pass untried, unless `TENURE_REQUIRE_SERVERS` is set.
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

use self::layouts::{Place, database_tests, tables};

database_tests! {}

struct Mysql {
    url: String,
    database: String,
}

fn place() -> Option<Mysql> {
    let url = std::env::var("TENURE_MYSQL").ok();
    assert!(
        url.is_some() || std::env::var("TENURE_REQUIRE_SERVERS").is_err(),
        "expected a MariaDB server in TENURE_MYSQL, found none"
    );
    if url.is_none() {
        eprintln!("not tried: TENURE_MYSQL is not set");
    }
    let place = Mysql { url: url?, database: format!("tenure_m{}", uuid::Uuid::now_v7().simple()) };
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
    fn connector(&self, mut layout: Value) -> SqlConnector {
        layout["database"] = json!({ "mysql": format!("{}/{}", self.url, self.database) });
        SqlConnector::new(serde_json::from_value(layout).unwrap()).unwrap()
    }

    fn prefix(&self) -> String {
        format!("{}.", self.database)
    }

    fn run(&self, sql: &str) {
        let (url, sql) = (self.url.clone(), sql.to_owned());
        let work = async move {
            let mut conn = mysql_async::Conn::from_url(url).await.unwrap();
            conn.query_drop(sql).await.unwrap();
            conn.disconnect().await.unwrap();
        };
        std::thread::spawn(|| tokio::runtime::Runtime::new().unwrap().block_on(work)).join().unwrap();
    }

    fn shout(&self) -> String {
        let prefix = self.prefix();
        format!(
            "CREATE TRIGGER {prefix}shout BEFORE UPDATE ON {prefix}accounts FOR EACH ROW SET NEW.full_name = UPPER(NEW.full_name)"
        )
    }
}
