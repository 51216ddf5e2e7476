//! Refusals, exclusive groups and grace: what is taken from, and added to, what is given.

use super::draft::{Draft, InGrace, Reason, Refused, Source};
use crate::compile::{Dense, NONE, Parts};
use crate::document::Risk;
use crate::entitlement::EntitlementKey;
use crate::facts::{Facts, HeldAccount};
use crate::grant::{HeldGrant, Origin};
use crate::identity::Person;
use crate::lifecycle::NextChange;

/// Takes away what rules deny, and notes what was refused and by which rule.
pub(super) fn deny(parts: &Parts, dense: &Dense, draft: &mut Draft) {
    for at in 0..draft.deny.len() {
        let Some((rule, refused)) = draft.deny.get(at).copied() else { continue };
        match refused {
            Refused::Key(key) if is_account(dense, draft, key) => deny_account(dense, draft, rule, key),
            Refused::Key(key) => {
                if let Some(wanted) = draft.place(key).and_then(|place| draft.wanted.get_mut(place)) {
                    wanted.gone = true;
                    draft.denied.push((key, rule));
                }
            }
            Refused::Role(role) => deny_role(parts, draft, rule, role),
        }
    }
}

fn is_account(dense: &Dense, draft: &Draft, key: u32) -> bool {
    match dense.known.get(key as usize) {
        Some(known) => known.account,
        None => draft.key(dense, key).is_some_and(EntitlementKey::is_account),
    }
}

fn deny_account(dense: &Dense, draft: &mut Draft, rule: u32, key: u32) {
    let Some(target) = dense.known.get(key as usize).map(|known| known.target) else { return };
    let Some(place) = draft.account_in(target) else { return };
    if let Some(account) = draft.accounts.get_mut(place as usize) {
        account.gone = true;
    }
    draft.denied.push((key, rule));
    for wanted in draft.wanted.iter_mut().filter(|wanted| wanted.account == place) {
        wanted.gone = true;
        draft.denied.push((wanted.key, rule));
    }
}

fn deny_role(parts: &Parts, draft: &mut Draft, rule: u32, role: u32) {
    for reason in draft.all_reasons() {
        reason.dropped |= reason.path(parts).contains(&role);
    }
    for place in 0..draft.wanted.len() {
        let Some(wanted) = draft.wanted.get(place).copied().filter(|wanted| !wanted.gone) else { continue };
        if draft.reasons(wanted.reasons).next().is_none() {
            draft.denied.push((wanted.key, rule));
            if let Some(wanted) = draft.wanted.get_mut(place) {
                wanted.gone = true;
            }
        }
    }
    for place in (0..).zip(0..draft.accounts.len()).map(|(place, _)| place) {
        let empty = draft.reasons_of_account(place).next().is_none();
        if let Some(account) = draft.accounts.get_mut(place as usize) {
            account.gone |= empty;
        }
    }
}

/// Takes away what orders withhold from a person, and gives what is ordered in its place. A grant that began after the order stands:
/// somebody has thought about it anew.
pub(super) fn withhold(dense: &Dense, facts: &Facts<'_>, draft: &mut Draft, person: &Person) {
    for order in &person.overrides {
        let Some(entitlement) = order.entitlement.as_ref().filter(|key| order.withholds(key, facts.now))
        else {
            continue;
        };
        let Some(place) = draft.find(dense, entitlement).and_then(|key| draft.place(key)) else { continue };
        let Some(wanted) = draft.wanted.get(place).copied().filter(|wanted| !wanted.gone) else { continue };
        let renewed = |reason: &Reason| match reason.source {
            Source::Grant(number) => {
                facts.grants.get(number as usize).is_some_and(|grant| grant.from > order.from)
            }
            _ => false,
        };
        let taken: Vec<Reason> =
            draft.reasons(wanted.reasons).filter(|reason| !renewed(reason)).copied().collect();
        draft.drop_reasons(wanted.reasons, |reason| !renewed(reason));
        // The account stays for the same reasons.
        for reason in &taken {
            draft.give_account(wanted.account, reason.anew());
        }
        if draft.reasons(wanted.reasons).next().is_some() {
            continue;
        }
        if let Some(wanted) = draft.wanted.get_mut(place) {
            wanted.gone = true;
        }
        let Some(instead) = &order.instead else { continue };
        let number = draft.number(dense, instead);
        if refused(draft, number) {
            continue;
        }
        let at = draft.want(number, wanted.account);
        for reason in taken {
            draft.give(at, reason.anew());
        }
    }
}

