//! Evaluation: what should be true of one identity at one instant.

mod accounts;
mod collect;
mod duties;
mod ladder;
mod names;
mod refine;
mod terms;
mod view;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use tenure_scim::Resource;

use self::accounts::Owner;
use self::collect::{Collected, Collector};
use self::ladder::Leaving;
use self::names::Names;
pub use self::terms::ReinstateError;
pub(crate) use self::view::of_engagement;
use crate::compile::{Parts, Policy};
use crate::desired::{Evaluation, OpenTask, TaskKind};
use crate::facts::Facts;
use crate::id::IdentityId;
use crate::identity::{Identity, Workload};
use crate::lifecycle::{LifecycleState, Phase, Standing};

impl Policy {
    /// What should be true of an identity, with every reason. Pure: the same input gives the same answer.
    ///
    /// Names are chosen against the registry in `facts`; commit the reservations before evaluating the next identity, so that two
    /// people do not get one name.
    #[must_use]
    pub fn evaluate(&self, identity: &Identity, facts: &Facts<'_>) -> Evaluation {
        evaluate(self.parts(), identity, facts)
    }

    /// Where an identity stands at an instant.
    #[must_use]
    pub fn state(&self, identity: &Identity, now: chrono::DateTime<chrono::Utc>) -> LifecycleState {
        self.parts().standing(identity, now).state
    }
}

impl Parts {
    pub(crate) fn standing(&self, identity: &Identity, now: chrono::DateTime<chrono::Utc>) -> Standing {
        let document = &self.document;
        match identity {
            Identity::Person(person) => {
                Standing::of_person(person, &document.lifecycle, &document.temporary, now)
            }
            Identity::Workload(workload) => Standing::of_workload(workload, &document.lifecycle, now),
        }
    }
}

fn evaluate(parts: &Parts, identity: &Identity, facts: &Facts<'_>) -> Evaluation {
    let standing = parts.standing(identity, facts.now);
    let mut next = standing.next;
    let mut tasks = Vec::new();
    let mut collector = Collector::new(parts, facts);
    let gone = standing.state.phase.is_gone();
    if !gone {
        match identity {
            Identity::Person(person) => collector.person(person, &standing, &mut next),
            Identity::Workload(workload) => collector.workload(workload, &standing, &mut next),
        }
    }
    let mut collected = std::mem::take(&mut collector.out);
    let denied = refine::deny(&mut collected);
    let superseded = refine::exclusive(parts, &mut collected);
    if !gone && standing.state.phase != Phase::Planned && identity.as_person().is_some() {
        let refused = |key: &crate::entitlement::EntitlementKey| {
            denied.contains_key(key) || superseded.contains_key(key)
        };
        refine::grace(parts, facts, &mut collected, &refused, &mut tasks, &mut next);
    }
    let mut violations = std::mem::take(&mut collected.violations);
    violations.extend(duties::check(parts, identity.id(), &collected, facts.now, &mut next));
    if let Identity::Workload(workload) = identity {
        owner_task(parts, workload, facts, &mut tasks, &mut next);
    }

    let view = if collected.accounts.is_empty() {
        Cow::Borrowed(identity.attributes())
    } else {
        main_view(identity, &standing)
    };
    let manager = match identity {
        Identity::Person(person) => standing
            .engagements
            .first()
            .and_then(|best| person.engagements.get(best.index))
            .and_then(|engagement| engagement.manager.as_ref()),
        Identity::Workload(workload) => Some(&workload.owner),
    };
    let mut names = Names::new(facts.names);
    let owner = Owner { identity: identity.id(), view: &view, manager, state: &standing.state };
    let Collected { entitlements, accounts, .. } = collected;
    let mut desired: BTreeMap<_, _> = accounts
        .into_iter()
        .map(|(target, wanted)| {
            let account = accounts::wanted(parts, &target, wanted, &owner, &mut names, &mut tasks);
            (target, account)
        })
        .collect();
    let leaving = Leaving { parts, facts, standing: &standing, identity };
    for held in facts.accounts {
        if !desired.contains_key(&held.target) {
            desired.insert(held.target.clone(), leaving.account(held, &mut tasks, &mut next));
        }
    }
    tasks.sort();
    Evaluation {
        identity: identity.id().clone(),
        state: standing.state,
        accounts: desired,
        entitlements,
        denied,
        superseded,
        violations,
        tasks,
        reservations: names.reservations,
        next_change_at: next.at(),
    }
}

/// The attributes that mappings see: those of the most important engagement.
fn main_view<'a>(identity: &'a Identity, standing: &Standing) -> Cow<'a, Resource> {
    match identity {
        Identity::Person(person) => standing
            .engagements
            .first()
            .and_then(|best| person.engagements.get(best.index))
            .map_or(Cow::Borrowed(&person.attributes), |engagement| of_engagement(person, engagement)),
        Identity::Workload(workload) => Cow::Borrowed(&workload.attributes),
    }
}

/// A workload whose owner is gone or unknown needs another.
fn owner_task(
    parts: &Parts,
    workload: &Workload,
    facts: &Facts<'_>,
    tasks: &mut Vec<OpenTask>,
    next: &mut crate::lifecycle::NextChange,
) {
    let mut asked = BTreeSet::<&IdentityId>::new();
    let mut owner = &workload.owner;
    let reason = loop {
        match facts.directory.identity(owner) {
            None => break format!("its owner `{owner}` is not known"),
            Some(Identity::Workload(inner)) if asked.insert(owner) => owner = &inner.owner,
            Some(Identity::Workload(_)) => break "its owners are workloads in a circle".to_owned(),
            Some(found @ Identity::Person(_)) => {
                let standing = parts.standing(found, facts.now);
                next.note_opt(standing.next.at());
                if !standing.state.phase.is_gone() {
                    return;
                }
                break format!("its owner `{owner}` has left");
            }
        }
    };
    tasks.push(OpenTask {
        kind: TaskKind::NameOwner,
        subject: workload.id.to_string(),
        text: format!("name an owner for `{}`: {reason}", workload.id),
        due: None,
    });
}
