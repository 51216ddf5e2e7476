//! Collects what rules, roles, grants and scopes give, with every path to it.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use tenure_scim::Resource;

use super::draft::{Draft, Later, Reason, Refused, Source, Term};
use super::view;
use crate::compile::{Dense, DenseGive, NONE, Parts};
use crate::desired::{Violation, ViolationKind, ViolationMember};
use crate::entitlement::EntitlementKey;
use crate::facts::Facts;
use crate::grant::{Grant, GrantSource, Granted};
use crate::id::RoleId;
use crate::identity::{Person, Workload};
use crate::lifecycle::{EngagementPhase, EngagementStanding, LeaveAccess, NextChange, Standing};
use crate::matching::Matcher;

/// How a derivation may be narrowed by where the person stands.
#[derive(Clone, Copy)]
struct Terms<'a> {
    since: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    enabled: bool,
    entitlements: bool,
    seats: bool,
    keep_roles: Option<&'a [RoleId]>,
    sandbox: bool,
    /// Grants from before this ended with a leaving.
    gone_before: Option<DateTime<Utc>>,
}

impl Terms<'_> {
    fn admits(&self, reason: &Reason, parts: &Parts) -> bool {
        let Some(keep) = self.keep_roles else { return true };
        let mut roles = reason.path(parts).iter().filter_map(|role| parts.roles.get(*role as usize));
        roles.any(|role| keep.contains(&role.id))
    }
}

/// How the rules that hold are found.
pub(super) enum Finder<'a, 'p> {
    /// By the rarest equality that each demands: without preparation, for one identity.
    Once(&'a mut Vec<u32>),
    /// By what is known of the values met before, for many identities.
    Many(&'a mut Matcher<'p>),
    /// Among these alone, in the order of the policy.
    Among(&'a [u32], &'a mut Vec<u32>),
}

impl Finder<'_, '_> {
    /// The rules whose conditions hold, in force or not, in the order of the policy.
    fn holding(&mut self, parts: &Parts, view: &Resource) -> &[u32] {
        match self {
            Self::Many(matcher) => matcher.holding(view),
            Self::Once(found) => {
                parts.index().candidates(view, found);
                found.retain(|rule| {
                    parts.rules.get(*rule as usize).is_some_and(|rule| holds(parts, rule.when, view))
                });
                found
            }
            Self::Among(rules, found) => {
                found.clear();
                found.extend(rules.iter().filter(|rule| {
                    parts.rules.get(**rule as usize).is_some_and(|rule| holds(parts, rule.when, view))
                }));
                found
            }
        }
    }
}

fn holds(parts: &Parts, condition: Option<u32>, view: &Resource) -> bool {
    let condition = condition.and_then(|condition| parts.conditions.get(condition as usize));
    condition.is_none_or(|condition| condition.holds(view))
}

pub(super) struct Collector<'a> {
    pub(super) parts: &'a Parts,
    pub(super) dense: &'a Dense,
    pub(super) facts: &'a Facts<'a>,
    pub(super) out: &'a mut Draft,
}

