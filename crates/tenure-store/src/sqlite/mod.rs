//! The embedded store: one SQLite file.

mod error;
mod glance;
mod known;
mod lookup;
mod migrate;
mod outlook;
mod read;
mod staged;
mod told;
mod unlinked;
mod worker;
mod works;
mod write;

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::{Batch, Result};
use error::SqlResult;
use worker::{Reader, Writer};

/// A store in one SQLite file, with write-ahead log and full synchronisation.
///
/// Two threads of its own do the blocking work, one for commits and one for reads, so it runs under any async
/// runtime. Commits that wait at the same time share one synchronisation of the disk.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    writer: Writer,
    reader: Reader,
}

impl SqliteStore {
    /// Opens or creates a store. Brings an older schema up to date. Blocks while it does so.
    ///
    /// # Errors
    ///
    /// [`StoreError::Newer`](crate::StoreError::Newer) when a newer program wrote the file;
    /// [`StoreError::Unavailable`](crate::StoreError::Unavailable) when it cannot be opened or is not a database.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure_store::{SqliteStore, Store};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let folder = tempfile::tempdir()?;
    /// let store = SqliteStore::open(folder.path().join("tenure.db"))?;
    /// assert_eq!(store.audit_head().await?.seq, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path.as_ref().to_owned(), None)
    }

    /// Opens a store whose file never grows beyond a number of pages (of 4 KiB by default). For deployments with a
    /// quota, and for tests of a full disk.
    ///
    /// # Errors
    ///
    /// Those of [`open`](SqliteStore::open).
    pub fn open_limited(path: impl AsRef<Path>, pages: u32) -> Result<Self> {
        Self::open_with(path.as_ref().to_owned(), Some(pages))
    }

    fn open_with(path: PathBuf, pages: Option<u32>) -> Result<Self> {
        let open = || -> SqlResult<_> {
            let mut writing = connect(&path, WRITER_CACHE_KIB)?;
            migrate::migrate(&mut writing)?;
            writing.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
            if let Some(pages) = pages {
                writing.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
            }
            Ok((writing, connect(&path, READER_CACHE_KIB)?))
        };
        let (writing, reading) = open().map_err(|failure| failure.0)?;
        Ok(Self { path, writer: Writer::start(writing)?, reader: Reader::start(reading)? })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    async fn write(&self, batch: Batch) -> Result<()> {
        self.writer.commit(batch).await
    }

    async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> SqlResult<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.run(work).await
    }

    async fn query<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> SqlResult<T> + Send + 'static,
    ) -> Result<T> {
        self.reader.run(work).await
    }

    /// Reads what belongs together, of one state of the database. Each statement by itself would lock and unlock the file.
    async fn query_together<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> SqlResult<T> + Send + 'static,
    ) -> Result<T> {
        self.query(move |db| {
            let transaction = db.unchecked_transaction()?;
            let found = work(&transaction)?;
            transaction.finish()?;
            Ok(found)
        })
        .await
    }
}

/// How much of the file the connection that reads keeps in memory, in KiB, which SQLite tells from pages by the sign: enough
/// for the inner pages of every tree over millions of rows.
const READER_CACHE_KIB: i64 = -65_536;
/// The same of the one that writes. Many a commit looks through all of it.
const WRITER_CACHE_KIB: i64 = -16_384;
/// How many pages the log has before they are copied back into the file, which waits for the disk twice.
const CHECKPOINT_PAGES: i64 = 8_000;

fn connect(path: &Path, cache_kib: i64) -> SqlResult<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    // A statement is planned once, and not again for every value that is bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "cache_size", cache_kib)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}
