use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::directory::db::{Backend, KeyColumns, Pool, Prepare, SqliteSession, Work, now};
use crate::directory::error::{Fault, Result};
use crate::directory::shape::Shapes;
use crate::directory::{DirectoryBuilder, DirectoryConnector, OpenError};

impl DirectoryBuilder {
    /// Opens the directory in an SQLite file, creating it when it is not there.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, is not a database, was written by a newer program or under other rules of comparison,
    /// or no thread can be started.
    pub fn open(self, path: impl AsRef<Path>) -> std::result::Result<DirectoryConnector, OpenError> {
        let path: PathBuf = path.as_ref().to_owned();
        let place = path.display().to_string();
        let shapes = self.shapes();
        let readers = if self.connections == 0 { READERS } else { self.connections };
        let pool = in_file(&path, &shapes, readers).map_err(|fault| OpenError::fault(&place, fault))?;
        Ok(self.finish(Backend::Sqlite(pool), shapes, &place))
    }

    /// Opens a directory in memory that is gone when it is dropped.
    ///
    /// # Errors
    ///
    /// When SQLite or a thread cannot be started.
    pub fn in_memory(self) -> std::result::Result<DirectoryConnector, OpenError> {
        let shapes = self.shapes();
        let pool = in_memory(&shapes).map_err(|fault| OpenError::fault("memory", fault))?;
        Ok(self.finish(Backend::Sqlite(pool), shapes, "memory"))
    }
}

impl DirectoryConnector {
    /// Opens a directory in an SQLite file with the usual settings.
    ///
    /// # Errors
    ///
    /// As [`DirectoryBuilder::open`].
    pub fn open(
        path: impl AsRef<Path>,
        registry: tenure_scim::SchemaRegistry,
        clock: crate::directory::Clock,
    ) -> std::result::Result<Self, OpenError> {
        Self::builder(registry, clock).open(path)
    }
}

fn in_file(path: &Path, shapes: &Shapes, readers: usize) -> Result<Pool> {
    let writer = Connection::open(path)?;
    tune(&writer)?;
    writer.pragma_update(None, "journal_mode", "WAL")?;
    writer.pragma_update(None, "synchronous", "FULL")?;
    // Copying back into the file is two more flushes to disk, so it is done for many writes together.
    writer.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    let writer = prepare(writer, shapes)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> Result<Connection> {
        let reader = Connection::open_with_flags(path, flags)?;
        tune(&reader)?;
        Ok(reader)
    };
    let near = (0..readers).map(|_| {
        let reader = open()?;
        reader.busy_timeout(Duration::ZERO)?;
        reader.pragma_update(None, "cache_size", NEAR_CACHE)?;
        Ok(SqliteSession::new(reader))
    });
    let near: Vec<SqliteSession> = near.collect::<Result<_>>()?;
    let readers = (0..readers).map(|_| open().map(SqliteSession::new)).collect::<Result<_>>()?;
    Pool::start(writer, readers, near).map_err(|error| thread(&error))
}

fn in_memory(shapes: &Shapes) -> Result<Pool> {
    let only = Connection::open_in_memory()?;
    tune(&only)?;
    Pool::start(prepare(only, shapes)?, Vec::new(), Vec::new()).map_err(|error| thread(&error))
}

fn prepare(connection: Connection, shapes: &Shapes) -> Result<SqliteSession> {
    let session = SqliteSession::new(connection);
    session.batch("BEGIN IMMEDIATE")?;
    now(Prepare { shapes: shapes.clone(), schema: None }.run(&session))?;
    let columns = now(KeyColumns::read(&session))?;
    session.batch("COMMIT")?;
    Ok(session.with_columns(columns))
}

/// Settings that every connection needs for itself.
fn tune(connection: &Connection) -> Result<()> {
    connection.set_prepared_statement_cache_capacity(128);
    connection.busy_timeout(Duration::from_secs(10))?;
    // Without it a statement is planned anew whenever one of its parameters has another value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // What a savepoint may have to undo stays in memory.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection.pragma_update(None, "cache_size", -32_000)?)
}

fn thread(error: &std::io::Error) -> Fault {
    Fault::Database { temporary: true, detail: error.to_string() }
}

const READERS: usize = 2;
/// For reads of single rows: 8 MiB.
const NEAR_CACHE: i64 = -8_000;
/// With pages of 4 KiB the log beside the file grows to 32 MiB.
const CHECKPOINT_PAGES: i64 = 8000;