/// Leaves only the strongest of each exclusive group; notes what gave way to what.
pub(super) fn exclusive(dense: &Dense, draft: &mut Draft) {
    for group in &dense.exclusive {
        let mut strongest = None;
        for key in &group.order {
            let Some(wanted) = draft.place(*key).and_then(|place| draft.wanted.get_mut(place)) else {
                continue;
            };
            if wanted.gone {
                continue;
            }
            match strongest {
                None => strongest = Some(*key),
                Some(strongest) => {
                    wanted.gone = true;
                    draft.superseded.push((*key, strongest));
                }
            }
        }
        let Some(fallback) = group.fallback.filter(|_| strongest.is_none()) else { continue };
        let Some(place) = draft.account_in(group.target) else { continue };
        let there = draft.accounts.get(place as usize).is_some_and(|account| !account.gone);
        // What was refused does not come back as a fallback.
        if there && draft.place(fallback).is_none() && !refused(draft, fallback) {
            let at = draft.want(fallback, place);
            if let Some(wanted) = draft.wanted.get_mut(at) {
                wanted.fallback = true;
            }
        }
    }
}

fn refused(draft: &Draft, key: u32) -> bool {
    draft.deny.iter().any(|(_, refused)| matches!(refused, Refused::Key(known) if *known == key))
}

/// Keeps for a while what is held and has lost its last origin, unless a rule refuses it.
pub(super) fn grace(
    parts: &Parts,
    dense: &Dense,
    facts: &Facts<'_>,
    draft: &mut Draft,
    person: &Person,
    next: &mut NextChange,
) {
    for (number, held) in facts.held.iter().enumerate() {
        let key = draft.number(dense, &held.key);
        if draft.place(key).is_some() {
            continue;
        }
        if person.overrides.iter().any(|order| order.withholds(&held.key, facts.now)) {
            continue;
        }
        let term = parts.grace_of(&held.key);
        let lost = held.lost.unwrap_or(facts.now);
        let until = term.after(lost);
        if until <= facts.now {
            continue;
        }
        if let Some(rule) = refusal(parts, dense, draft, held, key) {
            draft.denied.push((key, rule));
            continue;
        }
        next.note(until);
        let account = draft.account(dense, key);
        if let Some(account) = draft.accounts.get_mut(account as usize) {
            account.enabled = true;
            account.gone = false;
        }
        let place = draft.want(key, account);
        if let Some(wanted) = draft.wanted.get_mut(place) {
            wanted.grace = u32::try_from(draft.grace.len()).unwrap_or(NONE);
        }
        draft.grace.push(InGrace { held: number, lost, until });
    }
}

/// The rule that refuses what is held and was not given: by its name, by its account, or by every role it came through.
fn refusal(parts: &Parts, dense: &Dense, draft: &Draft, held: &HeldGrant, key: u32) -> Option<u32> {
    let through = |role: u32| {
        let role = parts.roles.get(role as usize);
        role.is_some_and(|role| held.origins.iter().all(|origin| origin.roles().contains(&&role.id)))
    };
    let hit = |refused: &Refused| match refused {
        Refused::Key(denied) if *denied == key => true,
        Refused::Key(denied) => draft
            .key(dense, *denied)
            .is_some_and(|denied| denied.is_account() && denied.target == held.key.target),
        Refused::Role(role) => !held.origins.is_empty() && through(*role),
    };
    draft.deny.iter().find(|(_, refused)| hit(refused)).map(|(rule, _)| *rule)
}

/// Linked accounts that are not wanted.
pub(super) fn leaving<'a>(
    dense: &'a Dense,
    draft: &'a Draft,
    facts: &'a Facts<'_>,
) -> impl Iterator<Item = &'a HeldAccount> {
    let wanted = |held: &HeldAccount| {
        let known =
            |account: &&super::draft::Account| draft.target_id(dense, account.target) == Some(&held.target);
        draft.accounts.iter().find(known).is_some_and(|account| !account.gone)
    };
    facts.accounts.iter().filter(move |held| !wanted(held))
}

/// True when an origin came through a role.
pub(super) fn through(origin: &Origin, role: &crate::id::RoleId) -> bool {
    origin.roles().contains(&role)
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
