use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An account of a target as it was last seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// The target.
    pub target: String,
    /// The account's primary id in the target.
    pub id: String,
    /// The object class.
    pub class: String,
    /// The target's version of the object, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The account as a SCIM resource.
    pub resource: Value,
    /// When it was last seen or written.
    pub seen: DateTime<Utc>,
}

impl AccountRecord {
    /// Whether it is the same account in the same state, whenever the two were seen.
    #[must_use]
    pub fn is_as(&self, other: &Self) -> bool {
        (&self.target, &self.id) == (&other.target, &other.id)
            && (&self.class, &self.version, &self.resource) == (&other.class, &other.version, &other.resource)
    }
}

/// The tie between an account and the identity it belongs to.
///
/// A store refuses a second identity for an account that is linked, and a second live account for one identity in one
/// target. The link of a deleted account gives way to that of another identity, to whom the system gave the same id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkRecord {
    /// The target.
    pub target: String,
    /// The account's primary id in the target.
    pub account: String,
    /// The identity.
    pub identity: String,
    /// Why the two belong together: the correlation rule with its values, or `created`.
    pub evidence: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When the account was deleted or lost; the tombstone says whose it was, should it come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<DateTime<Utc>>,
    /// Since when the account is wanted no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unwanted: Option<DateTime<Utc>>,
    /// The steps of its way out that were taken and that cannot be seen in the account.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub taken: BTreeSet<String>,
    /// The values that each mapping wrote last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub written: BTreeMap<String, Value>,
}

impl LinkRecord {
    /// Ties an account that is wanted to an identity.
    #[must_use]
    pub fn new(target: &str, account: &str, identity: &str, evidence: &str, since: DateTime<Utc>) -> Self {
        Self {
            target: target.to_owned(),
            account: account.to_owned(),
            identity: identity.to_owned(),
            evidence: evidence.to_owned(),
            since,
            deleted: None,
            unwanted: None,
            taken: BTreeSet::new(),
            written: BTreeMap::new(),
        }
    }

    /// Whether the account is still there.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.deleted.is_none()
    }
}
