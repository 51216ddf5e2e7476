//! Collects what rules, roles, grants and scopes give, with every path to it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use tenure_scim::Resource;

use super::view;
use crate::compile::Parts;
use crate::desired::{DesiredEntitlement, Violation, ViolationKind, ViolationMember};
use crate::entitlement::EntitlementKey;
use crate::facts::Facts;
use crate::grant::{Grant, GrantSource, Granted, Origin};
use crate::id::{EngagementId, RuleId, TargetId};
use crate::identity::{Person, Workload};
use crate::lifecycle::{EngagementPhase, EngagementStanding, LeaveAccess, NextChange, Standing};

/// What is given, before refusals, exclusion and grace.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) entitlements: BTreeMap<EntitlementKey, DesiredEntitlement>,
    /// Wanted accounts: why, and whether they are enabled.
    pub(super) accounts: BTreeMap<TargetId, WantedAccount>,
    pub(super) deny: Vec<(RuleId, Refused)>,
    pub(super) violations: Vec<Violation>,
    /// Explicit grants that begin later, for constraints that look ahead.
    pub(super) future: Vec<Later>,
}

/// An entitlement of an explicit grant that has not begun.
#[derive(Debug)]
pub(super) struct Later {
    pub(super) key: EntitlementKey,
    pub(super) from: DateTime<Utc>,
    pub(super) until: Option<DateTime<Utc>>,
    pub(super) origin: Origin,
}

#[derive(Debug, Default)]
pub(super) struct WantedAccount {
    pub(super) origins: BTreeSet<Origin>,
    pub(super) enabled: bool,
}

#[derive(Debug)]
pub(super) enum Refused {
    Key(EntitlementKey),
    Role(crate::id::RoleId),
}

/// How a derivation may be narrowed by where the person stands.
struct Terms<'a> {
    since: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    enabled: bool,
    entitlements: bool,
    seats: bool,
    keep_roles: Option<&'a [crate::id::RoleId]>,
    sandbox: bool,
}

impl Terms<'_> {
    fn admits(&self, origin: &Origin) -> bool {
        self.keep_roles.is_none_or(|keep| origin.roles().into_iter().any(|role| keep.contains(role)))
    }
}

