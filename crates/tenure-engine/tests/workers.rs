//! A plan that workers carry out through the queues of a store ends where `apply` ends, whatever happens to the workers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod common;
mod flaky;
mod real;
mod troubled;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use common::{Company, at, users, worker};
use flaky::{Fault, Flaky};
use real::{Real, going, still};
use serde_json::{Value, json};
use tenure_connector::{Clock, Connector};
use tenure_engine::{
    ApplyOptions, Cancel, Engine, EngineError, PlanOptions, QueueWorker, StepOutcome, WorkerOptions,
};
use tenure_store::{
    CrashAction, CrashPoint, CrashStore, MemoryStore, Select, SqliteStore, Store, StoreError,
};
use troubled::{Trouble, Troubled};

const LOAD: &str = "2026-03-02";
const CHANGE: &str = "2026-04-01";

/// A company with a mover, a leaver and a joiner.
async fn loaded(store: Arc<dyn Store>) -> Company {
    let mut company = Company::over(store);
    company.cycle(at(LOAD)).await;
    company.worker("w2").department = Some("Sales".to_owned());
    company.worker("w2").title = Some("Seller".to_owned());
    company.worker("w2").manager_id = Some("w6".to_owned());
    company.worker("w3").end_date = Some("2026-03-31".parse().unwrap());
    company.workers.push(worker("w6", "Uma", "Ros", "Sales", "Seller", Some("w1")));
    company
}

fn quick() -> WorkerOptions {
    WorkerOptions::default().batch(8).idle(Duration::from_millis(2))
}

fn new_worker<'a>(engine: &'a Engine, clock: Clock) -> QueueWorker<'a> {
    QueueWorker::new(engine, clock, Real::timer()).options(quick()).concurrency(1)
}

async fn submit(engine: &Engine) -> Result<usize, EngineError> {
    let now = at(CHANGE);
    engine.observe(now).await?;
    let plan = engine.plan(now, &PlanOptions::default()).await?;
    if !plan.is_empty() {
        engine.submit(&plan, &ApplyOptions::new(now).observe_again(false)).await?;
    }
    Ok(plan.steps.len())
}

/// What counts: accounts and grants in both targets, how often they were written, and what the store holds. What the
/// second worker wrote has a later time, which is set back.
async fn state(company: &Company) -> Value {
    let mut targets = Vec::new();
    for connector in [&company.desk, &company.erp] {
        let users: Vec<Value> = users(connector)
            .into_iter()
            .map(|user| {
                let mut user = user.to_json();
                user.as_object_mut().unwrap().remove("meta");
                user
            })
            .collect();
        let (grants, writes) = connector.with_tenant(|tenant| (tenant.grants(), tenant.writes()));
        let grants: Vec<String> =
            grants.into_iter().map(|grant| format!("{} {}", grant.principal, grant.entitlement)).collect();
        targets.push(json!({"users": users, "grants": grants, "writes": writes}));
    }
    let links = company.store.links(&Select::All).await.unwrap();
    let held = company.store.held(&Select::All).await.unwrap();
    let names = company.store.names(&Select::All).await.unwrap();
    let waiting = company.store.values("waiting/").await.unwrap();
    let retries = company.store.values("retry/").await.unwrap();
    assert!(company.store.unfinished_plans().await.unwrap().is_empty());
    company.engine().audit().verify(None).await.unwrap();
    let found = json!({"targets": targets, "links": links, "held": held, "names": names, "waiting": waiting, "retries": retries});
    serde_json::from_str(&found.to_string().replace("T12:02:00Z", "T12:00:00Z")).unwrap()
}

async fn undisturbed() -> Value {
    let company = loaded(Arc::new(MemoryStore::new())).await;
    let engine = company.engine();
    let now = at(CHANGE);
    engine.observe(now).await.unwrap();
    let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
    assert!(engine.apply(&plan, &ApplyOptions::new(now).concurrency(1)).await.unwrap().is_success());
    state(&company).await
}

/// What another worker does, whose clock is past the lease of the dead one.
async fn recover(company: &Company) {
    let engine = company.engine();
    engine.resume(&ApplyOptions::new(at(CHANGE)).concurrency(1)).await.unwrap();
    let clock = still(at(CHANGE) + TimeDelta::minutes(2));
    for _ in 0..4 {
        new_worker(&engine, Arc::clone(&clock)).drain().await.unwrap();
        if submit(&engine).await.unwrap() == 0 {
            return;
        }
    }
    panic!("it does not come to rest");
}

