/// What every fallible call of a store returns.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Why a store refused or failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A write contradicts what is stored; nothing of its batch was applied.
    #[error("{what} `{key}`: expected {expected}, found {found}")]
    Conflict {
        /// The kind of record.
        what: &'static str,
        /// The key of the record.
        key: String,
        /// What the write required.
        expected: String,
        /// What the store holds.
        found: String,
    },
    /// The database was written by a newer version of this crate.
    #[error("the database has schema version {found}, this program knows versions up to {known}")]
    Newer {
        /// The version found in the database.
        found: i64,
        /// The highest version this program knows.
        known: i64,
    },
    /// A stored document could not be read.
    #[error("the stored {what} could not be read: {detail}")]
    Corrupt {
        /// The kind of record.
        what: &'static str,
        /// What the decoder said.
        detail: String,
    },
    /// The database refused or could not be reached; the batch was not applied.
    #[error("the database failed: {detail}")]
    Unavailable {
        /// What the database said.
        detail: String,
    },
    /// The queue of workers is not installed, or not in a version that is known.
    #[error("the queue of workers cannot be used: {detail}")]
    Queue {
        /// What was expected and what was found.
        detail: String,
    },
    /// A [`CrashStore`](crate::CrashStore) reached its crash point; only tests see this.
    #[error("the simulated crash point was reached")]
    Crashed,
}

impl StoreError {
    /// Tells a caller's mistake or a lost race from a failure of the database.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }

    /// Advice for the person who reads the message, where there is any.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Newer { .. } => Some("open it with the newer program; an older one would lose data"),
            Self::Corrupt { .. } => Some("restore the database from a backup"),
            Self::Unavailable { .. } => Some("check that the path is writable and the disk is not full"),
            Self::Queue { .. } => Some(
                "install pgmq: `CREATE EXTENSION pgmq` where the server offers it, else its SQL file with `PostgresStore::install_queue`",
            ),
            Self::Conflict { .. } | Self::Crashed => None,
        }
    }

    /// The same error for one more caller.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Conflict { what, key, expected, found } => {
                Self::Conflict { what, key: key.clone(), expected: expected.clone(), found: found.clone() }
            }
            Self::Newer { found, known } => Self::Newer { found: *found, known: *known },
            Self::Corrupt { what, detail } => Self::Corrupt { what, detail: detail.clone() },
            Self::Unavailable { detail } => Self::Unavailable { detail: detail.clone() },
            Self::Queue { detail } => Self::Queue { detail: detail.clone() },
            Self::Crashed => Self::Crashed,
        }
    }

    pub(crate) fn corrupt(what: &'static str, error: &serde_json::Error) -> Self {
        Self::Corrupt { what, detail: error.to_string() }
    }
}
