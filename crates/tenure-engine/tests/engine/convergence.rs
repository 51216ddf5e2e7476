//! Whatever happens in whatever order, the end is the same as one fresh run over the same facts; and what holds at every
//! rest: a second run is empty, no leaver keeps access, nothing is held without a reason.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::common::{Company, account, at, held, users, worker};
use crate::flaky::{Fault, Flaky};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use tenure_connector::memory::MemoryConnector;
use tenure_connector::{Connector, ObjectClass, ObjectRef, Operation, WriteRequest};
use tenure_engine::{ApplyOptions, Engine, EngineError, Plan, PlanOptions, SourceOptions};
use tenure_policy::{Grant, GrantSource};
use tenure_store::{CrashAction, CrashPoint, CrashStore, Select, Store, StoreError};

const PEOPLE: usize = 6;
/// What another version of the policy says differently: nothing, what a role gives, what a rule asks for, a mapping, what
/// happens to leavers.
const POLICIES: [(&str, &str); 5] = [
    ("version: 1", "version: 1"),
    ("entitlements: [desk/role:reader]", "entitlements: [desk/role:reader, desk/role:agent]"),
    ("department eq \"Sales\"", "department eq \"Sales\" or title eq \"Lead\""),
    ("to: title, from: title", "to: title, from: department"),
    ("leaver: [disable, remove_entitlements, delete: after 30d]", "leaver: [disable, remove_entitlements]"),
];

/// One thing that happens in the world.
#[derive(Debug, Clone)]
enum Event {
    /// HR moves someone to a department with a title.
    Move(usize, usize),
    /// HR enters someone's last day, so many days from now.
    End(usize, i64),
    /// HR takes the last day back.
    Stay(usize),
    /// The row vanishes from a complete feed, or comes back.
    Vanish(usize),
    /// Someone is given an entitlement for a time.
    Grant(usize, i64),
    /// Someone changes an account by hand in the target.
    Drift(usize, bool),
    /// An administrator deletes an account by hand.
    Delete(usize),
    /// So many days pass.
    Days(i64),
    /// A run.
    Run,
    /// A run that the program does not survive, at the given write.
    Crash(u64),
    /// A run in which every so many answers are lost.
    LossyRun(u64),
    /// A feed that is empty by mistake is read.
    EmptyFeed,
    /// Another version of the policy.
    Policy(usize),
    /// A run for one target only, and everybody is planned for from now on, or only those who are due.
    Pilot(bool),
}

fn event() -> impl Strategy<Value = Event> {
    let who = 0..PEOPLE;
    prop_oneof![
        3 => (who.clone(), 0..3_usize).prop_map(|(who, job)| Event::Move(who, job)),
        2 => (who.clone(), -3..5_i64).prop_map(|(who, days)| Event::End(who, days)),
        1 => who.clone().prop_map(Event::Stay),
        1 => who.clone().prop_map(Event::Vanish),
        2 => (who.clone(), 1..20_i64).prop_map(|(who, days)| Event::Grant(who, days)),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, off)| Event::Drift(who, off)),
        1 => who.prop_map(Event::Delete),
        2 => (1..40_i64).prop_map(Event::Days),
        3 => Just(Event::Run),
        2 => (1..40_u64).prop_map(Event::Crash),
        1 => (2..4_u64).prop_map(Event::LossyRun),
        1 => Just(Event::EmptyFeed),
        1 => (0..POLICIES.len()).prop_map(Event::Policy),
        1 => any::<bool>().prop_map(Event::Pilot),
    ]
}

struct World {
    company: Company,
    absent: BTreeSet<usize>,
    now: DateTime<Utc>,
    grants: usize,
    /// The policy of the first day.
    policy: String,
    /// Whether everybody is looked at by each run.
    often: bool,
}

