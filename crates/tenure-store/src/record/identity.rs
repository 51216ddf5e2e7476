use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One version of what is known about an identity.
///
/// Versions are appended, never changed, so that "what was known on day Y about day X" stays answerable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IdentityRecord {
    /// The identity.
    pub id: String,
    /// `person` or `workload`.
    pub kind: String,
    /// The source that delivered it.
    pub source: String,
    /// The source's records about it, as the engine assembled them.
    pub document: Value,
    /// From when on the document holds.
    pub effective: DateTime<Utc>,
    /// When the store learnt of it.
    pub recorded: DateTime<Utc>,
    /// Since when complete snapshots of the source lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent_since: Option<DateTime<Utc>>,
}

impl IdentityRecord {
    /// The kind of what is no person.
    pub const WORKLOAD: &str = "workload";
}
