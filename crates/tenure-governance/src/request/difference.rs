use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_engine::{Census, Cost};
use tenure_policy::{
    EntitlementKey, Evaluation, Grant, GrantId, IdentityId, Money, Policy, Risk, TargetId, Violation,
    ViolationKind,
};
use tenure_store::canonical_hash;

/// What a grant changes for its holder: what the policy wants with it, less what it wants without.
///
/// This is what is approved, by its [`hash`](Self::hash): a role that gives more by the time it is carried out is not what was approved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Difference {
    /// What is had in addition, or for longer.
    pub gains: BTreeMap<EntitlementKey, Gain>,
    /// What is had no more, because something stronger takes its place.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub losses: BTreeSet<EntitlementKey>,
    /// Where an account is made.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub accounts: BTreeSet<TargetId>,
    /// The constraints that are broken by it, in words.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub violations: BTreeSet<String>,
    /// What it costs in a year.
    #[serde(default, skip_serializing_if = "Cost::is_empty")]
    pub yearly: Cost,
}

/// One entitlement that is had in addition, or for longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gain {
    /// Parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Until when; without an end, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Whether it is had already and would be had for longer.
    #[serde(default)]
    pub extends: bool,
    /// How much harm its misuse can do.
    pub risk: Risk,
    /// The class of the data it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_class: Option<String>,
}

impl Difference {
    /// SHA-256 over the difference as canonical JSON, in lower-case hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        // INVARIANT: it consists of texts, times and amounts, which always serialise.
        canonical_hash(self)
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gains.is_empty() && self.losses.is_empty()
    }

    /// Whether who approved this has approved the other too: it gives, takes, breaks and costs nothing beyond it.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.beyond(other).is_empty()
    }

    /// What the other changes beyond this, in words.
    #[must_use]
    pub fn beyond(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for (key, gain) in &other.gains {
            match self.gains.get(key) {
                None => found.push(format!("gives {key}")),
                Some(known) if known.parameters != gain.parameters => {
                    found.push(format!("gives {key} with other parameters"));
                }
                Some(known)
                    if known.until.is_some() && gain.until.is_none_or(|end| known.until < Some(end)) =>
                {
                    found.push(format!("gives {key} for longer"));
                }
                Some(known) if known.risk < gain.risk => found.push(format!("{key} is of higher risk")),
                Some(_) => {}
            }
        }
        found.extend(other.losses.difference(&self.losses).map(|key| format!("takes {key}")));
        found.extend(other.accounts.difference(&self.accounts).map(|t| format!("makes an account in {t}")));
        found.extend(other.violations.difference(&self.violations).cloned());
        let dearer = other.yearly.amounts().filter(|amount| {
            amount.minor() > self.yearly.in_currency(amount.currency()).map_or(0, Money::minor)
        });
        found.extend(dearer.map(|amount| format!("costs {amount} a year")));
        found
    }

    /// What a grant changes from the moment it begins, or from now on when it has begun.
    pub(crate) fn of(census: &Census, subject: &IdentityId, grant: &Grant) -> Option<(Self, Refusals)> {
        let at = grant.from.unwrap_or_else(|| census.now()).max(census.now());
        let own: &[GrantId] = std::slice::from_ref(&grant.id);
        let before = census.evaluate_with(subject, &[], own, at)?;
        let after = census.evaluate_with(subject, std::slice::from_ref(grant), own, at)?;
        Some(Self::between(census.policy(), &before, &after))
    }

    fn between(policy: &Policy, before: &Evaluation, after: &Evaluation) -> (Self, Refusals) {
        let mut found = Self::default();
        let mut costs: Vec<Money> = Vec::new();
        for (key, wanted) in &after.entitlements {
            let had = before.entitlements.get(key);
            let longer =
                |end: Option<DateTime<Utc>>| end.is_some() && wanted.until.is_none_or(|u| Some(u) > end);
            if had.is_some_and(|had| !longer(had.until) && had.parameters == wanted.parameters) {
                continue;
            }
            let spec = policy.document().entitlements.get(key);
            let gain = Gain {
                parameters: wanted.parameters.clone(),
                until: wanted.until,
                extends: had.is_some(),
                risk: spec.map(|spec| spec.risk).unwrap_or_default(),
                data_class: spec.and_then(|spec| spec.data_class.clone()),
            };
            if had.is_none() {
                costs.extend(yearly(policy, key));
            }
            found.gains.insert(key.clone(), gain);
        }
        let lost = before.entitlements.keys().filter(|key| !after.entitlements.contains_key(*key));
        found.losses.extend(lost.cloned());
        let works = |evaluation: &Evaluation, target: &TargetId| {
            evaluation.accounts.get(target).is_some_and(|account| account.ladder.is_empty())
        };
        let made = after.accounts.keys().filter(|target| works(after, target) && !works(before, target));
        found.accounts.extend(made.cloned());
        found.yearly = costs.iter().collect();
        let mut refusals = Refusals::default();
        let new = after.violations.iter().filter(|violation| !before.violations.contains(violation));
        for violation in new.filter(|violation| violation.mitigated.is_none()) {
            match &violation.kind {
                ViolationKind::Constraint { .. } => drop(found.violations.insert(words(violation))),
                _ => refusals.reasons.push(words(violation)),
            }
        }
        refusals.denied.extend(after.denied.keys().filter(|key| !before.denied.contains_key(*key)).cloned());
        (found, refusals)
    }
}

/// What of a grant the policy does not give, whoever approves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refusals {
    pub(crate) reasons: Vec<String>,
    pub(crate) denied: BTreeSet<EntitlementKey>,
}

/// What a seat costs in a year, where the entitlement is one.
pub(crate) fn yearly(policy: &Policy, key: &EntitlementKey) -> Option<Money> {
    // A price that cannot be multiplied is refused when the policy is read.
    policy.target(&key.target)?.seat(key)?.price().per_year(1).ok()
}

/// A violation in one line.
pub(crate) fn words(violation: &Violation) -> String {
    let members: Vec<&str> = violation.members.iter().map(|member| member.member.as_str()).collect();
    let members = members.join(", ");
    match &violation.kind {
        ViolationKind::Constraint { constraint, at_most } => {
            format!("breaks the constraint `{constraint}`, which allows {at_most} of {members}")
        }
        ViolationKind::NotRequestable => format!("{members} may not be requested"),
        ViolationKind::OutOfScope => format!("{members} is outside the declared scope"),
        ViolationKind::Unrecorded => format!("{members} has no reason or approver on record"),
        other => format!("{other:?} of {members}"),
    }
}
