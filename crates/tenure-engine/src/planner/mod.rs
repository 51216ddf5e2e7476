//! Compares what should be with what is.

mod account;
mod ask;
mod attributes;
mod bookkeeping;
mod correlate;
mod depend;
mod downgrade;
mod draft;
mod entitlements;
mod evaluate;
mod glance;
pub(crate) mod guards;
mod leaver;
mod members;
pub(crate) mod order;
pub(crate) mod outlook;
mod pointed;
mod pool;
mod probe;
mod protect;
mod quick;
pub(crate) mod references;
mod rows;
mod settled;
mod spread;
mod threads;
mod unlinked;

pub(crate) use protect::Protection;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use tenure_policy::{EntitlementKey, Evaluation, Identity, IdentityId, Override, Reservation, TargetId};
use tenure_store::{
    Batch, IdentityRecord, NameRecord, NameState, OutlookRecord, PageRequest, PlanRecord, PlanStatus, Write,
};

use outlook::Scope;

use crate::plan::{Notice, NoticeKind, Plan, PlanOptions, Record, Step, StepId, Upcoming};
use crate::world::World;
use crate::world::load::decode;
use crate::{Engine, EngineError, Result};

/// The version of the format of plans.
pub(crate) const FORMAT: u32 = 1;
/// How many people are looked at in one go.
const CHUNK: usize = 400;

impl Engine {
    /// Makes the plan that brings all targets into agreement with the policy, from what was last observed.
    ///
    /// Asks no system for anything but its schema and writes to none. Unless the options say otherwise, the plan is
    /// stored and the names that it gives out are reserved.
    ///
    /// People are looked at a few hundred at a time, so that memory grows with the plan and not with the population.
    /// With [`due_only`](PlanOptions::due_only) only those are looked at whose answer can have changed.
    ///
    /// # Errors
    ///
    /// * `Unfinished`, when an earlier plan stopped in the middle: [`resume`](Engine::resume) it first;
    /// * `Connector` or `Unusable`, when a target's schema cannot be had;
    /// * `Store` or `Corrupt`, when the store failed.
    pub async fn plan(&self, now: DateTime<Utc>, options: &PlanOptions) -> Result<Plan> {
        let engine = self.at(now)?;
        if let Some(unfinished) = self.store.unfinished_plans().await?.into_iter().next() {
            return Err(EngineError::Unfinished { plan: unfinished.hash });
        }
        // Before everything else is read, so that what happens meanwhile is not taken for settled.
        let scope = Scope::choose(engine, now, options).await?;
        let world = World::empty(engine).await?;
        let mut planner = Planner::new(engine, world, now, options);
        if scope.is_whole() {
            planner.basis = Some(settled::basis(engine, &planner.world));
        }
        let (mut plan, reservations, seen) = planner.run(&scope).await?;
        plan.looked_at = scope.people.as_ref().filter(|_| scope.due_only).map(BTreeSet::len);
        guards::measure(engine, &mut plan, now).await?;
        if options.persist {
            self.store.commit(persist(&plan, &reservations)).await?;
            scope.note(engine, seen).await?;
        }
        let (steps, looked_at) = (plan.steps.len(), plan.looked_at);
        tracing::info!(steps, tripped = plan.tripped().count(), looked_at, "planned");
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

/// When to look at somebody again, as it was known and as it is known now.
#[derive(Debug)]
pub(crate) struct Seen {
    before: OutlookRecord,
    now: OutlookRecord,
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
    /// Those for whom something is wanted or open: they have to be looked at again.
    unsettled: BTreeSet<IdentityId>,
    /// What is known of when to look at people, of those who are looked at closely now.
    known: BTreeMap<String, OutlookRecord>,
    /// What was known and what is known now of those of whom something came.
    seen: Vec<Seen>,
    /// When to look again at those of whom nothing came, where that is new.
    quiet: Vec<OutlookRecord>,
    /// Whether something came of most of those who were looked at last.
    lively: bool,
    /// What planning goes by besides what is wanted, where people can be settled.
    basis: Option<String>,
    /// By target and identity: accounts that are there, of those on whom something in another target depends.
    has: BTreeSet<(TargetId, IdentityId)>,
    /// How many of the steps that was noted for.
    noted: usize,
    /// The workloads that are still needed, by who owns them.
    owned: BTreeMap<IdentityId, BTreeSet<IdentityId>>,
    /// The links that this plan makes.
    new_links: BTreeMap<(TargetId, IdentityId), tenure_store::LinkRecord>,
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
            unsettled: BTreeSet::new(),
            known: BTreeMap::new(),
            seen: Vec::new(),
            quiet: Vec::new(),
            lively: false,
            basis: None,
            has: BTreeSet::new(),
            noted: 0,
            owned: BTreeMap::new(),
            new_links: BTreeMap::new(),
        }
    }

