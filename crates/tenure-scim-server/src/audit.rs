//! The audit hook: one entry for each operation that was tried.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::ActionKind;

/// What one operation was and how it ended. It holds ids and names of clients, no attribute values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When the operation began.
    pub at: DateTime<Utc>,
    /// The id of the request, as the client sees it in `X-Request-Id`.
    pub request: String,
    /// The name of the client.
    pub principal: String,
    /// What was done.
    pub kind: ActionKind,
    /// The resource type.
    pub resource_type: Option<String>,
    /// The id of the resource, the new one after a create.
    pub id: Option<String>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The ids of the profile's tolerances that the client needed.
    pub tolerances: Vec<String>,
}

/// Keeps a record of what clients do.
///
/// It is called before the answer is sent. An implementation that has to wait should hand the entry on.
pub trait Audit: Send + Sync + fmt::Debug {
    /// Takes one entry.
    fn record(&self, entry: &AuditEntry);
}