#[tokio::test]
async fn workers_end_where_apply_ends() {
    let expected = undisturbed().await;
    let company = loaded(Arc::new(MemoryStore::new())).await;
    let engine = company.engine();
    let steps = submit(&engine).await.unwrap();
    let plan = company.store.unfinished_plans().await.unwrap().remove(0).hash;
    // It is the workers' now.
    assert!(engine.resume(&ApplyOptions::new(at(CHANGE))).await.unwrap().is_empty());
    assert!(matches!(submit(&engine).await, Err(EngineError::Unfinished { .. })));
    let first = new_worker(&engine, still(at(CHANGE)));
    let second = new_worker(&engine, still(at(CHANGE)));
    let (first, second) = tokio::join!(first.drain(), second.drain());
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!((first.ended + second.ended, first.lost + second.lost), (steps as u64, 0));
    let report = engine.submitted_report(&plan).await.unwrap().unwrap();
    assert!(report.is_success(), "{:#?}", report.problems().collect::<Vec<_>>());
    assert_eq!(engine.submitted(&plan).await.unwrap().ended, steps as u64);
    assert_eq!(state(&company).await, expected);
    assert_eq!(submit(&engine).await.unwrap(), 0, "there is nothing left to do");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_workers_on_sqlite_end_where_apply_ends() {
    let expected = undisturbed().await;
    let folder = tempfile::tempdir().unwrap();
    let company = loaded(Arc::new(SqliteStore::open(folder.path().join("t.db")).unwrap())).await;
    let engine = Arc::new(company.engine());
    submit(&engine).await.unwrap();
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let engine = Arc::clone(&engine);
            tokio::spawn(async move { new_worker(&engine, still(at(CHANGE))).drain().await.unwrap() })
        })
        .collect();
    for worker in workers {
        assert_eq!(worker.await.unwrap().lost, 0);
    }
    assert_eq!(state(&company).await, expected);
}

/// Submits and works over a store that dies at a commit. Whether it died.
async fn work_and_die(company: &Company, crashing: &Arc<CrashStore>, desk: Arc<dyn Connector>) -> bool {
    let engine = company.engine_with(desk, crashing.clone());
    match submit(&engine).await {
        Ok(_) => {}
        Err(EngineError::Store(StoreError::Crashed)) => return true,
        Err(other) => panic!("{other}"),
    }
    let worker = new_worker(&engine, still(at(CHANGE)));
    let dead = async {
        while !crashing.crashed() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        () = dead => true,
        report = worker.drain() => {
            report.unwrap();
            false
        }
    }
}

#[tokio::test]
async fn a_worker_that_dies_at_any_write_to_the_store_is_taken_over_and_nothing_is_done_twice() {
    let expected = undisturbed().await;
    let store = Arc::new(MemoryStore::new());
    let company = loaded(store.clone()).await;
    let mut died = 0;
    for number in 1.. {
        let mut alive = 0;
        for point in [CrashPoint::Before(number), CrashPoint::After(number)] {
            let company = company.fork(Arc::new(store.fork()));
            let crashing =
                Arc::new(CrashStore::new(Arc::clone(&company.store), Some(point), CrashAction::Fail));
            match work_and_die(&company, &crashing, Arc::new(company.desk.clone())).await {
                true => died += 1,
                false => alive += 1,
            }
            recover(&company).await;
            assert_eq!(state(&company).await, expected, "{point:?}");
        }
        if alive == 2 {
            break;
        }
    }
    assert!(died > 60, "{died}");
}

#[tokio::test]
async fn a_worker_that_dies_at_any_call_of_a_target_is_taken_over_and_nothing_is_done_twice() {
    let expected = undisturbed().await;
    let store = Arc::new(MemoryStore::new());
    let whole = loaded(store.clone()).await;
    let mut died = 0;
    for number in 1.. {
        let mut alive = 0;
        for fault in [Fault::CrashBefore(number), Fault::CrashAfter(number)] {
            let company = whole.fork(Arc::new(store.fork()));
            let crashing = Arc::new(CrashStore::new(Arc::clone(&company.store), None, CrashAction::Fail));
            let desk = Arc::new(Flaky::new(company.desk.clone(), fault).killing(crashing.clone()));
            match work_and_die(&company, &crashing, desk).await {
                true => died += 1,
                false => alive += 1,
            }
            recover(&company).await;
            assert_eq!(state(&company).await, expected, "{fault:?}");
        }
        if alive == 2 {
            break;
        }
    }
    assert!(died > 10, "{died}");
}

