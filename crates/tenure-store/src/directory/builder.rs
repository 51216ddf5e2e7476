//! Opening a directory.

use std::collections::BTreeSet;
use std::fmt;

use tenure_connector::Clock;
use tenure_scim::{AttrPath, SchemaRegistry};

use super::connector::DirectoryConnector;
use super::db::Backend;
use super::error::Fault;
use super::shape::Shapes;

/// Opens a [`DirectoryConnector`].
///
/// ```
/// use std::sync::Arc;
/// use chrono::DateTime;
/// use tenure_scim::SchemaRegistry;
/// use tenure_store::directory::DirectoryConnector;
///
/// let registry = SchemaRegistry::builtin();
/// let builder = DirectoryConnector::builder(registry, Arc::new(|| DateTime::UNIX_EPOCH))
///     .index("title".parse()?)
///     .connections(4);
/// # #[cfg(feature = "sqlite")]
/// let directory = builder.in_memory()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct DirectoryBuilder {
    registry: SchemaRegistry,
    clock: Clock,
    indexed: BTreeSet<AttrPath>,
    pub(super) connections: usize,
    scan: usize,
}

impl fmt::Debug for DirectoryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectoryBuilder")
            .field("indexed", &self.indexed)
            .field("connections", &self.connections)
            .field("scan", &self.scan)
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
        Self { registry, clock, indexed: BTreeSet::new(), connections: 0, scan: 100_000 }
    }

    /// Indexes one more attribute, so that `eq`, orders and sorts on it do not read every resource; `sw` too where it is
    /// text.
    ///
    /// Unique attributes, names, `externalId`, `emails.value`, `active`, `employeeNumber` and `meta.lastModified` are
    /// indexed anyway. What is stored already is indexed when the directory is opened. An indexed text has at most
    /// 2,000 bytes.
    ///
    /// Programs that have a directory open at the same time must index the same: what one of them does not index, it does not
    /// write down for the others until they open it anew.
    pub fn index(mut self, path: AttrPath) -> Self {
        self.indexed.insert(path);
        self
    }

    /// How many connections read at the same time in SQLite, two unless said otherwise; how many there are at most to
    /// PostgreSQL, 16 unless said otherwise and never less than two.
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// How many resources a filter may be tried on that the database cannot decide, 100,000 unless said otherwise.
    ///
    /// Such filters are rare: comparisons of times other than those of `meta`, numbers of more digits than a column keeps,
    /// and `[ ]` behind an attribute of one value. One that finds too little within the limit is refused.
    pub fn scan_limit(mut self, resources: usize) -> Self {
        self.scan = resources.max(1);
        self
    }

    pub(super) fn shapes(&self) -> Shapes {
        Shapes::new(&self.registry, &self.indexed)
    }

    pub(super) fn finish(self, backend: Backend, shapes: Shapes, place: &str) -> DirectoryConnector {
        DirectoryConnector::new(backend, shapes, self.clock, self.scan, place)
    }
}

impl OpenError {
    pub(super) fn new(place: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { place: place.to_owned(), source: source.into() }
    }

    pub(super) fn fault(place: &str, fault: Fault) -> Self {
        match fault {
            Fault::Database { detail, .. } | Fault::Collision(detail) | Fault::Lost(detail) => {
                Self::new(place, detail)
            }
            Fault::Connector(error) => Self::new(place, error),
        }
    }
}
