//! What another policy would change for a population.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::difference::Difference;
use super::population::holds;
use crate::compile::Policy;
use crate::desired::{AccountStatus, Evaluation, Violation};
use crate::entitlement::EntitlementKey;
use crate::evaluate::of_engagement;
use crate::facts::Facts;
use crate::id::{IdentityId, TargetId};
use crate::identity::{Identity, read_ahead};
use crate::money::{Money, MoneyError};

/// What a new policy changes: who gains and loses what, in the order of identities; cost; violations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Impact {
    /// How many identities were looked at.
    pub population: usize,
    /// One row for each identity for which something changes.
    pub rows: Vec<ImpactRow>,
    /// For each tier of paid seats, how many more or fewer are needed.
    pub seats: BTreeMap<EntitlementKey, SeatChange>,
}

/// What changes for one identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ImpactRow {
    /// Whose.
    pub identity: IdentityId,
    /// Entitlements that come.
    pub gains: BTreeSet<EntitlementKey>,
    /// Entitlements that go.
    pub losses: BTreeSet<EntitlementKey>,
    /// Entitlements that stay with other parameters.
    pub changes: BTreeSet<EntitlementKey>,
    /// Accounts that come.
    pub accounts_gained: BTreeSet<TargetId>,
    /// Accounts that go.
    pub accounts_lost: BTreeSet<TargetId>,
    /// Violations that were not there before.
    pub new_violations: Vec<Violation>,
    /// Violations that are there no more.
    pub ended_violations: Vec<Violation>,
}

/// How the need for paid seats of one tier changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeatChange {
    /// Seats under the old policy.
    pub before: u32,
    /// Seats under the new policy.
    pub after: u32,
    /// What they cost a year under the old policy, at its price.
    pub cost_before: Option<Money>,
    /// What they cost a year under the new policy, at its price.
    pub cost_after: Option<Money>,
}

impl Policy {
    /// What `new` would change against this policy for a population. `facts` gives the facts of each identity.
    ///
    /// # Errors
    ///
    /// When a cost is too large to be counted.
    pub fn impact<'a, 'f>(
        &self,
        new: &Policy,
        population: impl IntoIterator<Item = &'a Identity>,
        facts: impl Fn(&'a Identity) -> Facts<'f>,
    ) -> Result<Impact, MoneyError> {
        let mut impact = Impact::default();
        let mut seats: BTreeMap<EntitlementKey, (u32, u32)> = BTreeMap::new();
        let difference = Difference::between(self.parts(), new.parts());
        let seated = self.targets().any(|(_, target)| !target.seats.is_empty());
        let (mut matcher, mut old, mut other) = (self.matcher(), self.evaluator(), new.evaluator());
        for identity in read_ahead(population) {
            impact.population += 1;
            let facts = facts(identity);
            if !concerns(&difference, &mut matcher, new, identity, &facts) {
                if seated {
                    // Nothing differs for this identity, so one look counts for both.
                    let same = old.evaluate(identity, &facts);
                    count_seats(self, same.entitlements().map(|e| e.key()), |seat| {
                        let (before, after) = seats.entry(seat.clone()).or_default();
                        (*before, *after) = (*before + 1, *after + 1);
                    });
                }
                continue;
            }
            let before = old.evaluate(identity, &facts).to_evaluation();
            let after = other.evaluate(identity, &facts).to_evaluation();
            count_seats(self, before.entitlements.keys(), |seat| {
                seats.entry(seat.clone()).or_default().0 += 1
            });
            count_seats(new, after.entitlements.keys(), |seat| seats.entry(seat.clone()).or_default().1 += 1);
            impact.rows.extend(ImpactRow::between(&before, &after));
        }
        impact.rows.sort_by(|a, b| a.identity.cmp(&b.identity));
        for (seat, (before, after)) in seats {
            let price = |policy: &Policy, seats| {
                let tier = policy.target(&seat.target).and_then(|target| target.seat(&seat));
                tier.map(|tier| tier.price().per_year(seats)).transpose()
            };
            let change = SeatChange {
                before,
                after,
                cost_before: price(self, before)?,
                cost_after: price(new, after)?,
            };
            impact.seats.insert(seat, change);
        }
        Ok(impact)
    }
}

/// True when what differs may concern an identity: a rule that differs holds or held, or more than rules speaks of it.
fn concerns(
    difference: &Difference,
    matcher: &mut crate::matching::Matcher<'_>,
    new: &Policy,
    identity: &Identity,
    facts: &Facts<'_>,
) -> bool {
    let Identity::Person(person) = identity else { return true };
    if difference.everything
        || !facts.grants.is_empty()
        || !facts.held.is_empty()
        || !facts.accounts.is_empty()
    {
        return true;
    }
    matcher.find(identity, facts.now);
    if matcher.hits().iter().any(|(_, rule)| difference.old.contains(rule)) {
        return true;
    }
    let engaged = matcher.engaged().iter().filter_map(|index| person.engagements.get(*index));
    !difference.new.is_empty()
        && engaged.into_iter().any(|engagement| {
            let view = of_engagement(person, engagement);
            difference.new.iter().any(|rule| holds(new.parts(), *rule, &view, facts.now))
        })
}

/// Calls `found` for each paid seat that is among what is wanted.
fn count_seats<'a>(
    policy: &Policy,
    wanted: impl Iterator<Item = &'a EntitlementKey>,
    found: impl FnMut(&'a EntitlementKey),
) {
    let is_seat =
        |key: &&EntitlementKey| policy.target(&key.target).is_some_and(|target| target.seat(key).is_some());
    wanted.filter(is_seat).for_each(found);
}

impl ImpactRow {
    /// What differs between two evaluations of one identity; `None` when nothing does.
    #[must_use]
    pub fn between(before: &Evaluation, after: &Evaluation) -> Option<Self> {
        let only = |a: &Evaluation, b: &Evaluation| -> BTreeSet<EntitlementKey> {
            a.entitlements.keys().filter(|key| !b.entitlements.contains_key(*key)).cloned().collect()
        };
        let accounts = |a: &Evaluation, b: &Evaluation| -> BTreeSet<TargetId> {
            let wanted = |e: &Evaluation, t: &TargetId| {
                e.accounts.get(t).is_some_and(|account| {
                    account.ladder.is_empty() && account.status != AccountStatus::Absent
                })
            };
            a.accounts.keys().filter(|target| wanted(a, target) && !wanted(b, target)).cloned().collect()
        };
        let changes = before.entitlements.values().filter(|old| {
            after.entitlements.get(&old.key).is_some_and(|new| new.parameters != old.parameters)
        });
        let fresh = |a: &Evaluation, b: &Evaluation| -> Vec<Violation> {
            a.violations.iter().filter(|violation| !b.violations.contains(violation)).cloned().collect()
        };
        let row = Self {
            identity: after.identity.clone(),
            gains: only(after, before),
            losses: only(before, after),
            changes: changes.map(|old| old.key.clone()).collect(),
            accounts_gained: accounts(after, before),
            accounts_lost: accounts(before, after),
            new_violations: fresh(after, before),
            ended_violations: fresh(before, after),
        };
        let nothing = row.gains.is_empty()
            && row.losses.is_empty()
            && row.changes.is_empty()
            && row.accounts_gained.is_empty()
            && row.accounts_lost.is_empty()
            && row.new_violations.is_empty()
            && row.ended_violations.is_empty();
        (!nothing).then_some(row)
    }
}
