use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ErrorCode, ToSql};
use tenure_scim::filter::sql::Dialect;

use super::pool::now;
use super::{Cell, KeyColumns, OnlyWriter, Param, Row, Session, Statement, Tally};
use crate::directory::error::{Fault, Result};

/// An SQLite connection. Its futures are always ready, so a thread that owns one needs no runtime.
pub(in crate::directory) struct SqliteSession {
    connection: Mutex<Connection>,
    /// Whether a statement since [`forget_writes`](Self::forget_writes) changed something.
    wrote: AtomicBool,
    writer: OnlyWriter,
}

impl SqliteSession {
    pub(in crate::directory) fn new(connection: Connection) -> Self {
        Self {
            connection: Mutex::new(connection),
            wrote: AtomicBool::new(false),
            writer: OnlyWriter::default(),
        }
    }

    /// Lets it write, into these columns too.
    pub(in crate::directory) fn with_columns(self, columns: KeyColumns) -> Self {
        Self { writer: OnlyWriter { columns, tally: Tally::default() }, ..self }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out a text of several statements.
    pub(in crate::directory) fn batch(&self, sql: &str) -> Result<()> {
        Ok(self.connection().execute_batch(sql)?)
    }

    /// Writes down what the open transaction has counted.
    pub(in crate::directory) fn settle(&self) -> Result<()> {
        now(self.writer.tally.settle(self))
    }

    /// Undoes the open transaction.
    pub(in crate::directory) fn undo(&self) {
        self.writer.tally.forget();
        // Fails when the failure has undone everything already.
        self.control("ROLLBACK").ok();
    }

    /// Undoes what was written since the savepoint `one`.
    pub(in crate::directory) fn undo_one(&self) -> Result<()> {
        self.writer.tally.forget();
        self.control("ROLLBACK TO one")
    }

    /// Begins to watch whether anything is written.
    pub(in crate::directory) fn forget_writes(&self) {
        self.wrote.store(false, Ordering::Relaxed);
    }

    /// Whether something was written, or the transaction ended by itself.
    pub(in crate::directory) fn has_written(&self) -> bool {
        self.wrote.load(Ordering::Relaxed) || self.connection().is_autocommit()
    }

    fn note(&self, rows: usize) {
        if rows > 0 {
            self.wrote.store(true, Ordering::Relaxed);
        }
    }

    /// Begins, marks or ends a transaction; such a statement is prepared once.
    pub(in crate::directory) fn control(&self, sql: &str) -> Result<()> {
        Ok(self.connection().prepare_cached(sql)?.execute([]).map(drop)?)
    }
}

#[async_trait]
impl Session for SqliteSession {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(params))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = (0..columns).map(|column| row.get_ref(column).map(cell));
            found.push(Row(cells.collect::<rusqlite::Result<_>>()?));
        }
        drop(rows);
        if !statement.readonly() {
            self.note(found.len());
        }
        Ok(found)
    }

    async fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<u64> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(sql)?;
        let count = statement.execute(rusqlite::params_from_iter(params))?;
        self.note(count);
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }

    async fn execute_all(&self, statements: &[Statement<'_>]) -> Result<u64> {
        let mut count = 0;
        for statement in statements {
            count += self.execute(&statement.sql, &statement.params).await?;
        }
        Ok(count)
    }

    async fn script(&self, sql: &str) -> Result<()> {
        self.note(1);
        self.batch(sql)
    }

    fn newest_row(&self) -> Option<i64> {
        Some(self.connection().last_insert_rowid())
    }

    fn only_writer(&self) -> Option<&OnlyWriter> {
        Some(&self.writer)
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let list = |text: String| ToSqlOutput::Owned(Value::Text(text));
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Int(value) => ToSqlOutput::Owned(Value::Integer(*value)),
            Self::Real(value) => ToSqlOutput::Owned(Value::Real(*value)),
            Self::Flag(value) => ToSqlOutput::Owned(Value::Integer(i64::from(*value))),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Ints(values) => list(serde_json::json!(values).to_string()),
            Self::Texts(values) => list(serde_json::json!(values).to_string()),
        })
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(value) => Cell::Int(value),
        ValueRef::Real(value) => Cell::Real(value.to_string()),
        ValueRef::Text(text) | ValueRef::Blob(text) => Cell::Text(match std::str::from_utf8(text) {
            Ok(text) => text.to_owned(),
            Err(_) => String::from_utf8_lossy(text).into_owned(),
        }),
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error_code();
        let detail = error.to_string();
        let temporary = matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked));
        Self::Database { temporary, detail }
    }
}