#[tokio::test]
async fn a_failed_step_comes_again_from_its_queue_with_its_attempts_counted() {
    let company = loaded(Arc::new(MemoryStore::new())).await;
    let desk = Arc::new(Troubled::new(company.desk.clone(), Trouble::UnavailableFor("reader".to_owned())));
    let engine = company.engine_with(desk.clone(), Arc::clone(&company.store));
    submit(&engine).await.unwrap();
    let plan = company.store.unfinished_plans().await.unwrap().remove(0).hash;
    // Each look at the clock is a minute later.
    let ticks = std::sync::atomic::AtomicI64::new(0);
    let clock: Clock = Arc::new(move || {
        at(CHANGE) + TimeDelta::seconds(ticks.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
    });
    let worker = new_worker(&engine, Arc::clone(&clock));
    let help = async {
        while company.store.values("retry/").await.unwrap().is_empty() || desk.writes() < 3 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        desk.set(Trouble::None);
    };
    let both = async { tokio::join!(worker.drain(), help).0.unwrap() };
    let Ok(report) = tokio::time::timeout(Duration::from_secs(20), both).await else {
        panic!(
            "{:?} {:#?} {:#?}",
            engine.submitted(&plan).await,
            company.store.values("retry/").await,
            company.store.journal(&plan).await.unwrap().iter().rev().take(8).collect::<Vec<_>>()
        );
    };
    assert_eq!(report.lost, 0);
    let report = engine.submitted_report(&plan).await.unwrap().unwrap();
    let created =
        report.steps.iter().find(|step| step.title.contains("grant role:reader to Uma Ros in desk")).unwrap();
    assert_eq!(created.outcome, StepOutcome::Done);
    let lines = company.store.journal(&plan).await.unwrap();
    let tries = lines.iter().filter(|line| line.step == created.step.as_str());
    let attempts: Vec<u32> = tries.map(|line| line.attempt).collect();
    assert!(attempts.len() > 2 && attempts.is_sorted(), "{attempts:?}");
    assert!(company.store.values("retry/").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_cancelled_worker_gives_back_what_it_took() {
    let company = loaded(Arc::new(MemoryStore::new())).await;
    let engine = company.engine();
    let steps = submit(&engine).await.unwrap();
    let plan = company.store.unfinished_plans().await.unwrap().remove(0).hash;
    let cancel = Cancel::new();
    let stop = cancel.clone();
    let worker = new_worker(&engine, going(at(CHANGE))).cancel(cancel).on_progress(move |_| stop.cancel());
    worker.run().await.unwrap();
    let count = engine.submitted(&plan).await.unwrap();
    assert!(count.left() > 0 && count.ended > 0, "{count:?}");
    // Another one gets it at once, without waiting for a lease.
    let worker = new_worker(&engine, going(at(CHANGE) + TimeDelta::seconds(1)));
    tokio::time::timeout(Duration::from_secs(20), worker.drain()).await.unwrap().unwrap();
    assert_eq!(engine.submitted(&plan).await.unwrap().ended, steps as u64);
}

#[tokio::test]
async fn steps_of_a_plan_that_was_overtaken_are_not_begun() {
    let company = loaded(Arc::new(MemoryStore::new())).await;
    let engine = company.engine();
    submit(&engine).await.unwrap();
    let plan = company.store.unfinished_plans().await.unwrap().remove(0).hash;
    let before = company.desk.with_tenant(|tenant| tenant.writes());
    new_worker(&engine, still(at("2027-04-01"))).drain().await.unwrap();
    let report = engine.submitted_report(&plan).await.unwrap().unwrap();
    assert_eq!(report.count(StepOutcome::Held), report.steps.len());
    assert_eq!(company.desk.with_tenant(|tenant| tenant.writes()), before);
}