impl Collector<'_> {
    /// Everything for a person: one pass for each engagement, then the explicit grants.
    pub(super) fn person(
        &mut self,
        person: &Person,
        standing: &Standing,
        finder: &mut Finder<'_, '_>,
        next: &mut NextChange,
    ) {
        for engaged in &standing.engagements {
            let Some(engagement) = person.engagements.get(engaged.index) else { continue };
            let Ok(number) = u32::try_from(engaged.index) else { continue };
            let view = view::of_engagement(person, engagement);
            let terms = self.terms(person, engaged);
            let rules = finder.holding(self.parts, &view);
            self.rules(rules, &view, number, &terms, next);
        }
        let mut grants =
            self.facts.grants.iter().zip(0..).filter(|(grant, _)| grant.identity == person.id).peekable();
        if let Some(best) = standing.engagements.first()
            && grants.peek().is_some()
        {
            let view =
                person.engagements.get(best.index).map(|engagement| view::of_engagement(person, engagement));
            let view = view.unwrap_or(Cow::Borrowed(&person.attributes));
            let mut terms = self.terms(person, best);
            terms.gone_before = standing.gone_before;
            terms.until = standing
                .engagements
                .iter()
                .map(|e| e.until)
                .max_by_key(|until| until.unwrap_or(DateTime::<Utc>::MAX_UTC))
                .flatten();
            for (grant, number) in grants {
                self.grant((grant, number), best.temporary, &view, &terms, next);
            }
        }
    }

    fn terms<'b>(&self, person: &Person, engaged: &EngagementStanding) -> Terms<'b>
    where
        Self: 'b,
    {
        let document = &self.parts.document;
        let mut terms = Terms {
            since: engaged.since,
            until: engaged.until,
            enabled: engaged.works(),
            entitlements: true,
            seats: true,
            keep_roles: None,
            sandbox: engaged.temporary && !document.temporary.sandbox.is_empty(),
            gone_before: None,
        };
        match engaged.phase {
            EngagementPhase::Active => {}
            EngagementPhase::PreHire => terms.entitlements = document.lifecycle.prehire_entitlements,
            EngagementPhase::OnLeave { leave, access, seats_released } => {
                terms.seats = !seats_released;
                if access == LeaveAccess::Restrict {
                    let engagement = person.engagements.get(engaged.index);
                    let kind = engagement
                        .and_then(|engagement| engagement.leaves.get(leave))
                        .map(|leave| &leave.kind);
                    let rule = kind.and_then(|kind| document.lifecycle.rule_of_leave(kind));
                    terms.keep_roles = Some(rule.map(|rule| rule.keep_roles.as_slice()).unwrap_or_default());
                }
            }
        }
        terms
    }

    fn rules(
        &mut self,
        rules: &[u32],
        view: &Resource,
        engagement: u32,
        terms: &Terms<'_>,
        next: &mut NextChange,
    ) {
        let parts = self.parts;
        let usual = self.span(terms);
        for number in rules {
            let Some(rule) = parts.rules.get(*number as usize) else { continue };
            let (mut span, mut narrowed) = (usual, *terms);
            if rule.from.is_some() || rule.until.is_some() {
                next.note_opt(rule.from);
                next.note_opt(rule.until);
                if !rule.in_force(self.facts.now) {
                    continue;
                }
                narrowed.since = terms.since.max(rule.from.unwrap_or(terms.since));
                narrowed.until = earlier(terms.until, rule.until);
                span = self.span(&narrowed);
            }
            for key in &rule.deny {
                let key = self.out.number(self.dense, key);
                self.out.deny.push((*number, Refused::Key(key)));
            }
            self.out.deny.extend(rule.deny_roles.iter().map(|role| (*number, Refused::Role(*role))));
            let source = Source::Rule { rule: *number, engagement };
            for (give, at) in self.dense.rule(*number).iter().zip(0..) {
                if give.conditional {
                    let when = rule.gives.get(at as usize).and_then(|give| give.when);
                    if !holds(parts, when, view) {
                        continue;
                    }
                }
                self.add(give.key, Reason::new(source, NONE, at, span), &narrowed);
            }
            for role in &rule.roles {
                self.role(*role, source, span, view, &narrowed);
            }
        }
    }

    fn span(&mut self, terms: &Terms<'_>) -> u32 {
        let since = Some(terms.since).filter(|since| *since > DateTime::<Utc>::MIN_UTC);
        self.out.spans.push(Term { since, until: terms.until });
        u32::try_from(self.out.spans.len() - 1).unwrap_or(NONE)
    }

    fn role(&mut self, role: u32, source: Source, span: u32, view: &Resource, terms: &Terms<'_>) {
        for (give, at) in self.dense.role(role).iter().zip(0..) {
            if self.gives(role, at, give, view) {
                self.add(give.key, Reason::new(source, role, at, span), terms);
            }
        }
    }

    fn gives(&self, role: u32, at: u32, give: &DenseGive, view: &Resource) -> bool {
        let parts = self.parts;
        let flat = || parts.roles.get(role as usize)?.flat.get(at as usize);
        !give.conditional
            || flat().is_some_and(|flat| flat.conditions.iter().all(|when| holds(parts, Some(*when), view)))
    }

    fn grant(
        &mut self,
        (grant, number): (&Grant, u32),
        temporary: bool,
        view: &Resource,
        terms: &Terms<'_>,
        next: &mut NextChange,
    ) {
        let parts = self.parts;
        let held_since = self
            .facts
            .held
            .iter()
            .find(|held| matches!(&grant.what, Granted::Entitlement(key) if *key == held.key))
            .map(|held| held.since);
        let from = grant.from.or(held_since).unwrap_or(self.facts.now);
        if terms.gone_before.is_some_and(|gone| from < gone) {
            return;
        }
        let until = parts.grant_end(grant, from, temporary);
        next.note(from);
        next.note_opt(until);
        if until.is_some_and(|until| until <= self.facts.now) {
            return;
        }
        if !self.requestable(grant) {
            return;
        }
        let source = Source::Grant(number);
        let end = earlier(terms.until, until);
        let role = match &grant.what {
            Granted::Role(role) => parts.role_index.get(role).copied(),
            Granted::Entitlement(_) => None,
        };
        if from > self.facts.now {
            let later = |key, reason| Later { key, from, until: end, reason };
            match &grant.what {
                Granted::Entitlement(key) => {
                    let key = self.out.number(self.dense, key);
                    self.out.future.push(later(key, Reason::new(source, NONE, 0, NONE)));
                }
                Granted::Role(_) => {
                    for (role, (give, at)) in role
                        .into_iter()
                        .flat_map(|role| self.dense.role(role).iter().zip(0..).map(move |give| (role, give)))
                    {
                        self.out.future.push(later(give.key, Reason::new(source, role, at, NONE)));
                    }
                }
            }
            return;
        }
        let narrowed = Terms { since: from, until: end, ..*terms };
        let span = self.span(&narrowed);
        match &grant.what {
            Granted::Entitlement(key) => {
                let key = self.out.number(self.dense, key);
                self.add(key, Reason::new(source, NONE, 0, span), &narrowed);
            }
            Granted::Role(_) => {
                if let Some(role) = role {
                    self.role(role, source, span, view, &narrowed);
                }
            }
        }
    }

    fn role_keys(&self, role: &RoleId) -> Vec<EntitlementKey> {
        let role = self.parts.role_index.get(role).and_then(|role| self.parts.roles.get(*role as usize));
        role.map(|role| role.flat.iter().map(|give| give.key.clone()).collect()).unwrap_or_default()
    }

    /// Reports a request for what nobody may request, and an exception that is not on record. True when it may be given.
    fn requestable(&mut self, grant: &Grant) -> bool {
        let parts = self.parts;
        let kind = match grant.source {
            GrantSource::Request(_) if !parts.is_requestable(&grant.what) => ViolationKind::NotRequestable,
            GrantSource::Exception if !grant.is_on_record() => ViolationKind::Unrecorded,
            _ => return true,
        };
        let (member, by) = match &grant.what {
            Granted::Entitlement(key) => (key.to_string(), vec![key.clone()]),
            Granted::Role(role) => (format!("role:{role}"), Vec::new()),
        };
        let members = vec![ViolationMember { member, by }];
        self.out.violations.push(Violation {
            kind,
            members,
            from: None,
            until: grant.until,
            mitigated: None,
        });
        false
    }

    /// Everything for a workload: its declared scope, and grants inside of it.
    pub(super) fn workload(&mut self, workload: &Workload, standing: &Standing, next: &mut NextChange) {
        let terms = Terms {
            since: DateTime::<Utc>::MIN_UTC,
            until: standing.until,
            enabled: true,
            entitlements: true,
            seats: true,
            keep_roles: None,
            sandbox: false,
            gone_before: None,
        };
        let span = self.span(&terms);
        for key in &workload.scope {
            let key = self.out.number(self.dense, key);
            self.add(key, Reason::new(Source::Scope, NONE, 0, span), &terms);
        }
        for grant in self.facts.grants.iter().zip(0..).filter(|(grant, _)| grant.identity == workload.id) {
            match &grant.0.what {
                Granted::Entitlement(key) if workload.scope.contains(key) => {
                    self.grant(grant, false, &workload.attributes, &terms, next);
                }
                Granted::Entitlement(key) => self.out_of_scope(key.to_string(), vec![key.clone()]),
                Granted::Role(role) => {
                    let keys = self.role_keys(role);
                    if keys.iter().all(|key| workload.scope.contains(key)) {
                        self.grant(grant, false, &workload.attributes, &terms, next);
                    } else {
                        self.out_of_scope(format!("role:{role}"), keys);
                    }
                }
            }
        }
        for held in self.facts.held.iter().filter(|held| !workload.scope.contains(&held.key)) {
            self.out_of_scope(held.key.to_string(), vec![held.key.clone()]);
        }
    }

    fn out_of_scope(&mut self, member: String, by: Vec<EntitlementKey>) {
        let violation = Violation {
            kind: ViolationKind::OutOfScope,
            members: vec![ViolationMember { member, by }],
            from: None,
            until: None,
            mitigated: None,
        };
        if !self.out.violations.contains(&violation) {
            self.out.violations.push(violation);
        }
    }

    fn add(&mut self, key: u32, reason: Reason, terms: &Terms<'_>) {
        if !terms.admits(&reason, self.parts) {
            return;
        }
        let mut key = key;
        if terms.sandbox {
            key = self.in_sandbox(key);
        }
        let (is_account, is_licence) = match self.dense.known.get(key as usize) {
            Some(known) => (known.account, known.licence),
            None => self
                .out
                .key(self.dense, key)
                .map_or((false, false), |key| (key.is_account(), self.is_seat(key))),
        };
        let account = self.out.account(self.dense, key);
        if let Some(account) = self.out.accounts.get_mut(account as usize) {
            account.enabled |= terms.enabled;
        }
        if is_account || !terms.entitlements || (!terms.seats && is_licence) {
            self.out.give_account(account, reason);
            return;
        }
        let place = self.out.want(key, account);
        self.out.give(place, reason);
    }

    fn is_seat(&self, key: &EntitlementKey) -> bool {
        let target = self.parts.document.targets.get(&key.target);
        key.kind.is_licence() || target.is_some_and(|target| target.seat(key).is_some())
    }

    fn in_sandbox(&mut self, key: u32) -> u32 {
        if let Some(known) = self.dense.known.get(key as usize) {
            return known.sandbox;
        }
        let other = self.out.key(self.dense, key).and_then(|key| {
            Some(key.in_target(self.parts.document.temporary.sandbox.get(&key.target)?.clone()))
        });
        other.map_or(key, |other| self.out.number(self.dense, &other))
    }
}

fn earlier(a: Option<DateTime<Utc>>, b: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
