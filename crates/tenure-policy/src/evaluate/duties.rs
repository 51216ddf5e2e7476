//! Separation of duties over effective entitlements and time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::collect::Collected;
use crate::compile::{CompiledConstraint, Parts};
use crate::desired::{Violation, ViolationKind, ViolationMember};
use crate::document::MemberRef;
use crate::entitlement::EntitlementKey;
use crate::grant::Origin;
use crate::id::IdentityId;
use crate::lifecycle::NextChange;

/// When an identity has a member of a constraint, and by what.
struct Held<'a> {
    member: &'a MemberRef,
    by: &'a EntitlementKey,
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

impl Held<'_> {
    fn at(&self, instant: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= instant) && self.until.is_none_or(|until| instant < until)
    }
}

/// Every constraint that is broken at `now` or at a known later instant.
pub(super) fn check(
    parts: &Parts,
    identity: &IdentityId,
    collected: &Collected,
    now: DateTime<Utc>,
    next: &mut NextChange,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    for constraint in &parts.constraints {
        let held = held(constraint, collected);
        if held.len() <= constraint.spec.at_most {
            continue;
        }
        if let Some(violation) = broken(constraint, &held, identity, now, next) {
            violations.push(violation);
        }
    }
    violations
}

fn held<'a>(constraint: &'a CompiledConstraint, collected: &'a Collected) -> Vec<Held<'a>> {
    let mut out = Vec::new();
    for member in &constraint.spec.of {
        match member {
            MemberRef::Entitlement(key) => {
                if let Some(wanted) = collected.entitlements.get(key) {
                    out.push(Held { member, by: &wanted.key, from: None, until: wanted.until });
                }
                let later = collected.future.iter().filter(|later| later.key == *key);
                out.extend(later.map(|later| Held {
                    member,
                    by: &later.key,
                    from: Some(later.from),
                    until: later.until,
                }));
            }
            MemberRef::Role(role) => {
                let through = |origin: &Origin| origin.roles().contains(&role);
                for wanted in collected.entitlements.values() {
                    let was = wanted.grace.iter().flat_map(|grace| &grace.was);
                    if wanted.origins.iter().chain(was).any(through) {
                        out.push(Held { member, by: &wanted.key, from: None, until: wanted.until });
                    }
                }
                let later =
                    collected.future.iter().filter(|later| through(&later.origin) && !later.key.is_account());
                out.extend(later.map(|later| Held {
                    member,
                    by: &later.key,
                    from: Some(later.from),
                    until: later.until,
                }));
            }
        }
    }
    out
}

fn broken(
    constraint: &CompiledConstraint,
    held: &[Held<'_>],
    identity: &IdentityId,
    now: DateTime<Utc>,
    next: &mut NextChange,
) -> Option<Violation> {
    let members_at = |instant: DateTime<Utc>| {
        let mut members: BTreeMap<&MemberRef, Vec<EntitlementKey>> = BTreeMap::new();
        for one in held.iter().filter(|one| one.at(instant)) {
            let by = members.entry(one.member).or_default();
            if !by.contains(one.by) {
                by.push(one.by.clone());
            }
        }
        members
    };
    let mut starts: Vec<DateTime<Utc>> =
        held.iter().filter_map(|one| one.from).filter(|from| *from > now).collect();
    starts.push(now);
    starts.sort_unstable();
    let (at, members) = starts
        .into_iter()
        .map(|at| (at, members_at(at)))
        .find(|(_, members)| members.len() > constraint.spec.at_most)?;
    let mut ends: Vec<DateTime<Utc>> =
        held.iter().filter(|one| one.at(at)).filter_map(|one| one.until).collect();
    ends.sort_unstable();
    let until = ends.into_iter().find(|end| members_at(*end).len() <= constraint.spec.at_most);
    next.note(at);
    next.note_opt(until);
    let mitigation = constraint.mitigations.iter().find(|(whose, end, _)| whose == identity && *end > at);
    next.note_opt(mitigation.map(|(_, end, _)| *end));
    Some(Violation {
        kind: ViolationKind::Constraint {
            constraint: constraint.spec.id.clone(),
            at_most: constraint.spec.at_most,
        },
        members: members
            .into_iter()
            .map(|(member, by)| ViolationMember { member: member.to_string(), by })
            .collect(),
        from: Some(at).filter(|at| *at > now),
        until,
        mitigated: mitigation.map(|(_, _, reason)| reason.clone()),
    })
}
