//! Columns of SQLite that hold the keys which are searched.
//!
//! SQLite writes an index over an expression anew whenever `keys` changes, and an index over a column when that column
//! changes. So each searched key of `keys` stands in a column too, in every row of every class: a write touches the indexes
//! of what it changed. The columns are those of the database, not of the schema, so that a program that searches less than
//! the one before it keeps them all true.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Param, Session};
use crate::directory::error::Result;

/// The columns that a database has.
#[derive(Debug, Default)]
pub(in crate::directory) struct KeyColumns {
    /// The names of the keys.
    names: Vec<String>,
    insert: String,
}

impl KeyColumns {
    /// Reads which columns there are.
    #[cfg(feature = "sqlite")]
    pub(in crate::directory) async fn read(session: &dyn Session) -> Result<Self> {
        let rows = session.query("SELECT name FROM pragma_table_info('resource')", &[]).await?;
        let mut names = Vec::new();
        for mut row in rows {
            if let Some(name) = row.text(0)?.strip_prefix(PREFIX) {
                names.push(name.to_owned());
            }
        }
        let columns: String = names.iter().map(|name| format!(", {}", column("", name))).collect();
        let values: String = (FIXED + 1..).zip(&names).map(|(n, _)| format!(", ?{n}")).collect();
        let insert = format!(
            "INSERT INTO resource (class, id, version, created, modified, body, keys, n{columns}) \
             VALUES (?1, ?2, 1, ?3, ?3, ?4, ?5, ?6{values}) ON CONFLICT DO NOTHING"
        );
        Ok(Self { names, insert })
    }

    /// The statement that makes a row: of a class, with an id, at a time, with a body and keys, with the number of the change, and
    /// with the [`values`](Self::values) of the keys. It returns nothing: SQLite would copy each page before it changes it then, as it may
    /// have to undo the statement alone.
    pub(in crate::directory) fn insert(&self) -> &str {
        &self.insert
    }

    /// What stands in the columns of a row with these keys.
    pub(in crate::directory) fn values<'k>(&self, keys: &'k Value) -> impl Iterator<Item = Param<'k>> {
        self.names.iter().map(|name| value(keys.get(name)))
    }

    /// The columns whose content changes with the keys, and what stands there then.
    pub(in crate::directory) fn changed<'k>(
        &self,
        before: &Value,
        keys: &'k Value,
    ) -> impl Iterator<Item = (String, Param<'k>)> {
        let changed = self.names.iter().filter(move |name| before.get(name) != keys.get(name));
        changed.map(|name| (column("", name), value(keys.get(name))))
    }
}

/// The column of a key in the rows `of`.
pub(in crate::directory) fn column(of: &str, name: &str) -> String {
    format!("{of}\"{PREFIX}{name}\"")
}

/// What the column of a key holds that SQLite reads from `keys` by `json_extract`. Only single values are searched so.
fn value(key: Option<&Value>) -> Param<'_> {
    match key {
        Some(Value::String(text)) => Param::from(text.as_str()),
        Some(Value::Bool(flag)) => Param::Flag(*flag),
        Some(Value::Number(number)) => match number.as_i64() {
            Some(whole) => Param::Int(whole),
            None => number.as_f64().map_or(Param::Null, Param::Real),
        },
        _ => Param::Null,
    }
}

/// Adds the columns of those keys that have none, with what the rows have: all of them in one way through the rows.
pub(super) async fn add(session: &dyn Session, keys: BTreeSet<&str>) -> Result<()> {
    let mut missing = Vec::new();
    for name in keys {
        let there = "SELECT 1 FROM pragma_table_info('resource') WHERE name = ?1";
        if session.query(there, &[format!("{PREFIX}{name}").into()]).await?.is_empty() {
            let column = column("", name);
            session.script(&format!("ALTER TABLE resource ADD COLUMN {column} ANY")).await?;
            let path = format!("keys, '$.\"{name}\"'");
            missing.push(format!(
                "{column} = CASE WHEN json_type({path}) NOT IN ('array', 'object') THEN json_extract({path}) END"
            ));
        }
    }
    match missing.is_empty() {
        true => Ok(()),
        false => session.script(&format!("UPDATE resource SET {}", missing.join(", "))).await,
    }
}

const PREFIX: &str = "key_";
/// The parameters of an insertion before those of the columns.
#[cfg(feature = "sqlite")]
const FIXED: usize = 6;