impl World {
    fn new() -> Self {
        let mut company = Company::new();
        // Half of six may vanish at once here; the shrink guard has tests of its own.
        company.options = SourceOptions::default().with_shrink(100, PEOPLE);
        // The last holder of a privilege keeps it; that rule has tests of its own too.
        company.policy = company.policy.replace("risk: privileged, ", "");
        company.workers = (0..PEOPLE).map(person).collect();
        let policy = company.policy.clone();
        Self { company, absent: BTreeSet::new(), now: at("2026-03-02"), grants: 0, policy, often: false }
    }

    fn feed(&self) -> Company {
        let mut company = self.company.fork(Arc::clone(&self.company.store));
        company.desk = self.company.desk.clone();
        company.erp = self.company.erp.clone();
        let gone: Vec<String> = self.absent.iter().map(|who| format!("p{who}")).collect();
        company.workers.retain(|worker| !gone.contains(&worker.worker_id));
        company
    }

    async fn step(&mut self, event: &Event) {
        self.now += TimeDelta::minutes(10);
        match *event {
            Event::Move(who, job) => {
                let row = &mut self.company.workers[who];
                let (department, title) =
                    [("Support", "Agent"), ("Support", "Lead"), ("Sales", "Seller")][job];
                row.department = Some(department.to_owned());
                row.title = Some(title.to_owned());
            }
            Event::End(who, days) => {
                self.company.workers[who].end_date = Some((self.now + TimeDelta::days(days)).date_naive());
            }
            Event::Stay(who) => self.company.workers[who].end_date = None,
            Event::Vanish(who) => {
                // An empty feed is never believed, so one always stays.
                if !self.absent.remove(&who) && self.absent.len() + 1 < PEOPLE {
                    self.absent.insert(who);
                }
            }
            Event::Grant(who, days) => self.grant(who, days).await,
            Event::Drift(who, off) => self.drift(who, off),
            Event::Delete(who) => {
                if let Some(object) = object(&self.company.desk, who) {
                    let mode = tenure_connector::DeleteMode::Permanent;
                    self.by_hand(Operation::Delete { object, mode });
                }
            }
            Event::Days(days) => self.now += TimeDelta::days(days),
            Event::Run => self.run().await.unwrap(),
            Event::Crash(number) => self.crash(number).await,
            Event::LossyRun(every) => {
                let company = self.feed();
                let desk = Arc::new(Flaky::new(self.company.desk.clone(), Fault::LoseAnswer(every)));
                let engine = company.engine_with(desk as Arc<dyn Connector>, Arc::clone(&self.company.store));
                engine.observe(self.now).await.unwrap();
                let plan = engine.plan(self.now, &PlanOptions::default()).await.unwrap();
                engine.apply(&plan, &ApplyOptions::new(self.now)).await.unwrap();
            }
            Event::Policy(number) => {
                let (from, to) = POLICIES[number];
                self.company.policy = self.policy.replace(from, to);
            }
            Event::Pilot(often) => {
                self.often = often;
                let company = self.feed();
                let engine = company.engine();
                engine.resume(&ApplyOptions::new(self.now)).await.unwrap();
                engine.observe(self.now).await.unwrap();
                let pilot = PlanOptions::default().in_targets([crate::common::target("erp")]);
                let plan = engine.plan(self.now, &pilot).await.unwrap();
                engine.apply(&plan, &ApplyOptions::new(self.now)).await.unwrap();
            }
            Event::EmptyFeed => {
                let mut company = self.feed();
                company.workers.clear();
                company.engine().observe(self.now).await.unwrap();
            }
        }
    }

    async fn grant(&mut self, who: usize, days: i64) {
        if self.company.store.identity(&format!("p{who}")).await.unwrap().is_none() {
            return;
        }
        self.grants += 1;
        let id = format!("g-{}", self.grants).parse().unwrap();
        let identity = format!("p{who}").parse().unwrap();
        let what: tenure_policy::EntitlementKey = "desk/role:admin".parse().unwrap();
        let grant = Grant::new(id, identity, what, GrantSource::Exception)
            .until(self.now + TimeDelta::days(days))
            .approved("mara", "stands in");
        self.company.engine().grant(grant, "mara", self.now).await.unwrap();
    }

