//! Opening a directory.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use tenure_connector::Clock;
use tenure_scim::{AttrPath, SchemaRegistry};

use super::connector::DirectoryConnector;
use super::pool::Pool;
use super::shape::Shapes;
use super::sql;

/// Opens a [`DirectoryConnector`].
///
/// ```
/// use std::sync::Arc;
/// use chrono::DateTime;
/// use tenure_scim::SchemaRegistry;
/// use tenure_store::directory::DirectoryConnector;
///
/// let registry = SchemaRegistry::builtin();
/// let directory = DirectoryConnector::builder(registry, Arc::new(|| DateTime::UNIX_EPOCH)).in_memory()?;
/// # drop(directory);
/// # Ok::<(), tenure_store::directory::OpenError>(())
/// ```
#[must_use]
pub struct DirectoryBuilder {
    registry: SchemaRegistry,
    clock: Clock,
    indexed: BTreeSet<AttrPath>,
    readers: usize,
}

impl fmt::Debug for DirectoryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectoryBuilder")
            .field("indexed", &self.indexed)
            .field("readers", &self.readers)
            .finish_non_exhaustive()
    }
}

/// Why a directory could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the directory `{place}`")]
pub struct OpenError {
    place: String,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl DirectoryBuilder {
    pub(super) fn new(registry: SchemaRegistry, clock: Clock) -> Self {
        Self { registry, clock, indexed: BTreeSet::new(), readers: 2 }
    }

    /// Indexes one more attribute of text, so that `eq` and `sw` on it do not read every resource.
    ///
    /// Unique attributes, names, `externalId` and `emails.value` are indexed anyway. An attribute that is named only
    /// after resources were stored finds those that are written from then on; open a new directory to change it.
    pub fn index(mut self, path: AttrPath) -> Self {
        self.indexed.insert(path);
        self
    }

    /// How many threads read; two unless said otherwise.
    pub fn readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// Opens the directory in a file, creating it when it is not there.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, is not a database, or no thread can be started.
    pub fn open(self, path: impl AsRef<Path>) -> Result<DirectoryConnector, OpenError> {
        let path: PathBuf = path.as_ref().to_owned();
        let place = path.display().to_string();
        self.build(&place, |this| {
            let writer = Connection::open(&path)?;
            sql::prepare(&writer, true)?;
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let mut readers = Vec::new();
            for _ in 0..this.readers {
                let reader = Connection::open_with_flags(&path, flags)?;
                sql::tune(&reader)?;
                readers.push(reader);
            }
            Ok(Pool::start(writer, readers)?)
        })
    }

    /// Opens a directory that is gone when it is dropped.
    ///
    /// # Errors
    ///
    /// When SQLite or a thread cannot be started.
    pub fn in_memory(self) -> Result<DirectoryConnector, OpenError> {
        self.build("memory", |_| {
            let only = Connection::open_in_memory()?;
            sql::prepare(&only, false)?;
            Ok(Pool::start(only, Vec::new())?)
        })
    }

    fn build(
        self,
        place: &str,
        open: impl FnOnce(&Self) -> Result<Pool, Box<dyn std::error::Error + Send + Sync>>,
    ) -> Result<DirectoryConnector, OpenError> {
        let pool = open(&self).map_err(|source| OpenError { place: place.to_owned(), source })?;
        let shapes = Shapes::new(&self.registry, &self.indexed);
        Ok(DirectoryConnector::new(pool, shapes, self.clock, place))
    }
}
