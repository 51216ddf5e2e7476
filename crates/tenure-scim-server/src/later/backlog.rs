//! Where accepted requests are kept until they are done.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// Keeps accepted requests, so that they survive the process that accepted them.
///
/// A text is kept by the name of its transaction, and is durable when the call returns. It holds what the client sent, no
/// credential, and from the end of the request on only how that ended. `tenure_store::directory::AcceptedWork` has the same
/// methods over the database of a directory.
#[async_trait]
pub trait Backlog: Send + Sync + fmt::Debug {
    /// Keeps a text, over what has the name.
    ///
    /// # Errors
    ///
    /// When it is not kept for certain. A request that was to be accepted is answered in the usual way then.
    async fn keep(&self, txn: &str, text: &str, now: DateTime<Utc>) -> Result<(), BacklogError>;

    /// Keeps a text to which nothing is left to do.
    ///
    /// # Errors
    ///
    /// When it is not kept for certain.
    async fn end(&self, txn: &str, text: &str, now: DateTime<Utc>) -> Result<(), BacklogError>;

    /// The text of a name, and since when nothing is left to do.
    ///
    /// # Errors
    ///
    /// When nobody knows now.
    async fn find(&self, txn: &str) -> Result<Option<Remembered>, BacklogError>;

    /// Takes some names and texts with something left to do that were kept or taken last at `before` or earlier. They count as
    /// taken `now`: of several programs one gets each.
    ///
    /// # Errors
    ///
    /// When nobody knows now.
    async fn take(
        &self,
        before: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Vec<(String, String)>, BacklogError>;

    /// Forgets what ended before a time.
    ///
    /// # Errors
    ///
    /// When nobody knows now.
    async fn forget_ended(&self, before: DateTime<Utc>) -> Result<(), BacklogError>;
}

/// What a [`Backlog`] knows of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The text.
    pub text: String,
    /// Since when nothing is left to do.
    pub ended: Option<DateTime<Utc>>,
}

/// Why a [`Backlog`] did not do what it was asked for.
pub type BacklogError = Box<dyn std::error::Error + Send + Sync>;