    async fn run(mut self, scope: &Scope) -> Result<(Plan, Vec<Reservation>, Vec<Seen>)> {
        self.notice_unread();
        self.find_owned(scope).await?;
        self.correlate(scope).await?;
        match &scope.people {
            Some(people) => {
                let people: Vec<IdentityId> = people.iter().cloned().collect();
                self.known = scope.known.clone().unwrap_or_default();
                for chunk in people.chunks(CHUNK) {
                    self.world.forget_people();
                    self.meet(chunk.iter().cloned()).await?;
                    self.evaluate(chunk).await?;
                }
                glance::note_quiet(self.engine, scope, std::mem::take(&mut self.quiet)).await?;
            }
            None => self.look_at_everybody(scope).await?,
        }
        self.resolve_references();
        self.keep_apart();
        self.share_seats().await?;
        self.depend();
        self.forget_waiting(scope);
        if scope.due_only {
            // The calendar of those who were not looked at is known from when they were.
            let people: Vec<String> = scope.people.iter().flatten().map(ToString::to_string).collect();
            let next = self.engine.store.next_due(self.now, &people).await?;
            next.into_iter().for_each(|at| self.note_change_at(at));
        }
        Ok(self.finish())
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

    /// Gets to know people, as if what this plan links were linked already.
    async fn meet(&mut self, people: impl IntoIterator<Item = IdentityId>) -> Result<()> {
        let people: Vec<IdentityId> = people.into_iter().collect();
        self.world.meet(self.engine, self.now, people.iter().cloned()).await?;
        self.link_again(&people).await
    }

    /// Ties people who were met anew to the accounts that this plan links to them.
    async fn link_again(&mut self, people: &[IdentityId]) -> Result<()> {
        if self.new_links.is_empty() {
            return Ok(());
        }
        let people: BTreeSet<&IdentityId> = people.iter().collect();
        let new = self.new_links.iter().filter(|((_, identity), _)| people.contains(identity));
        for ((target, identity), link) in new {
            let accounts = vec![link.account.clone()];
            self.world.look_at(self.engine, target, accounts, false).await?;
            if let Some(world) = self.world.targets.get_mut(target) {
                world.links.insert(identity.clone(), link.clone());
                world.owners.insert(link.account.clone(), identity.clone());
            }
        }
        Ok(())
    }

    /// Finds the workloads that are still needed, by who owns them. Those of people who are due are due themselves, or
    /// depend on them.
    async fn find_owned(&mut self, scope: &Scope) -> Result<()> {
        let store = &self.engine.store;
        if let Some(people) = scope.people.as_ref().filter(|_| scope.due_only) {
            let ids: Vec<String> = people.iter().map(ToString::to_string).collect();
            for chunk in ids.chunks(CHUNK) {
                let others = store.dependants(chunk).await?;
                let found = store.identities_of(&[chunk, others.as_slice()].concat()).await?;
                self.note_owned(found)?;
            }
            return Ok(());
        }
        let mut page = PageRequest::first(CHUNK);
        loop {
            let found = store.workloads(&page).await?;
            let Some(last) = found.last() else { return Ok(()) };
            page = PageRequest::after(last.id.clone(), CHUNK);
            self.note_owned(found)?;
        }
    }

    fn note_owned(&mut self, found: Vec<IdentityRecord>) -> Result<()> {
        for record in found.into_iter().filter(|record| record.kind == IdentityRecord::WORKLOAD) {
            let identity: Identity = decode("identity", record.document)?;
            if let Some(workload) = identity.as_workload()
                && !self.engine.policy.state(&identity, self.now).phase.is_gone()
            {
                self.owned.entry(workload.owner.clone()).or_default().insert(identity.id().clone());
            }
        }
        Ok(())
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
            // The policy's own; it says when its answer changes.
            self.notices.push(Notice {
                kind: NoticeKind::Task,
                target: None,
                identity: Some(evaluation.identity.clone()),
                text: format!("{person}: {}", task.text),
            });
        }
    }

    fn notice(
        &mut self,
        kind: NoticeKind,
        target: Option<&TargetId>,
        identity: Option<&IdentityId>,
        text: String,
    ) {
        if kind.is_open() {
            self.unsettled.extend(identity.cloned());
        }
        self.notices.push(Notice { kind, target: target.cloned(), identity: identity.cloned(), text });
    }

    /// Why an entitlement is withheld from somebody, if it is.
    fn withheld(&self, identity: &IdentityId, key: &EntitlementKey) -> Option<String> {
        let assumed = self.options.orders.get(identity).into_iter().flatten();
        let order = assumed.into_iter().find(|order| order.withholds(key, self.now));
        let order = order.or_else(|| self.world.identities.get(identity)?.withheld(key, self.now))?;
        Some(format!("withheld by {}: {}", order.by, order.reason))
    }

    fn person(&self, identity: &IdentityId) -> String {
        self.world
            .identities
            .get(identity)
            .map_or_else(|| identity.to_string(), |found| Identity::display_name(found).to_owned())
    }

    fn finish(mut self) -> (Plan, Vec<Reservation>, Vec<Seen>) {
        if let Some(at) = self.engine.next_version(self.now) {
            self.note_change_at(at);
        }
        self.records.extend(std::mem::take(&mut self.links).into_values().map(Record::Link));
        let taking = self.steps.iter().filter(|step| step.gives_up());
        let concerned: BTreeSet<&IdentityId> = taking.filter_map(|step| step.identity.as_ref()).collect();
        for (person, orders) in self.options.orders.iter().filter(|(person, _)| concerned.contains(person)) {
            let order = |order: &Override| Record::Order { person: person.clone(), order: order.clone() };
            self.records.extend(orders.iter().map(order));
        }
        let steps = order::order(self.steps);
        for step in &steps {
            let Some(identity) = &step.identity else { continue };
            if let Some(hash) = self.before.get(identity) {
                self.facts.entry(identity.to_string()).or_insert_with(|| hash.clone());
            }
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
            looked_at: None,
            records: self.records,
        };
        for Seen { now, .. } in &mut self.seen {
            if IdentityId::parse(&now.identity).is_ok_and(|id| self.unsettled.contains(&id)) {
                now.due = Some(self.now);
            }
        }
        (plan, self.reservations, self.seen)
    }
}