pub(super) struct Collector<'a> {
    pub(super) parts: &'a Parts,
    pub(super) facts: &'a Facts<'a>,
    pub(super) out: Collected,
    candidates: Vec<u32>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(parts: &'a Parts, facts: &'a Facts<'a>) -> Self {
        Self { parts, facts, out: Collected::default(), candidates: Vec::new() }
    }

    /// Everything for a person: one pass for each engagement, then the explicit grants.
    pub(super) fn person(&mut self, person: &Person, standing: &Standing, next: &mut NextChange) {
        for engaged in &standing.engagements {
            let Some(engagement) = person.engagements.get(engaged.index) else { continue };
            let view = view::of_engagement(person, engagement);
            let terms = self.terms(engaged);
            self.rules(&view, &engagement.id, &terms, next);
        }
        let has_grants = self.facts.grants.iter().any(|grant| grant.identity == person.id);
        if let Some(best) = standing.engagements.first().filter(|_| has_grants) {
            let view =
                person.engagements.get(best.index).map(|engagement| view::of_engagement(person, engagement));
            let view = view.unwrap_or(Cow::Borrowed(&person.attributes));
            let mut terms = self.terms(best);
            terms.until = standing
                .engagements
                .iter()
                .map(|e| e.until)
                .max_by_key(|until| until.unwrap_or(DateTime::<Utc>::MAX_UTC))
                .flatten();
            for grant in self.facts.grants.iter().filter(|grant| grant.identity == person.id) {
                self.grant(grant, best.temporary, &view, &terms, next);
            }
        }
    }

    fn terms(&self, engaged: &'a EngagementStanding) -> Terms<'a> {
        let config = &self.parts.document.lifecycle;
        let mut terms = Terms {
            since: engaged.since,
            until: engaged.until,
            enabled: engaged.works(),
            entitlements: true,
            seats: true,
            keep_roles: None,
            sandbox: engaged.temporary && !self.parts.document.temporary.sandbox.is_empty(),
        };
        match &engaged.phase {
            EngagementPhase::Active => {}
            EngagementPhase::PreHire => terms.entitlements = config.prehire_entitlements,
            EngagementPhase::OnLeave { rule, seats_released } => {
                terms.seats = !seats_released;
                if rule.access == LeaveAccess::Restrict {
                    terms.keep_roles = Some(&rule.keep_roles);
                }
            }
        }
        terms
    }

    fn rules(
        &mut self,
        view: &Resource,
        engagement: &EngagementId,
        terms: &Terms<'_>,
        next: &mut NextChange,
    ) {
        let parts = self.parts;
        let mut candidates = std::mem::take(&mut self.candidates);
        parts.index.candidates(view, &mut candidates);
        for number in &candidates {
            let Some(rule) = parts.rules.get(*number as usize) else { continue };
            if !self.holds(rule.when, view) {
                continue;
            }
            next.note_opt(rule.from);
            next.note_opt(rule.until);
            if !rule.in_force(self.facts.now) {
                continue;
            }
            for key in &rule.deny {
                self.out.deny.push((rule.id.clone(), Refused::Key(key.clone())));
            }
            for role in rule.deny_roles.iter().filter_map(|role| parts.roles.get(*role as usize)) {
                self.out.deny.push((rule.id.clone(), Refused::Role(role.id.clone())));
            }
            if rule.gives.is_empty() && rule.roles.is_empty() {
                continue;
            }
            let origin = Origin::Rule { rule: rule.id.clone(), engagement: engagement.clone() };
            let narrowed = Terms {
                since: terms.since.max(rule.from.unwrap_or(terms.since)),
                until: earlier(terms.until, rule.until),
                ..*terms
            };
            for give in &rule.gives {
                if give.when.is_none_or(|when| self.holds(Some(when), view)) {
                    self.add(&give.key, &give.parameters, origin.clone(), &narrowed);
                }
            }
            for role in &rule.roles {
                self.role(*role, &origin, view, &narrowed);
            }
        }
        self.candidates = candidates;
    }

    fn role(&mut self, role: u32, source: &Origin, view: &Resource, terms: &Terms<'_>) {
        let parts = self.parts;
        let Some(role) = parts.roles.get(role as usize) else { return };
        for give in &role.flat {
            if !give.conditions.iter().all(|condition| self.holds(Some(*condition), view)) {
                continue;
            }
            let origin = self.by_way_of(&give.path, source);
            self.add(&give.key, &give.parameters, origin, terms);
        }
    }

    fn grant(
        &mut self,
        grant: &Grant,
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
            .find(|held| grant.what == Granted::Entitlement(held.key.clone()))
            .map(|held| held.since);
        let from = grant.from.or(held_since).unwrap_or(self.facts.now);
        let until = parts.grant_end(grant, from, temporary);
        next.note(from);
        next.note_opt(until);
        if until.is_some_and(|until| until <= self.facts.now) {
            return;
        }
        if !self.requestable(grant) {
            return;
        }
        let origin = grant.origin();
        let end = earlier(terms.until, until);
        if from > self.facts.now {
            match &grant.what {
                Granted::Entitlement(key) => {
                    self.out.future.push(Later { key: key.clone(), from, until: end, origin });
                }
                Granted::Role(role) => {
                    let role = parts.role_index.get(role).and_then(|role| parts.roles.get(*role as usize));
                    for give in role.map(|role| role.flat.as_slice()).unwrap_or_default() {
                        let origin = self.by_way_of(&give.path, &origin);
                        self.out.future.push(Later { key: give.key.clone(), from, until: end, origin });
                    }
                }
            }
            return;
        }
        let narrowed = Terms { since: from, until: end, ..*terms };
        match &grant.what {
            Granted::Entitlement(key) => {
                let spec = parts.document.entitlements.get(key);
                let mut parameters = spec.map(|spec| spec.parameters.clone()).unwrap_or_default();
                parameters.extend(grant.parameters.clone());
                self.add(key, &parameters, origin, &narrowed);
            }
            Granted::Role(role) => {
                if let Some(role) = parts.role_index.get(role) {
                    self.role(*role, &origin, view, &narrowed);
                }
            }
        }
    }

    /// The origin of what a role gives, by the roles it came through.
    fn by_way_of(&self, path: &[u32], source: &Origin) -> Origin {
        let roles = path.iter().filter_map(|step| self.parts.roles.get(*step as usize));
        roles.fold(source.clone(), |via, role| Origin::Role { role: role.id.clone(), via: Box::new(via) })
    }

    fn role_keys(&self, role: &crate::id::RoleId) -> Vec<EntitlementKey> {
        let role = self.parts.role_index.get(role).and_then(|role| self.parts.roles.get(*role as usize));
        role.map(|role| role.flat.iter().map(|give| give.key.clone()).collect()).unwrap_or_default()
    }

    /// Reports a request for what nobody may request. True when it may be given.
    fn requestable(&mut self, grant: &Grant) -> bool {
        let parts = self.parts;
        if !matches!(grant.source, GrantSource::Request(_)) || parts.is_requestable(&grant.what) {
            return true;
        }
        let (member, by) = match &grant.what {
            Granted::Entitlement(key) => (key.to_string(), vec![key.clone()]),
            Granted::Role(role) => (format!("role:{role}"), Vec::new()),
        };
        self.out.violations.push(Violation {
            kind: ViolationKind::NotRequestable,
            members: vec![ViolationMember { member, by }],
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
            until: standing.state.until,
            enabled: true,
            entitlements: true,
            seats: true,
            keep_roles: None,
            sandbox: false,
        };
        for key in &workload.scope {
            let spec = self.parts.document.entitlements.get(key);
            let parameters = spec.map(|spec| spec.parameters.clone()).unwrap_or_default();
            self.add(key, &parameters, Origin::Scope, &terms);
        }
        for grant in self.facts.grants.iter().filter(|grant| grant.identity == workload.id) {
            match &grant.what {
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

    fn holds(&self, condition: Option<u32>, view: &Resource) -> bool {
        match condition {
            None => true,
            Some(index) => {
                self.parts.conditions.get(index as usize).is_some_and(|condition| condition.holds(view))
            }
        }
    }

    fn add(
        &mut self,
        key: &EntitlementKey,
        parameters: &BTreeMap<String, String>,
        origin: Origin,
        terms: &Terms<'_>,
    ) {
        if !terms.admits(&origin) {
            return;
        }
        let mut key = Cow::Borrowed(key);
        if terms.sandbox
            && let Some(other) = self.parts.document.temporary.sandbox.get(&key.target)
        {
            key = Cow::Owned(key.in_target(other.clone()));
        }
        let account = self.out.accounts.entry(key.target.clone()).or_default();
        account.enabled |= terms.enabled;
        if key.is_account() {
            account.origins.insert(origin);
            return;
        }
        if !account.origins.contains(&origin) {
            account.origins.insert(origin.clone());
        }
        if !terms.entitlements || (!terms.seats && key.kind.is_licence()) {
            return;
        }
        let since = Some(terms.since).filter(|since| *since > DateTime::<Utc>::MIN_UTC);
        match self.out.entitlements.get_mut(&*key) {
            Some(known) => {
                known.origins.insert(origin);
                known.since = known.since.min(since);
                known.until = known.until.zip(terms.until).map(|(a, b)| a.max(b));
                for (name, value) in parameters {
                    known.parameters.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
            None => {
                let key = key.into_owned();
                let wanted = DesiredEntitlement {
                    key: key.clone(),
                    parameters: parameters.clone(),
                    origins: BTreeSet::from([origin]),
                    since,
                    until: terms.until,
                    grace: None,
                };
                self.out.entitlements.insert(key, wanted);
            }
        }
    }
}

fn earlier(a: Option<DateTime<Utc>>, b: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
