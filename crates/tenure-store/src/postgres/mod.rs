//! The store for many workers: one PostgreSQL schema.

mod error;
mod migrate;
mod read;
mod write;

use std::fmt;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use tokio_postgres::NoTls;

use crate::{Result, StoreError};
use error::SqlResult;

/// A store in a schema of a PostgreSQL database, which many programs on many machines may share.
///
/// Each batch is one transaction. Transactions of one schema take turns, since all of them extend one audit chain.
/// Needs a tokio runtime. Connects without TLS: reach a server on another machine through a tunnel or a local proxy.
pub struct PostgresStore {
    pool: Pool,
    schema: String,
}

impl PostgresStore {
    /// Connects, and creates the schema or brings it up to date.
    ///
    /// `config` is a libpq connection string or URL. `schema` holds the tables; it consists of lower-case letters, digits
    /// and underscores.
    ///
    /// # Errors
    ///
    /// [`StoreError::Newer`] when a newer program wrote the schema; [`StoreError::Unavailable`] when the string cannot be
    /// read, the server cannot be reached or the name of the schema is not usable.
    pub async fn connect(config: &str, schema: &str) -> Result<Self> {
        let usable = !schema.is_empty()
            && schema.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && !schema.starts_with(|c: char| c.is_ascii_digit());
        if !usable {
            let detail =
                format!("expected a schema name of lower-case letters, digits and `_`, found `{schema}`");
            return Err(StoreError::Unavailable { detail });
        }
        let unreadable =
            |error: tokio_postgres::Error| StoreError::Unavailable { detail: error::text(&error) };
        let mut config: tokio_postgres::Config = config.parse().map_err(unreadable)?;
        config.options(format!("-c search_path={schema}"));
        let fast = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(config, NoTls, fast))
            .max_size(16)
            .build()
            .map_err(|error| StoreError::Unavailable { detail: error.to_string() })?;
        let store = Self { pool, schema: schema.to_owned() };
        let mut client = store.client().await.map_err(|failure| failure.0)?;
        migrate::migrate(&mut client, &store.schema).await.map_err(|failure| failure.0)?;
        Ok(store)
    }

    /// The schema.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }

    async fn client(&self) -> SqlResult<Object> {
        Ok(self.pool.get().await?)
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The connection string holds a password.
        f.debug_struct("PostgresStore").field("schema", &self.schema).finish_non_exhaustive()
    }
}
