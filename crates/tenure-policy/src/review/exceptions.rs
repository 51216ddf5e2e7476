//! Every exception on record.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::compile::Policy;
use crate::grant::{Grant, GrantSource, Granted};
use crate::id::{GrantId, IdentityId};

/// An exception with what a reviewer asks for: why, who approved it, until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedException {
    /// The grant.
    pub grant: GrantId,
    /// For whom.
    pub identity: IdentityId,
    /// What it gives.
    pub what: Granted,
    /// Why.
    pub reason: String,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When it ends. Every exception does.
    pub until: DateTime<Utc>,
    /// False where the reason or the approver is missing: it gives nothing.
    pub valid: bool,
}

impl Policy {
    /// The exceptions among grants that have not ended, the next to end first. A grant without a beginning is taken to begin at `now`.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::DateTime;
    /// use tenure_policy::{EntitlementKey, Grant, GrantSource, Policy, PolicyDocument};
    /// let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{"version": 1, "targets": {"erp": {}}}"#)?)?;
    /// let key: EntitlementKey = "erp/role:pay".parse()?;
    /// let now = DateTime::parse_from_rfc3339("2026-02-01T08:00:00Z")?.to_utc();
    /// let grants = [Grant::new("g-1".parse()?, "p-1".parse()?, key, GrantSource::Exception).from(now)];
    /// let listed = policy.exceptions(&grants, now);
    /// assert_eq!(listed[0].until.to_rfc3339(), "2026-05-02T08:00:00+00:00"); // ninety days, for want of an end
    /// assert!(!listed[0].valid); // nobody approved it
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn exceptions(&self, grants: &[Grant], now: DateTime<Utc>) -> Vec<RecordedException> {
        let exceptions = grants.iter().filter(|grant| grant.source == GrantSource::Exception);
        let mut found: Vec<RecordedException> = exceptions
            .filter_map(|grant| {
                let until = self.parts().grant_end(grant, grant.from.unwrap_or(now), false)?;
                Some(RecordedException {
                    grant: grant.id.clone(),
                    identity: grant.identity.clone(),
                    what: grant.what.clone(),
                    reason: grant.reason.clone(),
                    approved_by: grant.approved_by.clone(),
                    until,
                    valid: grant.is_on_record(),
                })
            })
            .filter(|exception| exception.until > now)
            .collect();
        found.sort_by(|a, b| (a.until, &a.grant).cmp(&(b.until, &b.grant)));
        found
    }
}
