//! Refusals, exclusive groups and grace: what is taken from, and added to, what is given.

use std::collections::{BTreeMap, BTreeSet};

use super::collect::{Collected, Refused};
use crate::compile::Parts;
use crate::desired::{DesiredEntitlement, Grace, OpenTask, TaskKind};
use crate::document::Risk;
use crate::entitlement::EntitlementKey;
use crate::facts::Facts;
use crate::grant::Origin;
use crate::id::RuleId;
use crate::lifecycle::NextChange;
use crate::target::ExclusiveGroup;

/// Takes away what rules deny; returns what was refused and by which rules.
pub(super) fn deny(collected: &mut Collected) -> BTreeMap<EntitlementKey, BTreeSet<RuleId>> {
    let mut refused: BTreeMap<EntitlementKey, BTreeSet<RuleId>> = BTreeMap::new();
    for (rule, what) in std::mem::take(&mut collected.deny) {
        match what {
            Refused::Key(key) if key.is_account() => {
                if collected.accounts.remove(&key.target).is_some() {
                    refused.entry(key.clone()).or_default().insert(rule.clone());
                }
                let gone: Vec<_> =
                    collected.entitlements.keys().filter(|held| held.target == key.target).cloned().collect();
                for held in gone {
                    collected.entitlements.remove(&held);
                    refused.entry(held).or_default().insert(rule.clone());
                }
            }
            Refused::Key(key) => {
                if collected.entitlements.remove(&key).is_some() || refused.contains_key(&key) {
                    refused.entry(key).or_default().insert(rule);
                }
            }
            Refused::Role(role) => {
                let by_role = |origin: &Origin| origin.roles().contains(&&role);
                for wanted in collected.entitlements.values_mut() {
                    wanted.origins.retain(|origin| !by_role(origin));
                }
                for account in collected.accounts.values_mut() {
                    account.origins.retain(|origin| !by_role(origin));
                }
                collected.accounts.retain(|_, account| !account.origins.is_empty());
                let gone: Vec<_> = collected
                    .entitlements
                    .values()
                    .filter(|wanted| wanted.origins.is_empty())
                    .map(|w| w.key.clone())
                    .collect();
                for key in gone {
                    collected.entitlements.remove(&key);
                    refused.entry(key).or_default().insert(rule.clone());
                }
            }
        }
    }
    refused
}

/// Leaves only the strongest of each exclusive group; returns what gave way to what.
pub(super) fn exclusive(
    parts: &Parts,
    collected: &mut Collected,
) -> BTreeMap<EntitlementKey, EntitlementKey> {
    let mut gave_way = BTreeMap::new();
    for (target, policy) in &parts.document.targets {
        for group in &policy.exclusive {
            let mut wanted: Vec<EntitlementKey> = group
                .order
                .iter()
                .filter_map(|value| member(target, group, value))
                .filter(|key| collected.entitlements.contains_key(key))
                .collect();
            if wanted.is_empty() {
                let account = collected.accounts.get(target);
                let fallback = group.fallback.as_ref().and_then(|value| member(target, group, value));
                if let (Some(account), Some(key)) = (account, fallback) {
                    let fallback = DesiredEntitlement {
                        key: key.clone(),
                        parameters: BTreeMap::new(),
                        origins: account.origins.clone(),
                        since: None,
                        until: None,
                        grace: None,
                    };
                    collected.entitlements.insert(key, fallback);
                }
                continue;
            }
            let strongest = wanted.remove(0);
            for weaker in wanted {
                collected.entitlements.remove(&weaker);
                gave_way.insert(weaker, strongest.clone());
            }
        }
    }
    gave_way
}

fn member(target: &crate::id::TargetId, group: &ExclusiveGroup, value: &str) -> Option<EntitlementKey> {
    EntitlementKey::of(target.clone(), group.kind.clone(), value).ok()
}

/// Keeps for a while what is held and has lost its last origin.
pub(super) fn grace(
    parts: &Parts,
    facts: &Facts<'_>,
    collected: &mut Collected,
    refused: &dyn Fn(&EntitlementKey) -> bool,
    tasks: &mut Vec<OpenTask>,
    next: &mut NextChange,
) {
    for held in facts.held {
        if collected.entitlements.contains_key(&held.key) || refused(&held.key) {
            continue;
        }
        let term = parts.grace_of(&held.key);
        let lost = held.lost.unwrap_or(facts.now);
        let until = term.after(lost);
        if until <= facts.now {
            continue;
        }
        next.note(until);
        collected.entitlements.insert(
            held.key.clone(),
            DesiredEntitlement {
                key: held.key.clone(),
                parameters: BTreeMap::new(),
                origins: BTreeSet::new(),
                since: Some(held.since),
                until: Some(until),
                grace: Some(Grace { lost, until, was: held.origins.clone() }),
            },
        );
        collected.accounts.entry(held.key.target.clone()).or_default().enabled = true;
        tasks.push(OpenTask {
            kind: TaskKind::HandOver,
            subject: held.key.to_string(),
            text: format!("hand over what is done with `{}`; it goes when the grace ends", held.key),
            due: Some(until),
        });
    }
}

impl Parts {
    /// How long an entitlement outlives its last origin: its own answer, else its target's; nothing for what is privileged.
    pub(crate) fn grace_of(&self, key: &EntitlementKey) -> crate::time::Span {
        let spec = self.document.entitlements.get(key);
        if spec.is_some_and(|spec| spec.risk == Risk::Privileged) {
            return crate::time::Span::ZERO;
        }
        let own = spec.and_then(|spec| spec.grace);
        own.or_else(|| self.document.targets.get(&key.target).map(|target| target.grace(&key.kind)))
            .unwrap_or_default()
    }
}
