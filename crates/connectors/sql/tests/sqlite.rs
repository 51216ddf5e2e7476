//! The connector against SQLite.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod layouts;

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;
use tenure_connector_sql::SqlConnector;

use self::layouts::{Place, connect, database_tests, tables};

database_tests! {}

struct Sqlite {
    folder: TempDir,
}

fn place() -> Option<Sqlite> {
    let place = Sqlite { folder: tempfile::tempdir().unwrap() };
    drop(Connection::open(place.file()).unwrap());
    let words = [
        ("id", "id INTEGER PRIMARY KEY AUTOINCREMENT"),
        ("text", "TEXT"),
        ("time", "TEXT"),
        ("int", "INTEGER"),
        ("ref", "INTEGER"),
        ("uuid", "TEXT"),
        ("flag", "INTEGER"),
        ("q", "\""),
    ];
    tables("", &words).iter().for_each(|sql| place.run(sql));
    Some(place)
}

impl Sqlite {
    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("app.db")
    }
}

impl Place for Sqlite {
    fn connector(&self, layout: Value) -> SqlConnector {
        connect(layout, json!({ "sqlite": self.file() }))
    }

    fn prefix(&self) -> String {
        String::new()
    }

    fn run(&self, sql: &str) {
        Connection::open(self.file()).unwrap().execute_batch(sql).unwrap();
    }

    fn shout(&self) -> String {
        "CREATE TRIGGER shout AFTER UPDATE OF full_name ON accounts BEGIN \
         UPDATE accounts SET full_name = upper(full_name) WHERE id = new.id AND full_name <> upper(full_name); END"
            .to_owned()
    }
}
