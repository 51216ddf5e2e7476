//! Delegated administration: whether somebody may do something for somebody.

use chrono::{DateTime, Utc};

use crate::compile::{Parts, Policy};
use crate::document::DelegatedAction;
use crate::evaluate::of_engagement;
use crate::id::{IdentityId, RoleId, RuleId};
use crate::identity::Identity;

impl Policy {
    /// The delegation by which `actor` may do `action` (about `role`, where it is about one) for `subject`; `None`: they may not.
    ///
    /// Nobody may do anything for themselves, and nobody who is not at work may do anything.
    #[must_use]
    pub fn may(
        &self,
        actor: &Identity,
        action: DelegatedAction,
        role: Option<&RoleId>,
        subject: &Identity,
        now: DateTime<Utc>,
    ) -> Option<&RuleId> {
        let parts = self.parts();
        if actor.id() == subject.id() || !works(parts, actor, now) {
            return None;
        }
        let allowed =
            parts.document.delegations.iter().zip(&parts.delegations).find(|(spec, (who, over))| {
                let role_fits = role.is_none_or(|role| match spec.roles.as_slice() {
                    [] => parts.is_requestable(&role.clone().into()),
                    roles => roles.contains(role),
                });
                spec.may.contains(&action)
                    && role_fits
                    && holds(parts, *who, actor, now)
                    && match over {
                        Some(over) => holds(parts, *over, subject, now),
                        None => manages(actor.id(), subject),
                    }
            });
        allowed.map(|(spec, _)| &spec.id)
    }
}

fn works(parts: &Parts, actor: &Identity, now: DateTime<Utc>) -> bool {
    let standing = parts.standing(actor, now);
    standing.phase == crate::lifecycle::Phase::Active
}

/// True when the condition holds for an engagement that counts now; for somebody who has none (yet or any more), for the person.
fn holds(parts: &Parts, condition: u32, identity: &Identity, now: DateTime<Utc>) -> bool {
    let Some(condition) = parts.conditions.get(condition as usize) else { return false };
    let Identity::Person(person) = identity else { return condition.holds(identity.attributes()) };
    let standing = parts.standing(identity, now);
    let mut engaged = standing.engagements.iter().filter_map(|e| person.engagements.get(e.index)).peekable();
    if engaged.peek().is_none() {
        return person
            .engagements
            .iter()
            .any(|engagement| condition.holds(&of_engagement(person, engagement)));
    }
    engaged.any(|engagement| condition.holds(&of_engagement(person, engagement)))
}

fn manages(manager: &IdentityId, subject: &Identity) -> bool {
    match subject {
        Identity::Person(person) => {
            person.engagements.iter().any(|e| !e.rescinded && e.manager.as_ref() == Some(manager))
        }
        Identity::Workload(workload) => workload.owner == *manager,
    }
}
