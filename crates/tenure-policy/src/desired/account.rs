//! A desired account.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenure_scim::{AttrPath, Resource};

use crate::grant::Origin;
use crate::id::{IdentityId, MappingId, TargetId};
use crate::target::{Apply, CredentialPolicy, LeaverAction, Remove};

/// What one target should hold for one identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DesiredAccount {
    /// The target.
    pub target: TargetId,
    /// Whether the account should be there, and enabled.
    pub status: AccountStatus,
    /// The wanted attributes put together. Empty for an account on its way out.
    pub attributes: Resource,
    /// The same, mapping by mapping, with how each is applied and removed.
    pub mappings: Vec<DesiredAttribute>,
    /// Attributes that point at another identity's account in the same target.
    pub references: Vec<DesiredReference>,
    /// How the account ends, for one that is wanted no more.
    pub ladder: Vec<LadderStep>,
    /// Why the account is wanted; empty when it is not.
    pub origins: BTreeSet<Origin>,
    /// Why the status is what it is, in words.
    pub reason: String,
    /// How people log in to the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialPolicy>,
}

/// Whether an account should be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// There, enabled.
    Active,
    /// There if it was linked (or for a pre-hire: made ready), not enabled.
    Disabled,
    /// Not there.
    Absent,
}

/// One mapped attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DesiredAttribute {
    /// The mapping; it owns the values it wrote.
    pub mapping: MappingId,
    /// Where the value goes.
    pub to: AttrPath,
    /// `None`: the source has nothing to say. `Some(null)`: the source says that it is empty. Otherwise the value.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some_null")]
    pub value: Option<Value>,
    /// When the value is written.
    pub apply: Apply,
    /// What is taken away when the mapping gives nothing or gives something else.
    pub remove: Remove,
}

/// Without this, serde reads `null` as "nothing to say".
fn some_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// An attribute that points at another identity's account in the same target; the engine resolves it once that account exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DesiredReference {
    /// The mapping.
    pub mapping: MappingId,
    /// The attribute, for instance `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager`.
    pub to: AttrPath,
    /// Whose account it points at; `None` clears it.
    pub identity: Option<IdentityId>,
}

/// One rung of the way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LadderStep {
    /// What to do.
    pub action: LeaverAction,
    /// When, at the earliest; `None` while something (a legal hold, a known return) forbids it.
    pub due: Option<DateTime<Utc>>,
    /// For a transfer of ownership: who receives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<IdentityId>,
    /// What forbids it, when `due` is `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
}

impl LadderStep {
    /// True when the step is to be done at this instant.
    #[must_use]
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.due.is_some_and(|due| due <= now)
    }
}

/// A user name to write into the registry before the account is created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reservation {
    /// Names are unique inside a namespace; targets may share one.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The form in which names are compared.
    pub key: String,
    /// Who gets it.
    pub identity: IdentityId,
    /// Where it is used.
    pub target: TargetId,
    /// True when nobody else may ever have it.
    pub never_reuse: bool,
}
