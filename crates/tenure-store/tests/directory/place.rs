//! Where a directory under test is kept.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;
use tenure_scim::SchemaRegistry;
use tenure_store::directory::{Clock, DirectoryBuilder, DirectoryConnector, OpenError};

pub enum Place {
    Memory,
    File(TempDir),
    #[cfg(feature = "postgres")]
    Postgres(crate::server::Schema),
}

/// A clock that moves on by a second whenever it is read.
pub fn clock() -> Clock {
    let start: DateTime<Utc> = "2026-11-21T10:00:00Z".parse().unwrap();
    let ticks = AtomicI64::new(0);
    Arc::new(move || start + TimeDelta::seconds(ticks.fetch_add(1, Ordering::Relaxed)))
}

pub fn builder() -> DirectoryBuilder {
    DirectoryConnector::builder(SchemaRegistry::builtin(), clock())
}

impl Place {
    #[expect(clippy::unnecessary_wraps, reason = "one of the places may be missing")]
    pub fn memory() -> Option<Self> {
        Some(Self::Memory)
    }

    pub fn file() -> Option<Self> {
        Some(Self::File(tempfile::tempdir().unwrap()))
    }

    /// A schema of its own on the server that `TENURE_POSTGRES` names.
    #[cfg(feature = "postgres")]
    pub fn postgres() -> Option<Self> {
        crate::server::Schema::new().map(Self::Postgres)
    }

    pub async fn open(&self) -> DirectoryConnector {
        self.open_with(builder()).await.unwrap()
    }

    pub async fn open_with(&self, builder: DirectoryBuilder) -> Result<DirectoryConnector, OpenError> {
        match self {
            Self::Memory => builder.in_memory(),
            Self::File(folder) => builder.open(Self::path(folder.path())),
            #[cfg(feature = "postgres")]
            Self::Postgres(schema) => builder.connect(&schema.server, &schema.name).await,
        }
    }

    pub fn path(folder: &Path) -> std::path::PathBuf {
        folder.join("directory.db")
    }
}
