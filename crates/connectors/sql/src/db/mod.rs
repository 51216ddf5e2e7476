//! The databases behind one trait. What they say differently is in [`Sql`].

mod backend;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statement;

use async_trait::async_trait;
use tenure_connector::Result;

pub(crate) use self::backend::Backend;
pub(crate) use self::statement::{Param, Sql, quoted};
pub(crate) use tenure_scim::filter::sql::Dialect;

/// The cells of a row as text; nothing for `NULL`.
pub(crate) type Row = Vec<Option<String>>;

/// What the database's lower case is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "which are met depends on the features")]
pub(crate) enum Lower {
    /// `lower` knows every alphabet.
    Everything,
    /// `lower` knows ASCII only.
    Ascii,
    /// `lower` knows ASCII only, but there are the functions [`KEY`] and [`USER_KEY`].
    Functions,
}

/// The function that makes the key by which texts are compared without case, where the database has functions of ours.
pub(crate) const KEY: &str = "tenure_key";
/// As [`KEY`], for user names.
pub(crate) const USER_KEY: &str = "tenure_user_key";

/// A connection to a database. A transaction that is not committed is undone, also when the session is dropped.
#[async_trait]
pub(crate) trait Session: Send + Sync {
    fn dialect(&self) -> Dialect;

    fn lower(&self) -> Lower;

    /// Begins a transaction that will write.
    async fn begin(&mut self) -> Result<()>;

    /// Ends the transaction; what was written counts when this returns.
    async fn commit(&mut self) -> Result<()>;

    /// Undoes the transaction. What fails here is undone with the session.
    async fn rollback(&mut self);

    async fn query(&mut self, sql: &Sql) -> Result<Vec<Row>>;

    /// Writes. Gives the key that the database made, where it tells one after an insert.
    async fn execute(&mut self, sql: &Sql) -> Result<Option<String>>;

    /// The version of the database.
    async fn version(&mut self) -> Result<String>;
}
