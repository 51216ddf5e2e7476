//! The databases that hold a directory, behind one trait.
//!
//! Everything above this module speaks SQL through [`Session`] and is written once. What the databases say differently is
//! in [`dialect`].

mod cell;
pub(super) mod dialect;
pub(super) mod keyed;
mod migrate;
#[cfg(feature = "sqlite")]
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod queue;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statistics;
mod tally;

use std::borrow::Cow;

use async_trait::async_trait;
use tenure_scim::filter::sql::Dialect;

use super::error::Result;

pub(super) use self::cell::{Cell, Param, Row, nanos};
pub(super) use self::keyed::KeyColumns;
pub(super) use self::migrate::Prepare;
#[cfg(feature = "sqlite")]
pub(super) use self::pool::{Pool, now};
#[cfg(feature = "postgres")]
pub(super) use self::postgres::Server;
#[cfg(feature = "sqlite")]
pub(super) use self::sqlite::SqliteSession;
pub(super) use self::tally::Tally;

/// One connection inside an open transaction.
///
/// Statements number their parameters `?1`, `?2`, ... in either database.
#[async_trait]
pub(super) trait Session: Send + Sync {
    /// How this database writes SQL.
    fn dialect(&self) -> Dialect;

    /// Reads rows.
    async fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>>;

    /// Writes, and returns how many rows that touched.
    async fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<u64>;

    /// Carries out writes that do not depend on each other, in one round trip where there is a network between. Returns how
    /// many rows all of them touched.
    async fn execute_all(&self, statements: &[Statement<'_>]) -> Result<u64>;

    /// Carries out a text of several statements without parameters.
    async fn script(&self, sql: &str) -> Result<()>;

    /// The number of the row that was made last, where the database has one writer.
    fn newest_row(&self) -> Option<i64> {
        None
    }

    /// What the one writer keeps of a database that has one.
    fn only_writer(&self) -> Option<&OnlyWriter> {
        None
    }
}

/// What the connection knows through which everything is written.
#[derive(Debug, Default)]
pub(super) struct OnlyWriter {
    /// The columns that hold keys.
    pub(super) columns: KeyColumns,
    /// What the open transaction has counted.
    pub(super) tally: Tally,
}

/// A statement with its parameters.
#[derive(Debug)]
pub(super) struct Statement<'a> {
    pub(super) sql: Cow<'a, str>,
    pub(super) params: Vec<Param<'a>>,
}

impl<'a> Statement<'a> {
    pub(super) fn new<const N: usize>(sql: &'a str, params: [Param<'a>; N]) -> Self {
        Self { sql: sql.into(), params: params.into() }
    }
}

/// The work of one call. It may run more than once: a transaction that collides with another one starts again.
#[async_trait]
pub(super) trait Work: Send + Sync + 'static {
    /// What the call returns.
    type Answer: Send + 'static;

    /// Works inside one transaction.
    async fn run(&self, session: &dyn Session) -> Result<Self::Answer>;

    /// Whether it reads a handful of rows that an index leads to.
    #[cfg(feature = "sqlite")]
    fn is_short(&self) -> bool {
        false
    }
}

/// An open database.
#[derive(Clone)]
pub(super) enum Backend {
    #[cfg(feature = "sqlite")]
    Sqlite(Pool),
    #[cfg(feature = "postgres")]
    Postgres(Server),
}

impl Backend {
    /// The server, where there is one.
    #[cfg(feature = "postgres")]
    pub(super) fn server(&self) -> Option<&Server> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => None,
            Self::Postgres(server) => Some(server),
        }
    }

    /// Works on one unchanging view of the data.
    pub(super) async fn read<W: Work>(&self, work: W) -> Result<W::Answer> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => pool.read(work).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.read(&work).await,
        }
    }

    /// Works in one transaction, which is durable when this returns and undone when it fails.
    pub(super) async fn write<W: Work>(&self, work: W) -> Result<W::Answer> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => pool.write(work).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.write(&work).await,
        }
    }
}

/// The first row, where at most one is expected.
pub(super) async fn one(session: &dyn Session, sql: &str, params: &[Param<'_>]) -> Result<Option<Row>> {
    Ok(session.query(sql, params).await?.into_iter().next())
}
