//! What is found of one entitlement, without looking at the others.

use std::collections::BTreeSet;

use super::collect::Finder;
use super::evaluator::Work;
use crate::compile::{Dense, Parts};
use crate::desired::{DesiredEntitlement, Evaluation};
use crate::entitlement::EntitlementKey;
use crate::facts::Facts;
use crate::grant::Origin;
use crate::id::RuleId;
use crate::identity::Identity;
use crate::lifecycle::LifecycleState;

/// What was found of one entitlement.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) state: LifecycleState,
    pub(crate) desired: Option<DesiredEntitlement>,
    /// Why there is an account, where it was asked for the account and one is wanted.
    pub(crate) account: Option<BTreeSet<Origin>>,
    /// The rules that refuse it.
    pub(crate) denied: Option<BTreeSet<RuleId>>,
    pub(crate) gave_way_to: Option<EntitlementKey>,
}

impl Found {
    pub(crate) fn of(evaluation: &Evaluation, key: &EntitlementKey) -> Self {
        let account = evaluation.accounts.get(&key.target).filter(|_| key.is_account());
        Self {
            state: evaluation.state.clone(),
            desired: evaluation.entitlements.get(key).cloned(),
            account: account.filter(|account| account.ladder.is_empty()).map(|a| a.origins.clone()),
            denied: evaluation.denied.get(key).cloned(),
            gave_way_to: evaluation.superseded.get(key).cloned(),
        }
    }
}

impl Parts {
    /// What is found of one entitlement: of the rules only those are tried that can decide about it.
    pub(crate) fn found(&self, identity: &Identity, facts: &Facts<'_>, key: &EntitlementKey) -> Found {
        let (mut work, mut holding) = (Work::default(), Vec::new());
        // What is given in the place of something else comes by the rules that give the other.
        let instead = identity
            .as_person()
            .is_some_and(|person| person.overrides.iter().any(|order| order.instead.is_some()));
        let Some(rules) = self.deciding(key).filter(|_| !instead) else {
            let whole = work.evaluate(self, identity, facts, Finder::Once(&mut holding));
            return Found::of(&whole.to_evaluation(), key);
        };
        let outcome = work.given(self, identity, facts, Finder::Among(&rules, &mut holding));
        let denied: BTreeSet<RuleId> =
            outcome.denied().filter(|(denied, _)| *denied == key).map(|(_, rule)| rule.clone()).collect();
        let stronger = outcome.superseded().filter(|(weaker, _)| *weaker == key).last();
        Found {
            state: outcome.state(),
            desired: outcome.desired(key),
            account: None,
            denied: Some(denied).filter(|rules| !rules.is_empty()),
            gave_way_to: stronger.map(|(_, stronger)| stronger.clone()),
        }
    }

    /// The rules that can give or refuse an entitlement, or what it gives way to, in the order of the policy.
    ///
    /// `None` where more than that decides: for an account, which every entitlement of its target asks for, and where the fallback of
    /// an exclusive group is in play, which depends on the account.
    fn deciding(&self, key: &EntitlementKey) -> Option<Vec<u32>> {
        if key.is_account() {
            return None;
        }
        let keys = rivals(self.dense(), key)?;
        let sandboxes = &self.document.temporary.sandbox;
        let mut rules = Vec::new();
        let mut givers = |key: &EntitlementKey| {
            rules.extend_from_slice(self.givers().get(key).map(Vec::as_slice).unwrap_or_default());
        };
        for key in &keys {
            givers(key);
            for (from, _) in sandboxes.iter().filter(|(_, to)| **to == key.target) {
                givers(&key.in_target(from.clone()));
            }
        }
        let concerns = |denied: &EntitlementKey| {
            keys.contains(&denied) || denied.is_account() && denied.target == key.target
        };
        rules.extend(self.refusers().iter().filter(|number| {
            let rule = self.rules.get(**number as usize);
            rule.is_some_and(|rule| !rule.deny_roles.is_empty() || rule.deny.iter().any(concerns))
        }));
        rules.sort_unstable();
        rules.dedup();
        Some(rules)
    }
}

/// The entitlement and everything that shares an exclusive group with it, directly or by way of another one.
fn rivals<'a>(dense: &'a Dense, key: &'a EntitlementKey) -> Option<Vec<&'a EntitlementKey>> {
    let Some(number) = dense.id(key) else { return Some(vec![key]) };
    let mut numbers = vec![number];
    let mut groups: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(number) = numbers.get(at).copied() {
        at += 1;
        for (place, group) in dense.exclusive.iter().enumerate() {
            let concerned = group.order.contains(&number) || group.fallback == Some(number);
            if concerned && !groups.contains(&place) {
                groups.push(place);
                numbers
                    .extend(group.order.iter().filter(|other| !numbers.contains(other)).collect::<Vec<_>>());
            }
        }
    }
    let fallbacks = groups.iter().filter_map(|group| dense.exclusive.get(*group)?.fallback);
    for fallback in fallbacks {
        if fallback == number || groups.len() > 1 {
            return None;
        }
    }
    numbers.into_iter().map(|number| dense.keys.get(number as usize)).collect()
}
