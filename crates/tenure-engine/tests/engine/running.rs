//! The loop: what it wakes for, what it leaves alone, and how it ends. Time is the test's.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{Company, at, worker};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tenure_connector::memory::{MemoryConnector, Tenant};
use tenure_connector::*;
use tenure_engine::{ApplyOptions, Cancel, Engine, Round, Schedule, SourceOptions, Wake};

type Script = Box<dyn FnMut(usize, Duration) -> Then + Send>;

/// What happens while the loop sleeps.
enum Then {
    /// The time passes.
    Pass,
    /// Something else than time ends the sleep.
    Stay,
}

/// A clock that stands still but for the sleeps of the loop.
struct Time {
    now: Mutex<DateTime<Utc>>,
    sleeps: Mutex<Vec<Duration>>,
    script: Mutex<Script>,
}

impl std::fmt::Debug for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Time")
    }
}

impl Timer for Time {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        let number = {
            let mut sleeps = self.sleeps.lock().unwrap();
            sleeps.push(wait);
            sleeps.len()
        };
        match (self.script.lock().unwrap())(number, wait) {
            Then::Pass => {
                *self.now.lock().unwrap() += TimeDelta::from_std(wait).unwrap();
                Box::pin(std::future::ready(()))
            }
            Then::Stay => Box::pin(std::future::pending()),
        }
    }
}

/// A source that counts how often it is listed.
#[derive(Debug, Clone)]
struct Counted {
    inner: MemoryConnector,
    lists: Arc<AtomicU64>,
    down: Arc<AtomicU64>,
    deleted: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl Connector for Counted {
    fn info(&self) -> ConnectorInfo {
        self.inner.info()
    }
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        self.inner.schema(ctx).await
    }
    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        self.inner.check(ctx).await
    }
    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.inner.get(ctx, object, fields).await
    }
    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        // Looking for the rows of one person is no list of everything.
        if query.filter.is_none() {
            self.lists.fetch_add(1, Ordering::SeqCst);
        }
        if self.down.load(Ordering::SeqCst) > 0 {
            self.down.fetch_sub(1, Ordering::SeqCst);
            return Err(ConnectorError::new(ErrorKind::Unavailable, Certainty::Refused));
        }
        let mut page = self.inner.list(ctx, query).await?;
        let deleted = self.deleted.lock().unwrap().clone();
        page.items.retain(|item| !deleted.contains(&item.object.id));
        page.total = page.total.map(|total| total - deleted.len() as u64);
        Ok(page)
    }
    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        let mut page = self.inner.changes(ctx, class, since).await?;
        if since.is_some() && *class == ObjectClass::WORKER {
            let deleted = self.deleted.lock().unwrap().clone();
            let gone =
                deleted.iter().map(|id| Change::Deleted(ObjectRef::new(ObjectClass::WORKER, id.as_str())));
            page.changes.extend(gone);
        }
        Ok(page)
    }
    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        self.inner.apply(ctx, request).await
    }
    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.inner.poll(ctx, job).await
    }
}

struct Stage {
    company: Company,
    hr: Counted,
    cancel: Cancel,
    wake: Wake,
}

impl Stage {
    fn new() -> Self {
        let company = Company::new();
        let tenant = company.workers.iter().fold(Tenant::new(), |tenant, worker| tenant.with_worker(worker));
        let hr = Counted {
            inner: MemoryConnector::over("hr", tenant),
            lists: Arc::default(),
            down: Arc::default(),
            deleted: Arc::default(),
        };
        Self { company, hr, cancel: Cancel::new(), wake: Wake::new() }
    }

    fn engine(&self) -> Engine {
        Engine::builder(self.company.compiled(), Arc::clone(&self.company.store))
            .source("hr", SourceOptions::default(), Arc::new(self.hr.clone()))
            .target(crate::common::target("desk"), Arc::new(self.company.desk.clone()))
            .target(crate::common::target("erp"), Arc::new(self.company.erp.clone()))
            .build()
            .unwrap()
    }

