use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An explicit, time-bounded assignment of a role or an entitlement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GrantRecord {
    /// The grant.
    pub id: String,
    /// Who holds it.
    pub identity: String,
    /// The grant as the policy reads it.
    pub document: Value,
    /// When the store learnt of this state.
    pub recorded: DateTime<Utc>,
    /// When it was taken back before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<DateTime<Utc>>,
}

/// An entitlement that an account holds, with the origins it is held for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldRecord {
    /// The target.
    pub target: String,
    /// The account that holds it.
    pub account: String,
    /// The identity the account belongs to, where it is linked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The kind of entitlement: `role`, `group`, `licence`, ...
    pub kind: String,
    /// Which one, by the target's id.
    pub value: String,
    /// What the policy calls it, where that differs from the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named: Option<String>,
    /// Why it is held, one canonical JSON text an origin. Empty: observed, nobody knows why.
    pub origins: BTreeSet<String>,
    /// Its parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Whether the target says that it cannot be taken away.
    #[serde(default)]
    pub immutable: bool,
    /// Since when it is held.
    pub since: DateTime<Utc>,
    /// When the last origin went, for an entitlement that outlives it for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<DateTime<Utc>>,
}

impl HeldRecord {
    /// The key under which a store keeps it: target, account, kind, value.
    #[must_use]
    pub fn key(&self) -> (String, String, String, String) {
        (self.target.clone(), self.account.clone(), self.kind.clone(), self.value.clone())
    }
}