    fn drift(&mut self, who: usize, off: bool) {
        let Some(object) = object(&self.company.desk, who) else { return };
        self.by_hand(match off {
            true => Operation::SetStatus { object, status: tenure_connector::AccountStatus::Disabled },
            false => Operation::Revoke { object, entitlement: crate::common::role("reader") },
        });
    }

    fn by_hand(&self, operation: Operation) {
        let key = format!("by hand {}", self.now);
        self.company
            .desk
            .with_tenant(|tenant| tenant.apply(&WriteRequest::new(key, operation), None).unwrap());
    }

    async fn run(&self) -> Result<(), EngineError> {
        let company = self.feed();
        let engine = company.engine();
        engine.resume(&ApplyOptions::new(self.now)).await?;
        engine.observe(self.now).await?;
        let plan = self.made(&engine).await?;
        engine.apply(&plan, &ApplyOptions::new(self.now)).await.map(drop)
    }

    /// A plan for those who are due, which does what one for everybody does.
    async fn made(&self, engine: &Engine) -> Result<Plan, EngineError> {
        let everybody = engine.plan(self.now, &PlanOptions::default().dry()).await?;
        let closely = engine.plan(self.now, &PlanOptions::default().dry().closely()).await?;
        let text = |plan: &Plan| serde_json::to_string(plan).unwrap();
        assert_eq!(text(&everybody), text(&closely), "who is settled has nothing to do");
        let due = engine.plan(self.now, &PlanOptions::default().due_only().dry()).await?;
        let telling = |plan: &Plan| {
            let mut plan = serde_json::to_value(plan).unwrap();
            // What nobody can do anything about is told when everybody is looked at.
            for key in ["notices", "upcoming", "looked_at"] {
                plan.as_object_mut().unwrap().remove(key);
            }
            plan
        };
        assert_eq!(telling(&due), telling(&everybody));
        match self.often {
            true => engine.plan(self.now, &PlanOptions::default()).await,
            false => engine.plan(self.now, &PlanOptions::default().due_only()).await,
        }
    }

    async fn crash(&self, number: u64) {
        let company = self.feed();
        let point =
            if number.is_multiple_of(2) { CrashPoint::Before(number) } else { CrashPoint::After(number) };
        let store: Arc<dyn Store> =
            Arc::new(CrashStore::new(Arc::clone(&self.company.store), Some(point), CrashAction::Fail));
        let engine = company.engine_with(Arc::new(company.desk.clone()), store);
        let run = async {
            engine.observe(self.now).await?;
            let plan = self.made(&engine).await?;
            engine.apply(&plan, &ApplyOptions::new(self.now)).await
        };
        match run.await {
            Ok(_) | Err(EngineError::Store(StoreError::Crashed)) => {}
            Err(other) => panic!("{other:?}"),
        }
        // The program starts again.
        company.engine().resume(&ApplyOptions::new(self.now)).await.unwrap();
    }

    /// Runs until there is nothing to do, and returns what everyone has then.
    async fn rest(&mut self) -> Vec<String> {
        self.now += TimeDelta::days(2);
        for _ in 0..6 {
            self.run().await.unwrap();
            let company = self.feed();
            let plan = company.plan(self.now).await;
            if plan.is_empty() && self.company.store.values("retry/").await.unwrap().is_empty() {
                self.check_rest(&company).await;
                return self.picture();
            }
            self.now += TimeDelta::days(1);
        }
        panic!("no rest: {:#?}", crate::common::titles(&self.feed().plan(self.now).await));
    }