    /// Runs until the script cancels. Returns the rounds and the sleeps.
    async fn run(
        &self,
        script: impl FnMut(usize, Duration) -> Then + Send + 'static,
    ) -> (Vec<std::result::Result<Round, String>>, Vec<Duration>) {
        let time = Arc::new(Time {
            now: Mutex::new(at("2026-03-02")),
            sleeps: Mutex::default(),
            script: Mutex::new(Box::new(script)),
        });
        let schedule = Schedule::default().waking_on(self.wake.clone());
        let options = ApplyOptions::new(at("2026-03-02")).cancel(self.cancel.clone());
        let clock = Arc::clone(&time);
        let mut rounds = Vec::new();
        let engine = self.engine();
        let tell =
            |round: tenure_engine::Result<Round>| rounds.push(round.map_err(|error| error.to_string()));
        engine.run(&move || *clock.now.lock().unwrap(), &*time, &schedule, &options, tell).await;
        let sleeps = time.sleeps.lock().unwrap().clone();
        (rounds, sleeps)
    }
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn source_that_tells_what_changed_is_not_listed_again() {
    let stage = Stage::new();
    let (hr, cancel) = (stage.hr.inner.clone(), stage.cancel.clone());
    let (rounds, sleeps) = stage
        .run(move |number, _| {
            match number {
                // Somebody is hired in the tenth minute.
                10 => hr.with_tenant(|tenant| {
                    let hired = worker("w7", "Ida", "Ros", "Sales", "Seller", Some("w1"));
                    *tenant = tenant.clone().with_worker(&hired);
                }),
                20 => cancel.cancel(),
                _ => {}
            }
            Then::Pass
        })
        .await;
    assert!(sleeps.iter().all(|sleep| *sleep == MINUTE), "{sleeps:?}");
    let rounds: Vec<Round> = rounds.into_iter().map(|round| round.unwrap()).collect();
    let kinds: Vec<bool> = rounds.iter().map(|round| round.by_delta).collect();
    assert!(!kinds[0] && kinds[1..].iter().all(|by_delta| *by_delta), "{kinds:?}");
    let hired = rounds.iter().find(|round| round.at == at("2026-03-02") + TimeDelta::minutes(10)).unwrap();
    assert!(
        hired.observed.sources.iter().any(|report| report.by_delta && report.new == 1),
        "{:?}",
        hired.observed
    );
    assert!(stage.company.account("w7").is_some());
    assert_eq!(stage.hr.lists.load(Ordering::SeqCst), 2, "workers and workloads, once");
    assert!(rounds.len() <= 4, "rounds in which nothing happens are not told: {}", rounds.len());
}

#[tokio::test]
async fn it_wakes_for_the_calendar_to_the_second() {
    let stage = Stage::new();
    // The last day is today: the account is closed at midnight in Berlin, eleven hours later.
    stage.hr.inner.with_tenant(|tenant| {
        let mut leaver = worker("w3", "Bo", "Ek", "Sales", "Seller", Some("w1"));
        leaver.end_date = Some("2026-03-02".parse().unwrap());
        *tenant = tenant.clone().with_worker(&leaver);
    });
    let cancel = stage.cancel.clone();
    let mut slept = Duration::ZERO;
    let (rounds, _) = stage
        .run(move |_, sleep| {
            slept += sleep;
            if slept > Duration::from_secs(11 * 3600 + 90) {
                cancel.cancel();
            }
            Then::Pass
        })
        .await;
    let closed = rounds.iter().flatten().find(|round| !round.plan.is_empty() && round.by_delta).unwrap();
    assert_eq!(closed.at, at("2026-03-02T23:00:00Z"));
    let active = stage.company.account("w3").unwrap().attr("active").and_then(|value| value.as_bool());
    assert_eq!(active, Some(false));
}

#[tokio::test]
async fn event_starts_a_round_at_once() {
    let stage = Stage::new();
    let (wake, cancel) = (stage.wake.clone(), stage.cancel.clone());
    let (rounds, sleeps) = stage
        .run(move |number, _| {
            match number {
                1 | 2 => wake.wake(),
                _ => cancel.cancel(),
            }
            Then::Stay
        })
        .await;
    assert_eq!(sleeps.len(), 3);
    assert_eq!(rounds.len(), 3, "the first one and one for each event");
    assert!(rounds.iter().flatten().all(|round| round.at == at("2026-03-02")), "no time has passed");
}

#[tokio::test]
async fn event_of_a_system_that_cannot_tell_what_changed_has_everything_read() {
    let stage = Stage::new();
    let (wake, cancel, lists) = (stage.wake.clone(), stage.cancel.clone(), Arc::clone(&stage.hr.lists));
    let seen: Arc<Mutex<Vec<u64>>> = Arc::default();
    let counts = Arc::clone(&seen);
    let (rounds, _) = stage
        .run(move |number, _| {
            counts.lock().unwrap().push(lists.load(Ordering::SeqCst));
            match number {
                1 => wake.wake(),
                // Whoever wants more is heard, in whatever order.
                2 => {
                    wake.wake_for_everything();
                    wake.wake();
                }
                3 => wake.wake(),
                _ => cancel.cancel(),
            }
            Then::Stay
        })
        .await;
    let by_delta: Vec<bool> = rounds.iter().flatten().map(|round| round.by_delta).collect();
    assert_eq!(by_delta, [false, true, false, true]);
    let lists = seen.lock().unwrap();
    assert!(lists[0] == lists[1] && lists[1] < lists[2] && lists[2] == lists[3], "{lists:?}");
}

#[tokio::test]
async fn cancelling_ends_the_sleep_and_failures_are_tried_again() {
    let stage = Stage::new();
    stage.hr.down.store(1, Ordering::SeqCst);
    let cancel = stage.cancel.clone();
    let (rounds, sleeps) = stage
        .run(move |number, _| match number {
            1 => Then::Pass,
            _ => {
                cancel.cancel();
                Then::Stay
            }
        })
        .await;
    assert_eq!(rounds.iter().map(|round| round.is_ok()).collect::<Vec<_>>(), [false, true]);
    assert_eq!(sleeps[0], MINUTE);
    assert!(stage.company.account("w1").is_some());
}

#[tokio::test]
async fn token_that_is_too_old_leads_to_a_whole_look() {
    let stage = Stage::new();
    let (hr, cancel) = (stage.hr.inner.clone(), stage.cancel.clone());
    stage
        .run(move |number, _| {
            if number == 2 {
                hr.with_tenant(|tenant| {
                    *tenant = tenant.clone().with_worker(&worker("w8", "Jo", "Ost", "Sales", "Seller", None));
                    tenant.forget_history();
                });
            }
            if number == 4 {
                cancel.cancel();
            }
            Then::Pass
        })
        .await;
    assert!(stage.company.account("w8").is_some());
    assert_eq!(stage.hr.lists.load(Ordering::SeqCst), 4, "both classes, twice");
}

#[tokio::test]
async fn one_who_is_deleted_in_a_source_passes_the_same_judgement_as_in_a_whole_look() {
    let stage = Stage::new();
    let (deleted, cancel) = (Arc::clone(&stage.hr.deleted), stage.cancel.clone());
    let (rounds, _) = stage
        .run(move |number, _| {
            if number == 2 {
                // Everyone at once: nobody is believed to have left.
                *deleted.lock().unwrap() = ["e-w1", "e-w2", "e-w3"].map(str::to_owned).to_vec();
            }
            if number == 4 {
                cancel.cancel();
            }
            Then::Pass
        })
        .await;
    let doubts: Vec<String> = rounds.iter().flatten().flat_map(|round| round.observed.refusals()).collect();
    assert!(doubts.iter().any(|doubt| doubt.contains("empty")), "{doubts:?}");
    for who in ["w1", "w2", "w3"] {
        let active = stage.company.account(who).unwrap().attr("active").and_then(|value| value.as_bool());
        assert_eq!(active, Some(true), "{who}");
    }
}

#[tokio::test]
async fn second_engagement_is_joined_with_the_first_by_delta() {
    let stage = Stage::new();
    let (hr, cancel) = (stage.hr.inner.clone(), stage.cancel.clone());
    stage
        .run(move |number, _| {
            if number == 2 {
                hr.with_tenant(|tenant| {
                    let mut second = worker("w3", "Bo", "Ek", "Support", "Agent", Some("w1"));
                    second.engagement_id = "e-second".to_owned();
                    *tenant = tenant.clone().with_worker(&second);
                });
            }
            if number == 4 {
                cancel.cancel();
            }
            Then::Pass
        })
        .await;
    let held = stage.company.held("w3");
    assert!(held.contains(&"role:reader".to_owned()) && held.contains(&"role:agent".to_owned()), "{held:?}");
    assert_eq!(stage.hr.lists.load(Ordering::SeqCst), 2);
}
