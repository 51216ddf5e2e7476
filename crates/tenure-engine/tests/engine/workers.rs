//! A plan that workers carry out through the queues of a store ends where `apply` ends, whatever happens to the workers.

use std::sync::Arc;
use std::time::Duration;

use crate::common::at;
use crate::cut::{CHANGE, loaded, new_worker, recover, state, submit, undisturbed, work_and_die};
use crate::flaky::{Fault, Flaky};
use crate::real::{going, still};
use crate::troubled::{Trouble, Troubled};
use chrono::TimeDelta;
use tenure_connector::Clock;
use tenure_engine::{ApplyOptions, Cancel, EngineError, StepOutcome};
use tenure_store::{CrashAction, CrashPoint, CrashStore, MemoryStore, SqliteStore, Store};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_dies_at_any_write_to_sqlite_is_taken_over_and_nothing_is_done_twice() {
    let expected = undisturbed().await;
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| Arc::new(SqliteStore::open(folder.path().join(name)).unwrap()) as Arc<dyn Store>;
    let first = loaded(open("loaded.db")).await;
    let whole = first.fork(Arc::new(MemoryStore::new()));
    drop(first);
    let mut died = 0;
    for number in 1.. {
        let mut alive = 0;
        for point in [CrashPoint::Before(number), CrashPoint::After(number)] {
            let name = format!("{number}-{}.db", alive + died);
            crate::common::copy_database(folder.path(), "loaded.db", &name);
            let mut company = whole.fork(open(&name));
            let crashing =
                Arc::new(CrashStore::new(Arc::clone(&company.store), Some(point), CrashAction::Fail));
            match work_and_die(&company, &crashing, Arc::new(company.desk.clone())).await {
                true => died += 1,
                false => alive += 1,
            }
            drop(crashing);
            // Another program opens the file.
            company.store = Arc::new(MemoryStore::new());
            company.store = open(&name);
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
