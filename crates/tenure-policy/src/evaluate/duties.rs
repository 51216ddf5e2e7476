//! Separation of duties over effective entitlements and time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::draft::{Draft, Later, Reason, Wanted};
use super::refine::through;
use crate::compile::{CompiledConstraint, Dense, DenseConstraint, DenseMember, Parts};
use crate::desired::{Violation, ViolationKind, ViolationMember};
use crate::document::MemberRef;
use crate::entitlement::EntitlementKey;
use crate::facts::Facts;
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
    dense: &Dense,
    identity: &IdentityId,
    draft: &mut Draft,
    facts: &Facts<'_>,
    next: &mut NextChange,
) {
    if dense.constraints.is_empty() {
        return;
    }
    if dense.role_members {
        roles(parts, draft, facts);
    }
    let mut found = Vec::new();
    for (constraint, members) in parts.constraints.iter().zip(&dense.constraints) {
        // Only who has more of the members than allowed, at whatever time, is looked at closely.
        if !suspect(members, draft) {
            continue;
        }
        let held = held(parts, dense, constraint, members, draft, facts);
        found.extend(broken(constraint, &held, identity, facts.now, next));
    }
    draft.violations.append(&mut found);
}

fn suspect(constraint: &DenseConstraint, draft: &Draft) -> bool {
    let has = |member: &&DenseMember| match member {
        DenseMember::Key(key) => {
            draft.live(*key).is_some() || draft.future.iter().any(|later| later.key == *key)
        }
        DenseMember::Role(role) => draft.roles.get(*role as usize).is_some_and(|has| *has),
    };
    constraint.members.iter().filter(has).count() > constraint.at_most
}

/// Marks every role by which something comes, came, or will come.
fn roles(parts: &Parts, draft: &mut Draft, facts: &Facts<'_>) {
    let mut marks = std::mem::take(&mut draft.roles);
    marks.clear();
    marks.resize(parts.roles.len(), false);
    let mut mark = |role: u32| {
        if let Some(mark) = marks.get_mut(role as usize) {
            *mark = true;
        }
    };
    let live = draft.wanted.iter().filter(|wanted| !wanted.gone);
    let ways =
        live.flat_map(|wanted| draft.reasons(wanted.reasons)).chain(draft.future.iter().map(|l| &l.reason));
    ways.flat_map(|reason| reason.path(parts)).for_each(|role| mark(*role));
    for held in draft.grace.iter().filter_map(|grace| facts.held.get(grace.held)) {
        for role in held.origins.iter().flat_map(|origin| origin.roles()) {
            parts.role_index.get(role).into_iter().for_each(|role| mark(*role));
        }
    }
    for fallback in draft.wanted.iter().filter(|wanted| wanted.fallback && !wanted.gone) {
        let ways = draft.reasons_of_account(fallback.account);
        ways.flat_map(|reason| reason.path(parts)).for_each(|role| mark(*role));
    }
    draft.roles = marks;
}

fn held<'a>(
    parts: &'a Parts,
    dense: &'a Dense,
    constraint: &'a CompiledConstraint,
    members: &DenseConstraint,
    draft: &'a Draft,
    facts: &Facts<'_>,
) -> Vec<Held<'a>> {
    let mut live: Vec<(&EntitlementKey, &Wanted)> = draft
        .wanted
        .iter()
        .filter(|wanted| !wanted.gone)
        .filter_map(|wanted| Some((draft.key(dense, wanted.key)?, wanted)))
        .collect();
    live.sort_unstable_by(|a, b| a.0.cmp(b.0));
    let mut out = Vec::new();
    for (member, number) in constraint.spec.of.iter().zip(&members.members) {
        let mut now = |by, wanted: &Wanted| {
            out.push(Held { member, by, from: None, until: draft.term(wanted).until });
        };
        let later: Box<dyn Fn(&&Later) -> bool> = match *number {
            DenseMember::Key(key) => {
                live.iter().filter(|(_, wanted)| wanted.key == key).for_each(|(by, wanted)| now(by, wanted));
                Box::new(move |later| later.key == key)
            }
            DenseMember::Role(role) => {
                let by_role = move |reason: &Reason| reason.path(parts).contains(&role);
                let id = parts.roles.get(role as usize).map(|role| &role.id);
                for (by, wanted) in &live {
                    let was =
                        draft.grace.get(wanted.grace as usize).and_then(|grace| facts.held.get(grace.held));
                    let ways = draft.reasons(wanted.reasons);
                    let of_account = wanted.fallback.then(|| draft.reasons_of_account(wanted.account));
                    if ways.chain(of_account.into_iter().flatten()).any(by_role)
                        || was.is_some_and(|was| {
                            was.origins.iter().any(|o| id.is_some_and(|id| through(o, id)))
                        })
                    {
                        now(by, wanted);
                    }
                }
                Box::new(move |later| {
                    by_role(&later.reason)
                        && !dense.known.get(later.key as usize).is_some_and(|known| known.account)
                })
            }
        };
        for later in draft.future.iter().filter(|one| later(one)) {
            if let Some(by) = draft.key(dense, later.key) {
                out.push(Held { member, by, from: Some(later.from), until: later.until });
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
