//! A program that holds accounts.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use tenure_scim::Resource;

use crate::entitlement::EntitlementKey;
use crate::id::IdentityId;
use crate::time::Zone;

/// A service account, bot or job. It has an owner, a purpose and a scope: the scope is what it gets, and all it may hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    /// The permanent key.
    pub id: IdentityId,
    /// Who answers for it. There is no workload without one.
    pub owner: IdentityId,
    /// What it is for.
    pub purpose: String,
    /// The entitlements it needs.
    #[serde(default)]
    pub scope: Vec<EntitlementKey>,
    /// The last day on which it is needed; `None` when it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<NaiveDate>,
    /// The day on which its secrets were last replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated: Option<NaiveDate>,
    /// The day on which somebody last found that it is needed, and its scope right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<NaiveDate>,
    /// The zone of its days.
    #[serde(default = "utc")]
    pub zone: Zone,
    /// Its attributes, shaped as a SCIM User.
    #[serde(default)]
    pub attributes: Resource,
}

impl Workload {
    /// A workload without scope or end.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure_policy::Workload;
    /// let backup = Workload::new("svc-backup".parse()?, "p-1".parse()?, "nightly backup")
    ///     .with_scope(["fileshare/group:Backup".parse()?]);
    /// assert_eq!(backup.scope.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(id: IdentityId, owner: IdentityId, purpose: &str) -> Self {
        Self {
            id,
            owner,
            purpose: purpose.to_owned(),
            scope: Vec::new(),
            expires: None,
            rotated: None,
            reviewed: None,
            zone: Zone::UTC,
            attributes: Resource::default(),
        }
    }

    /// Sets what it needs.
    #[must_use]
    pub fn with_scope(mut self, scope: impl IntoIterator<Item = EntitlementKey>) -> Self {
        self.scope = scope.into_iter().collect();
        self
    }

    /// Sets the last day.
    #[must_use]
    pub fn expiring(mut self, last_day: NaiveDate) -> Self {
        self.expires = Some(last_day);
        self
    }

    /// Sets the day on which its secrets were last replaced.
    #[must_use]
    pub fn rotated(mut self, day: NaiveDate) -> Self {
        self.rotated = Some(day);
        self
    }

    /// Sets the day on which somebody last found that it is needed.
    #[must_use]
    pub fn reviewed(mut self, day: NaiveDate) -> Self {
        self.reviewed = Some(day);
        self
    }

    /// Sets the attributes.
    #[must_use]
    pub fn with_attributes(mut self, attributes: Resource) -> Self {
        self.attributes = attributes;
        self
    }
}

fn utc() -> Zone {
    Zone::UTC
}
