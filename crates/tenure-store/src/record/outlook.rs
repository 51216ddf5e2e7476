use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What planning knows of an identity without looking at it: when it has to be looked at again, and whose change would be a
/// reason to do so earlier.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlookRecord {
    /// The identity.
    pub identity: String,
    /// When it has to be looked at; nothing: not before something about it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DateTime<Utc>>,
    /// Other identities that its desired state follows from: a manager, an owner.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub on: BTreeSet<String>,
    /// How often it was made due, or something that is kept of it was written. An outlook that is written is taken only when
    /// this has not changed, so that what happened meanwhile is not forgotten.
    #[serde(default)]
    pub marks: u64,
    /// What it was settled with: a fingerprint by which whoever wrote it knows that nothing is left to do as long as the same
    /// is wanted. The store forgets it with every write of something that belongs to the identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<String>,
}
