//! Compares what should be with what is.

mod account;
mod attributes;
mod bookkeeping;
mod correlate;
mod depend;
mod draft;
mod entitlements;
pub(crate) mod guards;
mod leaver;
pub(crate) mod order;
mod protect;
pub(crate) mod references;
mod unlinked;

pub(crate) use protect::Protection;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tenure_policy::{Evaluation, Facts, Identity, IdentityId, Reservation, TargetId};
use tenure_store::{Batch, NameRecord, NameState, PlanRecord, PlanStatus, Write};

use crate::plan::{Notice, NoticeKind, Plan, PlanOptions, Record, Step, StepId, Upcoming};
use crate::world::World;
use crate::{Engine, EngineError, Result};

/// The version of the format of plans.
pub(crate) const FORMAT: u32 = 1;

impl Engine {
    /// Makes the plan that brings all targets into agreement with the policy, from what was last observed.
    ///
    /// Asks no system for anything but its schema and writes to none. Unless the options say otherwise, the plan is
    /// stored and the names that it gives out are reserved.
    ///
    /// # Errors
    ///
    /// * `Unfinished`, when an earlier plan stopped in the middle: [`resume`](Engine::resume) it first;
    /// * `Connector` or `Unusable`, when a target's schema cannot be had;
    /// * `Store` or `Corrupt`, when the store failed.
    pub async fn plan(&self, now: DateTime<Utc>, options: &PlanOptions) -> Result<Plan> {
        if let Some(unfinished) = self.store.unfinished_plans().await?.into_iter().next() {
            return Err(EngineError::Unfinished { plan: unfinished.hash });
        }
        let world = World::load(self, now).await?;
        let accounts =
            world.targets.iter().map(|(target, found)| (target.clone(), found.accounts.len())).collect();
        let (mut plan, reservations) = Planner::new(self, world, now, options).run();
        plan.guards = guards::verdicts(self, &plan, &accounts, now).await?;
        if options.persist {
            self.store.commit(persist(&plan, &reservations)).await?;
        }
        tracing::info!(steps = plan.steps.len(), tripped = plan.tripped().count(), "planned");
        Ok(plan)
    }
}

pub(crate) fn persist(plan: &Plan, reservations: &[Reservation]) -> Batch {
    let names = reservations.iter().map(|reservation| {
        Write::Name(NameRecord {
            space: reservation.namespace.clone(),
            key: reservation.key.clone(),
            value: reservation.name.clone(),
            identity: reservation.identity.to_string(),
            state: NameState::Reserved { until: plan.valid_until },
            at: plan.made,
        })
    });
    let record = Write::Plan(PlanRecord {
        hash: plan.hash(),
        // INVARIANT: a plan consists of texts, times and JSON, which always serialise.
        document: serde_json::to_value(plan).unwrap_or_default(),
        created: plan.made,
        status: PlanStatus::Planned,
    });
    Batch { conditions: Vec::new(), writes: names.chain([record]).collect() }
}

/// The plan in the making.
pub(crate) struct Planner<'a> {
    engine: &'a Engine,
    world: World,
    now: DateTime<Utc>,
    options: &'a PlanOptions,
    protection: Protection<'a>,
    /// For each target, the identities an unlinked account of which may be theirs.
    disputed: BTreeMap<TargetId, BTreeSet<IdentityId>>,
    /// The steps that link an account in this plan.
    linking: BTreeMap<(TargetId, IdentityId), StepId>,
    /// The accounts that are linked in this plan, by target and account.
    linked: BTreeSet<(String, String)>,
    /// The links that change without a step, by target and account.
    links: BTreeMap<(String, String), tenure_store::LinkRecord>,
    /// The steps that create an account.
    created: BTreeMap<(TargetId, IdentityId), StepId>,
    pending: Vec<references::Pending>,
    steps: Vec<Step>,
    notices: Vec<Notice>,
    upcoming: Vec<Upcoming>,
    records: Vec<Record>,
    reservations: Vec<Reservation>,
    facts: BTreeMap<String, String>,
    next_change_at: Option<DateTime<Utc>>,
    /// What was known of those whose links the plan changes.
    before: BTreeMap<IdentityId, String>,
    /// Every step that is wanted, those left out because they wait included.
    wanted: BTreeSet<String>,
}

impl<'a> Planner<'a> {
    fn new(engine: &'a Engine, world: World, now: DateTime<Utc>, options: &'a PlanOptions) -> Self {
        Self {
            engine,
            world,
            now,
            options,
            protection: Protection::new(&engine.policy),
            disputed: BTreeMap::new(),
            linking: BTreeMap::new(),
            linked: BTreeSet::new(),
            links: BTreeMap::new(),
            created: BTreeMap::new(),
            pending: Vec::new(),
            steps: Vec::new(),
            notices: Vec::new(),
            upcoming: Vec::new(),
            records: Vec::new(),
            reservations: Vec::new(),
            facts: BTreeMap::new(),
            next_change_at: None,
            before: BTreeMap::new(),
            wanted: BTreeSet::new(),
        }
    }

    fn run(mut self) -> (Plan, Vec<Reservation>) {
        self.notice_unread();
        self.correlate();
        self.evaluate();
        self.resolve_references();
        self.keep_apart();
        self.depend();
        self.forget_waiting();
        self.finish()
    }

    /// Whether the plan is for a target, and the target can be planned for.
    fn plans_for(&self, target: &TargetId) -> bool {
        let read = self.world.targets.get(target).is_some_and(|world| world.unread.is_none());
        read && self.options.covers_target(target)
    }

