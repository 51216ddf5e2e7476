//! Asks before: what a grant would give, and which constraints it would break.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::compile::Policy;
use crate::desired::Violation;
use crate::entitlement::EntitlementKey;
use crate::facts::Facts;
use crate::grant::Grant;
use crate::id::IdentityId;
use crate::identity::Identity;

/// What a grant would change, asked before it is made: what an approver sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GrantCheck {
    /// What the identity would get, now or when the grant begins, that it does not have.
    pub gains: BTreeSet<EntitlementKey>,
    /// What it has by another way already.
    pub held: BTreeSet<EntitlementKey>,
    /// The violations that are not there without the grant, those with a mitigation too.
    pub violations: Vec<Violation>,
    /// When the grant would end, if it would.
    pub until: Option<DateTime<Utc>>,
}

impl GrantCheck {
    /// True when nothing that is not covered by a mitigation speaks against the grant.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.violations.iter().all(|violation| violation.mitigated.is_some())
    }
}

impl Policy {
    /// What a grant would give and which constraints it would break, asked at the time of the request.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::{DateTime, NaiveDate};
    /// use tenure_policy::{Engagement, EntitlementKey, Facts, Grant, GrantSource, Person, Policy, PolicyDocument};
    /// use tenure_scim::Resource;
    ///
    /// let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{
    ///     "version": 1,
    ///     "targets": { "erp": {} },
    ///     "rules": [ { "id": "payers", "entitlements": ["erp/role:pay"] } ],
    ///     "constraints": [ { "id": "four-eyes", "of": ["erp/role:pay", "erp/role:approve"] } ]
    /// }"#)?)?;
    /// let start = NaiveDate::from_ymd_opt(2026, 1, 5).ok_or("no such day")?;
    /// let anna = Person::new("p-1".parse()?, Resource::default())
    ///     .with_engagement(Engagement::new("e-1".parse()?, "Employee", start, "Europe/Berlin".parse()?)).into();
    /// let now = DateTime::parse_from_rfc3339("2026-02-01T08:00:00Z")?.to_utc();
    /// let approve: EntitlementKey = "erp/role:approve".parse()?;
    /// let asked = Grant::new("g-1".parse()?, "p-1".parse()?, approve, GrantSource::Request("r-1".parse()?)).from(now);
    ///
    /// let check = policy.check_grant(&asked, &anna, &Facts::new(now));
    /// assert!(!check.is_clear());
    /// assert_eq!(check.violations[0].members.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn check_grant(&self, grant: &Grant, identity: &Identity, facts: &Facts<'_>) -> GrantCheck {
        let begins = grant.from.unwrap_or(facts.now).max(facts.now);
        let mut grants = facts.grants.to_vec();
        grants.push(grant.clone());
        let with = facts.with_grants(&grants);
        let (before, after) = (self.evaluate(identity, facts), self.evaluate(identity, &with));
        // What a grant of the future breaks is told today; what it gives is seen on its first day.
        let (old, new) = match begins > facts.now {
            true => (self.evaluate(identity, &facts.at(begins)), self.evaluate(identity, &with.at(begins))),
            false => (before.clone(), after.clone()),
        };
        let by_it = new
            .entitlements
            .iter()
            .filter(|(_, found)| found.origins.iter().any(|origin| origin.grant() == Some(&grant.id)));
        let (held, gains) =
            by_it.map(|(key, _)| key.clone()).partition(|key| old.entitlements.contains_key(key));
        let added = |violation: &Violation| !before.violations.contains(violation);
        GrantCheck {
            gains,
            held,
            violations: after.violations.into_iter().filter(added).collect(),
            until: self.grant_end(grant, identity, facts.now),
        }
    }

    /// Everybody of a population for whom a constraint does not hold, now or at a known later time, in the order of identities. `facts`
    /// gives the facts of each. Covered violations are told too: what covers them is in [`Violation::mitigated`].
    pub fn violations<'a, 'f>(
        &self,
        population: impl IntoIterator<Item = &'a Identity>,
        facts: impl Fn(&'a Identity) -> Facts<'f>,
    ) -> Vec<(IdentityId, Violation)> {
        let mut evaluator = self.evaluator();
        let mut found = Vec::new();
        for identity in population {
            let facts = facts(identity);
            let all = evaluator.evaluate(identity, &facts);
            found.extend(all.violations().iter().map(|violation| (identity.id().clone(), violation.clone())));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }
}
