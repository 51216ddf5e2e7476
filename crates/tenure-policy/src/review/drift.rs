//! What is held and should not be, with its age.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::desired::Evaluation;
use crate::entitlement::EntitlementKey;
use crate::grant::{HeldGrant, Origin};
use crate::id::IdentityId;

/// An entitlement that somebody holds and the policy does not want: a role kept after a move, a right given by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Drift {
    /// Whose.
    pub identity: IdentityId,
    /// What.
    pub entitlement: EntitlementKey,
    /// Since when it is not wanted: when its last origin went; for what never had one, since when it is held.
    pub since: DateTime<Utc>,
    /// How many whole days that is.
    pub days: i64,
    /// The origins it had; empty for what the policy never gave.
    pub was: BTreeSet<Origin>,
}

impl Evaluation {
    /// What is held beyond what is wanted, the oldest first. What is in grace is wanted still.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::DateTime;
    /// use tenure_policy::{Facts, HeldGrant, Identity, Person, Policy, PolicyDocument};
    /// use tenure_scim::Resource;
    /// let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{"version": 1, "targets": {"wiki": {}}}"#)?)?;
    /// let then = DateTime::parse_from_rfc3339("2026-01-05T08:00:00Z")?.to_utc();
    /// let now = DateTime::parse_from_rfc3339("2026-02-01T08:00:00Z")?.to_utc();
    /// let held = [HeldGrant::new("wiki/role:editor".parse()?, then)];
    /// let person = Identity::from(Person::new("p-1".parse()?, Resource::default()));
    /// let drift = policy.evaluate(&person, &Facts::new(now)).drift(&held, now);
    /// assert_eq!((drift[0].entitlement.to_string().as_str(), drift[0].days), ("wiki/role:editor", 27));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn drift(&self, held: &[HeldGrant], now: DateTime<Utc>) -> Vec<Drift> {
        let beyond = held.iter().filter(|held| !self.entitlements.contains_key(&held.key));
        let mut found: Vec<Drift> = beyond
            .map(|held| {
                let since = held.lost.unwrap_or(if held.origins.is_empty() { held.since } else { now });
                Drift {
                    identity: self.identity.clone(),
                    entitlement: held.key.clone(),
                    since,
                    days: (now - since).num_days().max(0),
                    was: held.origins.clone(),
                }
            })
            .collect();
        found.sort_by(|a, b| (a.since, &a.entitlement).cmp(&(b.since, &b.entitlement)));
        found
    }
}
