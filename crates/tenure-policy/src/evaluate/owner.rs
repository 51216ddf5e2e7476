//! Who answers for a workload: its owner, and when that one has left, after a time the manager.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::ladder::{manager_of, present};
use crate::compile::{Parts, Policy};
use crate::desired::{OpenTask, TaskKind};
use crate::facts::Facts;
use crate::id::IdentityId;
use crate::identity::{Identity, Person, Workload};
use crate::lifecycle::NextChange;

/// What was found about the owner.
enum Found<'a> {
    /// A person who is here.
    Here(&'a IdentityId),
    /// A person who has left, and when.
    Left(&'a Person, Option<DateTime<Utc>>),
    Unknown(&'a IdentityId),
    Circle,
}

impl Policy {
    /// Who answers for a workload: its owner; where the owner is a workload, that one's; where the owner has left and
    /// [`workloads_to_manager_after`](crate::LifecycleConfig::workloads_to_manager_after) is over, the first up the line of managers who
    /// has not. `None`: nobody, and somebody has to be named.
    #[must_use]
    pub fn owner_of(&self, workload: &Workload, facts: &Facts<'_>) -> Option<IdentityId> {
        of(self.parts(), workload, facts)
    }
}

pub(super) fn of(parts: &Parts, workload: &Workload, facts: &Facts<'_>) -> Option<IdentityId> {
    match find(parts, workload, facts, &mut NextChange::new(facts.now)) {
        Found::Here(owner) => Some(owner.clone()),
        Found::Left(person, left) => heir(parts, person, left, facts),
        Found::Unknown(_) | Found::Circle => None,
    }
}

/// Who takes over what somebody owned that has left, once the time for it has come.
pub(super) fn heir(
    parts: &Parts,
    person: &Person,
    left: Option<DateTime<Utc>>,
    facts: &Facts<'_>,
) -> Option<IdentityId> {
    takes_over(parts, left).filter(|at| *at <= facts.now)?;
    present(parts, facts, manager_of(person)?)
}

/// When the manager takes over.
pub(super) fn takes_over(parts: &Parts, left: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    Some(parts.document.lifecycle.workloads_to_manager_after?.after(left?))
}

fn find<'a>(parts: &Parts, workload: &'a Workload, facts: &Facts<'a>, next: &mut NextChange) -> Found<'a> {
    let mut asked = BTreeSet::<&IdentityId>::new();
    let mut owner = &workload.owner;
    loop {
        match facts.directory.identity(owner) {
            None => return Found::Unknown(owner),
            Some(Identity::Workload(inner)) if asked.insert(owner) => owner = &inner.owner,
            Some(Identity::Workload(_)) => return Found::Circle,
            Some(found @ Identity::Person(person)) => {
                let standing = parts.standing(found, facts.now);
                next.note_opt(standing.next.at());
                if !standing.phase.is_gone() {
                    return Found::Here(owner);
                }
                next.note_opt(takes_over(parts, standing.left));
                return Found::Left(person, standing.left);
            }
        }
    }
}

/// A workload whose owner is gone or unknown needs another.
pub(super) fn task(
    parts: &Parts,
    workload: &Workload,
    facts: &Facts<'_>,
    next: &mut NextChange,
) -> Option<OpenTask> {
    let (text, due) = match find(parts, workload, facts, next) {
        Found::Here(_) => return None,
        Found::Unknown(owner) => (format!("its owner `{owner}` is not known"), None),
        Found::Circle => ("its owners are workloads in a circle".to_owned(), None),
        Found::Left(person, left) => {
            let reason = format!("its owner `{}` has left", person.id);
            match heir(parts, person, left, facts) {
                Some(heir) => (format!("{reason}, and `{heir}` answers for it until then"), None),
                None => (reason, takes_over(parts, left).filter(|at| *at > facts.now)),
            }
        }
    };
    Some(OpenTask {
        kind: TaskKind::NameOwner,
        subject: workload.id.to_string(),
        text: format!("name an owner for `{}`: {text}", workload.id),
        due,
    })
}

/// What a workload must say of itself, and does not.
pub(super) fn undeclared(workload: &Workload) -> Option<OpenTask> {
    let missing: Vec<&str> = [
        (workload.purpose.trim().is_empty(), "a purpose"),
        (workload.scope.is_empty(), "a scope"),
        (workload.expires.is_none(), "a last day"),
    ]
    .into_iter()
    .filter_map(|(missing, what)| missing.then_some(what))
    .collect();
    (!missing.is_empty()).then(|| OpenTask {
        kind: TaskKind::DeclareWorkload,
        subject: workload.id.to_string(),
        text: format!("declare {} for `{}`", missing.join(" and "), workload.id),
        due: None,
    })
}
