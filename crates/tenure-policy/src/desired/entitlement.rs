//! A desired entitlement.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::entitlement::EntitlementKey;
use crate::grant::Origin;

/// One entitlement that should be held, with every reason for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DesiredEntitlement {
    /// What.
    pub key: EntitlementKey,
    /// Parameters (region, level, ...). A change of these is a modification, not a revocation and a grant.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Every path by which it came. Empty only in grace.
    pub origins: BTreeSet<Origin>,
    /// Since when it is due.
    pub since: Option<DateTime<Utc>>,
    /// Until when, if every origin has a known end; the latest of them.
    pub until: Option<DateTime<Utc>>,
    /// Set when no origin is left and the entitlement stays for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace: Option<Grace>,
}

/// The time an entitlement outlives its last origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grace {
    /// When the last origin went.
    pub lost: DateTime<Utc>,
    /// When the entitlement goes.
    pub until: DateTime<Utc>,
    /// The origins it had.
    pub was: BTreeSet<Origin>,
}
