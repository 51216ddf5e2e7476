//! The store for many workers: one PostgreSQL schema.

mod error;
mod glance;
mod known;
mod lookup;
mod migrate;
mod outlook;
mod queue;
mod read;
mod staged;
mod statistics;
mod told;
mod works;
mod write;
mod writer;

use std::fmt;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use tenure_tls::TlsError;
use tenure_tls::postgres::{Options, Server};

use crate::{Result, StoreError};
use error::SqlResult;
use writer::Writer;

/// A store in a schema of a PostgreSQL database, which many programs on many machines may share.
///
/// Batches that wait at the same time share one transaction. Transactions of one schema take turns, since all of them
/// extend one audit chain. When the connection breaks during a commit, the store asks the server whether it took place.
///
/// The queues of workers are those of pgmq, which has to be installed in the database; all else works without it. See
/// [`queue_version`](Self::queue_version).
///
/// Needs a tokio runtime, and stays tied to the one it was connected on. A server on another machine is spoken to with TLS
/// and its certificate checked, which takes the feature `rustls-ring` or `rustls-aws-lc`; `sslmode=disable` in the
/// connection string does without, and `sslrootcert` names a file with authorities.
pub struct PostgresStore {
    pool: Pool,
    arrays: Pool,
    schema: String,
    writer: Writer,
}

/// How connections plan that look for the rows of an array, each by its key. Statements are prepared once and go on while tables grow: to read a table whole
/// is best for the first rows in it, and never after.
const ONE_BY_ONE: &str = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off";

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
        let unreadable = |error: TlsError| StoreError::Unavailable { detail: error.to_string() };
        let mut server = Server::read(config, &Options::default()).map_err(unreadable)?;
        let tls = server.tls();
        let config = server.config_mut();
        let pool = |options: &str, most: usize| {
            let mut config = config.clone();
            config.options(format!("-c search_path={schema} {options}"));
            let fast = ManagerConfig { recycling_method: RecyclingMethod::Fast };
            let manager = Manager::from_config(config, tls.clone(), fast);
            let pool = Pool::builder(manager).max_size(most).build();
            pool.map_err(|error| StoreError::Unavailable { detail: error.to_string() })
        };
        let (pool, arrays) = (pool("", 16)?, pool(ONE_BY_ONE, 8)?);
        let mut client = pool.get().await.map_err(|error| error::Failure::from(error).0)?;
        migrate::migrate(&mut client, schema).await.map_err(|failure| failure.0)?;
        drop(client);
        let writer = Writer::start(arrays.clone(), schema.to_owned());
        Ok(Self { pool, arrays, schema: schema.to_owned(), writer })
    }

    /// Finds out which version of pgmq, which holds the queues of workers, is installed in the database.
    ///
    /// # Errors
    ///
    /// [`StoreError::Queue`] when none is, or one that is not known to do; [`StoreError::Unavailable`] when the server
    /// cannot be reached.
    pub async fn queue_version(&self) -> Result<String> {
        let work = async { queue::version(&self.client().await?).await };
        work.await.map_err(|failure| failure.0)?
    }

    /// Installs pgmq into the database from its SQL file, which pgmq publishes as `pgmq.sql`. For a server that does not
    /// offer the extension; where it does, `CREATE EXTENSION pgmq` is better. Does nothing when it is installed.
    ///
    /// Needs the right to create schemas and, for pgmq's own grants, membership in `pg_monitor` with its admin option or
    /// superuser rights.
    ///
    /// # Errors
    ///
    /// [`StoreError::Queue`] when the file does not bring a version that is known; nothing is installed then.
    /// [`StoreError::Unavailable`] when the server cannot be reached or refuses the file.
    pub async fn install_queue(&self, sql: &str) -> Result<String> {
        let work = async {
            let mut client = self.client().await?;
            let transaction = client.transaction().await?;
            let lock = "SELECT pg_advisory_xact_lock(hashtext('tenure/install-queue'))";
            transaction.execute(lock, &[]).await?;
            if let Ok(version) = queue::version(&transaction).await? {
                return Ok(version);
            }
            transaction.batch_execute(sql).await?;
            let version = queue::version(&transaction).await??;
            transaction.commit().await?;
            SqlResult::Ok(version)
        };
        work.await.map_err(|failure| failure.0)
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
