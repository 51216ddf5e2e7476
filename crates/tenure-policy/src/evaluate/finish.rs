//! Puts what was found into words: the evaluation that stands by itself.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use tenure_scim::Resource;

use super::accounts::{self, Owner, WantedAccount};
use super::draft::{Reason, Source, Wanted};
use super::ladder::Leaving;
use super::names::Names;
use super::view::of_engagement;
use super::{Outcome, owner, refine};
use crate::compile::NONE;
use crate::desired::{DesiredEntitlement, Evaluation, Grace, OpenTask, TaskKind};
use crate::entitlement::EntitlementKey;
use crate::grant::Origin;
use crate::identity::Identity;
use crate::lifecycle::Standing;

impl Outcome<'_> {
    /// The whole evaluation as data of its own: with mapped attributes, user names, tasks and the way out of accounts.
    #[must_use]
    pub fn to_evaluation(&self) -> Evaluation {
        let Self { parts, dense, draft, standing, identity, facts, .. } = *self;
        let mut tasks = draft.tasks.clone();
        let entitlements = self.wanted().map(|wanted| (wanted.0.clone(), self.entitlement(wanted))).collect();
        for grace in &draft.grace {
            tasks.extend(facts.held.get(grace.held).map(|held| OpenTask {
                kind: TaskKind::HandOver,
                subject: held.key.to_string(),
                text: format!("hand over what is done with `{}`; it goes when the grace ends", held.key),
                due: Some(grace.until),
            }));
        }
        let state = standing.state(identity);
        let live = draft.accounts.iter().zip(0..).filter(|(account, _)| !account.gone);
        let wanted: BTreeMap<_, _> = live
            .filter_map(|(account, place)| {
                let origins = self.origins(draft.reasons_of_account(place)).collect();
                let target = draft.target_id(dense, account.target)?;
                let stopped = identity.stopped_in(target, facts.now);
                Some((target, WantedAccount { origins, enabled: account.enabled, stopped }))
            })
            .collect();
        let view = match wanted.is_empty() {
            true => Cow::Borrowed(identity.attributes()),
            false => main_view(identity, standing),
        };
        let answers = identity.as_workload().and_then(|workload| owner::of(parts, workload, facts));
        let manager = match identity {
            Identity::Person(_) => self.engagement().and_then(|engagement| engagement.manager.as_ref()),
            Identity::Workload(workload) => Some(answers.as_ref().unwrap_or(&workload.owner)),
        };
        let mut names = Names::new(facts.names);
        let owner = Owner { identity: identity.id(), view: &view, manager };
        let mut accounts: BTreeMap<_, _> = wanted
            .into_iter()
            .map(|(target, wanted)| {
                let account = accounts::wanted(parts, target, wanted, &state, &owner, &mut names, &mut tasks);
                (target.clone(), account)
            })
            .collect();
        let leaving = Leaving { parts, facts, standing, identity };
        for held in refine::leaving(dense, draft, facts) {
            accounts.insert(held.target.clone(), leaving.account(held, &mut tasks));
        }
        tasks.extend(leaving.orphaned());
        tasks.sort();
        Evaluation {
            identity: identity.id().clone(),
            state,
            accounts,
            entitlements,
            denied: self.denied_map(),
            superseded: self
                .superseded()
                .map(|(weaker, stronger)| (weaker.clone(), stronger.clone()))
                .collect(),
            violations: draft.violations.clone(),
            tasks,
            reservations: names.reservations,
            next_change_at: self.next,
        }
    }

    /// One entitlement as data of its own, where it is wanted.
    pub(super) fn desired(&self, key: &EntitlementKey) -> Option<DesiredEntitlement> {
        let number = self.draft.find(self.dense, key)?;
        self.draft.live(number).map(|wanted| self.entitlement((key, wanted)))
    }

    fn denied_map(&self) -> BTreeMap<EntitlementKey, BTreeSet<crate::id::RuleId>> {
        let mut denied: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (key, rule) in self.denied() {
            denied.entry(key.clone()).or_default().insert(rule.clone());
        }
        denied
    }

    fn entitlement(&self, (key, wanted): (&EntitlementKey, &Wanted)) -> DesiredEntitlement {
        let Self { draft, facts, .. } = *self;
        let grace = draft
            .grace
            .get(wanted.grace as usize)
            .and_then(|grace| Some((grace, facts.held.get(grace.held)?)));
        let term = draft.term(wanted);
        DesiredEntitlement {
            key: key.clone(),
            parameters: self.parameters(wanted),
            origins: match wanted.fallback {
                true => self.origins(draft.reasons_of_account(wanted.account)).collect(),
                false => self.origins(draft.reasons(wanted.reasons)).collect(),
            },
            since: grace.map(|(_, held)| held.since).or(term.since),
            until: term.until,
            grace: grace.map(|(grace, held)| Grace {
                lost: grace.lost,
                until: grace.until,
                was: held.origins.clone(),
            }),
        }
    }

    /// The parameters of the first way that names each.
    pub(super) fn parameters(&self, wanted: &Wanted) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        let specs = &self.parts.document.entitlements;
        let mut add = |more: &BTreeMap<String, String>| {
            for (name, value) in more {
                if !all.contains_key(name) {
                    all.insert(name.clone(), value.clone());
                }
            }
        };
        for reason in self.draft.reasons(wanted.reasons) {
            match (reason.source, self.parts.roles.get(reason.role as usize)) {
                (_, Some(role)) => {
                    role.flat.get(reason.at as usize).into_iter().for_each(|give| add(&give.parameters));
                }
                (Source::Rule { rule, .. }, None) => {
                    let rule = self.parts.rules.get(rule as usize);
                    rule.and_then(|rule| rule.gives.get(reason.at as usize))
                        .into_iter()
                        .for_each(|give| add(&give.parameters));
                }
                (Source::Grant(number), None) => {
                    let Some(grant) = self.facts.grants.get(number as usize) else { continue };
                    add(&grant.parameters);
                    if let crate::grant::Granted::Entitlement(key) = &grant.what {
                        specs.get(key).into_iter().for_each(|spec| add(&spec.parameters));
                    }
                }
                (Source::Scope, None) => {
                    let key = self.draft.key(self.dense, wanted.key);
                    key.and_then(|key| specs.get(key)).into_iter().for_each(|spec| add(&spec.parameters));
                }
            }
        }
        all
    }

    fn origins<'b>(
        &'b self,
        reasons: impl Iterator<Item = &'b Reason> + 'b,
    ) -> impl Iterator<Item = Origin> + 'b {
        reasons.filter_map(|reason| self.origin(reason))
    }

    /// One way in words.
    pub(super) fn origin(&self, reason: &Reason) -> Option<Origin> {
        let source = match reason.source {
            Source::Rule { rule, engagement } => Origin::Rule {
                rule: self.parts.rules.get(rule as usize)?.id.clone(),
                engagement: self.identity.as_person()?.engagements.get(engagement as usize)?.id.clone(),
            },
            Source::Grant(number) => self.facts.grants.get(number as usize)?.origin(),
            Source::Scope => Origin::Scope,
        };
        if reason.role == NONE {
            return Some(source);
        }
        let roles = reason.path(self.parts).iter().filter_map(|role| self.parts.roles.get(*role as usize));
        Some(roles.fold(source, |via, role| Origin::Role { role: role.id.clone(), via: Box::new(via) }))
    }
}

/// The attributes that mappings see: those of the most important engagement.
pub(super) fn main_view<'a>(identity: &'a Identity, standing: &Standing) -> Cow<'a, Resource> {
    match identity {
        Identity::Person(person) => standing
            .engagements
            .first()
            .and_then(|best| person.engagements.get(best.index))
            .map_or(Cow::Borrowed(&person.attributes), |engagement| of_engagement(person, engagement)),
        Identity::Workload(workload) => Cow::Borrowed(&workload.attributes),
    }
}
