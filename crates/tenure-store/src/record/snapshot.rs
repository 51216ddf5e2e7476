use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What one look at a source or a target brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SnapshotRecord {
    /// What was looked at, for example `source:hr/Worker`.
    pub scope: String,
    /// When.
    pub at: DateTime<Utc>,
    /// How many objects were read.
    pub count: u64,
    /// Whether absence from it may be believed.
    pub complete: bool,
    /// Why absence may not be believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
    /// Hash over what was read.
    pub digest: String,
}