    /// What everyone has, in words that do not depend on the order in which it came about.
    fn picture(&self) -> Vec<String> {
        let mut picture = Vec::new();
        for (name, connector) in [("desk", &self.company.desk), ("erp", &self.company.erp)] {
            for user in users(connector) {
                let external = user.external_id().unwrap().to_owned();
                let active = user.attr("active").unwrap().as_bool().unwrap();
                let title = user.text("title").unwrap_or("-").to_owned();
                picture.push(format!(
                    "{name} {external} active={active} {title} {:?}",
                    held(connector, &external)
                ));
            }
        }
        picture.sort();
        picture
    }

    async fn check_rest(&self, company: &Company) {
        let engine = company.engine();
        for found in engine.find("", self.now).await.unwrap() {
            let gone = found.state.phase.is_gone();
            for connector in [&self.company.desk, &self.company.erp] {
                let Some(user) = account(connector, found.identity.as_str()) else { continue };
                if gone {
                    assert_eq!(user.attr("active").unwrap().as_bool(), Some(false), "{} left", found.name);
                    assert_eq!(
                        held(connector, found.identity.as_str()),
                        Vec::<String>::new(),
                        "{} left",
                        found.name
                    );
                }
            }
            for access in engine.access(&found.identity).await.unwrap() {
                let explained = engine.explain(&found.identity, &access.entitlement, self.now).await.unwrap();
                assert!(
                    explained.policy.desired,
                    "{} holds {} without a reason",
                    found.name, access.entitlement
                );
                assert!(!access.origins.is_empty());
            }
        }
        assert!(self.company.store.unfinished_plans().await.unwrap().is_empty());
        engine.audit().verify(None).await.unwrap();
        let links = self.company.store.links(&Select::All).await.unwrap();
        let mut seen = BTreeSet::new();
        for link in links.iter().filter(|link| link.is_live()) {
            assert!(
                seen.insert((link.target.clone(), link.identity.clone())),
                "two accounts for {}",
                link.identity
            );
        }
    }

    /// One fresh run over the same facts: a new store and empty targets, the same people and grants.
    async fn fresh(&self) -> Vec<String> {
        let feed = self.feed();
        let mut company = Company::new();
        company.options = feed.options.clone();
        company.policy = feed.policy.clone();
        company.workers = feed.workers.clone();
        let policy = feed.policy.clone();
        let mut fresh =
            World { company, absent: BTreeSet::new(), now: self.now, grants: 0, policy, often: true };
        fresh.company.engine().observe(self.now).await.unwrap();
        for record in self.company.store.grants(&Select::All).await.unwrap() {
            let grant: Grant = serde_json::from_value(record.document).unwrap();
            let known = feed.workers.iter().any(|worker| worker.worker_id == grant.identity.as_str());
            if known && grant.until.is_some_and(|until| until > self.now) {
                fresh.company.engine().grant(grant, "mara", self.now).await.unwrap();
            }
        }
        fresh.now = self.now - TimeDelta::days(2);
        fresh.rest().await
    }
}

fn person(who: usize) -> tenure_connector::record::WorkerRecord {
    let manager = (who > 0).then_some("p0");
    let mut row = worker(&format!("p{who}"), "Pat", &format!("Nr{who}"), "Support", "Agent", manager);
    row.email = None;
    row
}

fn object(connector: &MemoryConnector, who: usize) -> Option<ObjectRef> {
    let user = account(connector, &format!("p{who}"))?;
    Some(ObjectRef::new(ObjectClass::USER, user.id()?))
}

/// Accounts that live: of leavers some have been deleted and some have not, depending on when they left.
fn living(picture: Vec<String>) -> Vec<String> {
    picture.into_iter().filter(|line| line.contains("active=true")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_history_ends_where_one_fresh_run_ends(events in prop::collection::vec(event(), 1..14)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new();
            for event in &events {
                world.step(event).await;
            }
            let rested = world.rest().await;
            let fresh = world.fresh().await;
            assert_eq!(living(rested), living(fresh));
        });
    }
}