    fn notice_unread(&mut self) {
        let unread: Vec<(TargetId, String)> = self
            .world
            .targets
            .iter()
            .filter_map(|(target, world)| Some((target.clone(), world.unread.clone()?)))
            .collect();
        for (target, reason) in unread.into_iter().filter(|(target, _)| self.options.covers_target(target)) {
            self.notice(
                NoticeKind::Unread,
                Some(&target),
                None,
                format!("nothing is planned for it: {reason}"),
            );
        }
    }

    /// Evaluates everyone and compares, one after the other: nobody's answer is kept longer than that.
    fn evaluate(&mut self) {
        let engine = self.engine;
        let mut evaluator = engine.policy.evaluator();
        let (identities, options) = (Arc::clone(&self.world.identities), self.options);
        let owned = self.owned(&identities);
        for (id, identity) in identities.iter().filter(|(id, _)| options.covers(id)) {
            let held = self.world.held_grants(id);
            let accounts = self.world.held_accounts(id);
            let grants = self.world.grants.get(id).map(Vec::as_slice).unwrap_or_default();
            let facts = Facts::new(self.now)
                .with_grants(grants)
                .with_held(&held)
                .with_accounts(&accounts)
                .with_owned(owned.get(id).map(Vec::as_slice).unwrap_or_default())
                .with_directory(&*identities)
                .with_names(&self.world.names);
            let evaluation = evaluator.evaluate(identity, &facts).to_evaluation();
            for reservation in &evaluation.reservations {
                self.world.names.reserve(reservation);
                self.reservations.push(reservation.clone());
            }
            self.compare(&evaluation);
        }
    }

    /// The workloads that are still needed, by who owns them.
    fn owned<'i>(
        &self,
        identities: &'i BTreeMap<IdentityId, Identity>,
    ) -> BTreeMap<&'i IdentityId, Vec<IdentityId>> {
        let mut owned: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (id, identity) in identities {
            if let Some(workload) = identity.as_workload()
                && !self.engine.policy.state(identity, self.now).phase.is_gone()
            {
                owned.entry(&workload.owner).or_default().push(id.clone());
            }
        }
        owned
    }

    /// Notes what is known of an identity, before the plan in the making changes its view of it.
    fn remember(&mut self, identity: &IdentityId) {
        if !self.before.contains_key(identity) {
            let facts = self.world.facts_of(identity);
            self.before.insert(identity.clone(), facts);
        }
    }

    fn compare(&mut self, evaluation: &Evaluation) {
        if let Some(at) = evaluation.next_change_at.filter(|at| *at > self.now) {
            self.note_change_at(at);
        }
        self.notice_findings(evaluation);
        let targets: Vec<TargetId> =
            self.world.targets.keys().filter(|target| self.plans_for(target)).cloned().collect();
        for target in targets {
            self.compare_account(evaluation, &target);
        }
    }

    fn note_change_at(&mut self, at: DateTime<Utc>) {
        self.next_change_at = Some(self.next_change_at.map_or(at, |known| known.min(at)));
    }

    fn notice_findings(&mut self, evaluation: &Evaluation) {
        let person = self.person(&evaluation.identity);
        for violation in &evaluation.violations {
            let members: Vec<_> = violation.members.iter().map(|member| member.member.as_str()).collect();
            let mitigated =
                violation.mitigated.as_ref().map(|why| format!(", accepted: {why}")).unwrap_or_default();
            let text =
                format!("{person} has together what must be apart: {}{mitigated}", members.join(" and "));
            self.notice(NoticeKind::Violation, None, Some(&evaluation.identity), text);
        }
        for task in &evaluation.tasks {
            self.notice(
                NoticeKind::Task,
                None,
                Some(&evaluation.identity),
                format!("{person}: {}", task.text),
            );
        }
    }

    fn notice(
        &mut self,
        kind: NoticeKind,
        target: Option<&TargetId>,
        identity: Option<&IdentityId>,
        text: String,
    ) {
        self.notices.push(Notice { kind, target: target.cloned(), identity: identity.cloned(), text });
    }

    fn person(&self, identity: &IdentityId) -> String {
        self.world
            .identities
            .get(identity)
            .map_or_else(|| identity.to_string(), |found| Identity::display_name(found).to_owned())
    }

    fn finish(mut self) -> (Plan, Vec<Reservation>) {
        self.records.extend(std::mem::take(&mut self.links).into_values().map(Record::Link));
        let steps = order::order(self.steps);
        for step in &steps {
            let Some(identity) = step.identity.as_ref().filter(|identity| {
                self.world.identities.contains_key(*identity) && !self.facts.contains_key(identity.as_str())
            }) else {
                continue;
            };
            let known = self.before.get(identity).cloned();
            let hash = known.unwrap_or_else(|| self.world.facts_of(identity));
            self.facts.insert(identity.to_string(), hash);
        }
        self.notices.sort();
        self.notices.dedup();
        self.upcoming.sort();
        let latest = self.now + self.options.valid_for;
        let plan = Plan {
            format: FORMAT,
            policy: self.engine.policy.version().to_string(),
            made: self.now,
            valid_until: self.next_change_at.map_or(latest, |at| at.min(latest)),
            facts: self.facts,
            steps,
            guards: Vec::new(),
            notices: self.notices,
            upcoming: self.upcoming,
            next_change_at: self.next_change_at,
            records: self.records,
        };
        (plan, self.reservations)
    }
}
