//! What a program has accepted and not done yet, kept beside the resources so that it survives the process.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tenure_connector::{ConnectorError, Result};
use tenure_scim::filter::sql::Dialect;

use super::DirectoryConnector;
use super::db::{Backend, Param, Row, Session, Work, nanos};
use super::error;

/// Texts by name in the database of a directory: what was accepted, and how it ended.
///
/// What is written is durable when the call returns. The texts mean nothing to the directory.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use chrono::{DateTime, TimeDelta};
/// use tenure_scim::SchemaRegistry;
/// use tenure_store::directory::DirectoryConnector;
///
/// # #[cfg(feature = "sqlite")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clock = Arc::new(|| DateTime::UNIX_EPOCH);
/// let directory = DirectoryConnector::builder(SchemaRegistry::builtin(), clock).in_memory()?;
/// let (accepted, now) = (directory.accepted(), DateTime::UNIX_EPOCH);
/// accepted.keep("a", "create anna", now).await?;
/// accepted.keep("b", "create ben", now).await?;
/// accepted.end("a", "anna was created", now).await?;
///
/// // After a restart: what is not done, and nobody works on.
/// let left = accepted.take(now, now + TimeDelta::seconds(1)).await?;
/// assert_eq!(left, [("b".to_owned(), "create ben".to_owned())]);
/// assert!(accepted.take(now, now).await?.is_empty(), "it is taken once");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "sqlite"))]
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct AcceptedWork(Backend);

/// A text that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedText {
    /// What was kept, or how it ended.
    pub text: String,
    /// Whether it has ended.
    pub done: bool,
    /// When it was kept, taken or ended.
    pub at: DateTime<Utc>,
}

impl DirectoryConnector {
    /// What the program has accepted, kept in the directory's database.
    #[must_use]
    pub fn accepted(&self) -> AcceptedWork {
        AcceptedWork(self.backend())
    }
}

impl AcceptedWork {
    /// Keeps what was accepted, over what has the name.
    ///
    /// # Errors
    ///
    /// When the database does not take it.
    pub async fn keep(&self, name: &str, text: &str, now: DateTime<Utc>) -> Result<()> {
        self.put(name, text, false, now).await
    }

    /// Keeps how it ended, in place of what was accepted.
    ///
    /// # Errors
    ///
    /// When the database does not take it.
    pub async fn end(&self, name: &str, text: &str, now: DateTime<Utc>) -> Result<()> {
        self.put(name, text, true, now).await
    }

    /// The text of a name.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn find(&self, name: &str) -> Result<Option<AcceptedText>> {
        let sql = "SELECT text, CASE WHEN done THEN 1 ELSE 0 END, at FROM accepted WHERE name = ?1";
        let ask = Ask::same(sql, vec![name.to_owned().into()]);
        let rows = self.0.read(ask).await.map_err(ConnectorError::from)?;
        let found = rows.into_iter().next().map(|mut row| {
            let (text, done) = (row.text(0)?, row.int(1)? != 0);
            Ok(AcceptedText { text, done, at: DateTime::from_timestamp_nanos(row.int(2)?) })
        });
        found.transpose().map_err(|fault: error::Fault| fault.into())
    }

    /// Takes some of what is not done and was kept or taken last at `before` or earlier, the oldest first. It counts as taken
    /// `now`, so that of several programs one gets it.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn take(&self, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<Vec<(String, String)>> {
        let ask = Ask {
            sqlite: "UPDATE accepted SET at = ?3 WHERE name IN \
                     (SELECT name FROM accepted WHERE done = ?1 AND at <= ?2 ORDER BY at LIMIT 1000) \
                     RETURNING name, text",
            postgres: "UPDATE accepted SET at = ?3 WHERE name IN \
                       (SELECT name FROM accepted WHERE done = ?1 AND at <= ?2 ORDER BY at LIMIT 1000 \
                       FOR UPDATE SKIP LOCKED) RETURNING name, text",
            params: vec![Param::Flag(false), nanos(before).into(), nanos(now).into()],
        };
        let rows = self.0.write(ask).await.map_err(ConnectorError::from)?;
        let texts: error::Result<Vec<_>> =
            rows.into_iter().map(|mut row| Ok((row.text(0)?, row.text(1)?))).collect();
        texts.map_err(ConnectorError::from)
    }

    /// Forgets a name.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn forget(&self, name: &str) -> Result<()> {
        self.write("DELETE FROM accepted WHERE name = ?1", vec![name.to_owned().into()]).await
    }

    /// Forgets what ended before a time.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn forget_ended(&self, before: DateTime<Utc>) -> Result<()> {
        let params = vec![Param::Flag(true), nanos(before).into()];
        self.write("DELETE FROM accepted WHERE done = ?1 AND at < ?2", params).await
    }

    async fn put(&self, name: &str, text: &str, done: bool, now: DateTime<Utc>) -> Result<()> {
        let sql = "INSERT INTO accepted (name, text, done, at) VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT (name) DO UPDATE SET text = excluded.text, done = excluded.done, at = excluded.at";
        let params =
            vec![name.to_owned().into(), text.to_owned().into(), Param::Flag(done), nanos(now).into()];
        self.write(sql, params).await
    }

    async fn write(&self, sql: &'static str, params: Vec<Param<'static>>) -> Result<()> {
        self.0.write(Ask::same(sql, params)).await.map(drop).map_err(ConnectorError::from)
    }
}

impl fmt::Debug for AcceptedWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptedWork").finish_non_exhaustive()
    }
}

/// One statement.
struct Ask {
    sqlite: &'static str,
    postgres: &'static str,
    params: Vec<Param<'static>>,
}

impl Ask {
    fn same(sql: &'static str, params: Vec<Param<'static>>) -> Self {
        Self { sqlite: sql, postgres: sql, params }
    }
}

#[async_trait]
impl Work for Ask {
    type Answer = Vec<Row>;

    async fn run(&self, session: &dyn Session) -> error::Result<Vec<Row>> {
        let sql = if session.dialect() == Dialect::Postgres { self.postgres } else { self.sqlite };
        session.query(sql, &self.params).await
    }
}
