//! A plan that workers carry out, cut off at any moment.
#![allow(dead_code, reason = "each test file uses a part")]

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::Value;
use tenure_connector::{Clock, Connector};
use tenure_engine::{ApplyOptions, Engine, EngineError, PlanOptions, QueueWorker, WorkerOptions};
use tenure_store::{CrashStore, MemoryStore, Store, StoreError};

use crate::common::{Company, at, worker};
use crate::mixed;
use crate::real::{Real, still};

pub(crate) const LOAD: &str = "2026-03-02";
pub(crate) const CHANGE: &str = "2026-04-01";

/// A company with a mover, a leaver and a joiner.
pub(crate) async fn loaded(store: Arc<dyn Store>) -> Company {
    let mut company = Company::over(store);
    company.cycle(at(LOAD)).await;
    company.worker("w2").department = Some("Sales".to_owned());
    company.worker("w2").title = Some("Seller".to_owned());
    company.worker("w2").manager_id = Some("w6".to_owned());
    company.worker("w3").end_date = Some("2026-03-31".parse().unwrap());
    company.workers.push(worker("w6", "Uma", "Ros", "Sales", "Seller", Some("w1")));
    company
}

pub(crate) fn quick() -> WorkerOptions {
    WorkerOptions::default().batch(8).idle(Duration::from_millis(2)).lease(crate::LEASE)
}

pub(crate) fn new_worker<'a>(engine: &'a Engine, clock: Clock) -> QueueWorker<'a> {
    QueueWorker::new(engine, clock, Real::timer()).options(quick()).concurrency(1)
}

pub(crate) async fn submit(engine: &Engine) -> Result<usize, EngineError> {
    let now = at(CHANGE);
    engine.observe(now).await?;
    let plan = engine.plan(now, &PlanOptions::default()).await?;
    if !plan.is_empty() {
        engine.submit(&plan, &ApplyOptions::new(now).observe_again(false)).await?;
    }
    Ok(plan.steps.len())
}

/// As [`mixed::state`]. What the second worker wrote has a later time, which is set back.
pub(crate) async fn state(company: &Company) -> Value {
    let found = mixed::state(company).await;
    serde_json::from_str(&found.to_string().replace("T12:02:00Z", "T12:00:00Z")).unwrap()
}

pub(crate) async fn undisturbed() -> Value {
    let company = loaded(Arc::new(MemoryStore::new())).await;
    let engine = company.engine();
    let now = at(CHANGE);
    engine.observe(now).await.unwrap();
    let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
    assert!(engine.apply(&plan, &ApplyOptions::new(now).concurrency(1)).await.unwrap().is_success());
    state(&company).await
}

/// What another worker does, whose clock is past the lease of the dead one.
pub(crate) async fn recover(company: &Company) {
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

/// Submits and works over a store that dies at a commit. Whether it died.
pub(crate) async fn work_and_die(
    company: &Company,
    crashing: &Arc<CrashStore>,
    desk: Arc<dyn Connector>,
) -> bool {
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
