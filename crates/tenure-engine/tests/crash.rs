//! A run that is cut off at any write to the store and at any call of a target ends in the state of an undisturbed run,
//! with the same number of effects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;
mod flaky;

use std::path::Path;
use std::sync::Arc;

use common::{Company, at, users, worker};
use flaky::{Fault, Flaky};
use serde_json::{Value, json};
use tenure_connector::Connector;
use tenure_engine::{ApplyOptions, Engine, EngineError, PlanOptions};
use tenure_store::{
    CrashAction, CrashPoint, CrashStore, MemoryStore, Select, SqliteStore, Store, StoreError,
};

const LOAD: &str = "2026-03-02";
const CHANGE: &str = "2026-04-01";

/// A company with one mover, one leaver, one joiner with a report, and one whose engagement ended long ago.
async fn loaded(store: Arc<dyn Store>) -> Company {
    let mut company = Company::over(store);
    company.workers.push(worker("w5", "Ida", "Dahl", "Sales", "Seller", Some("w1")));
    company.worker("w5").end_date = Some("2026-03-02".parse().unwrap());
    company.cycle(at(LOAD)).await;
    company.worker("w2").department = Some("Sales".to_owned());
    company.worker("w2").title = Some("Seller".to_owned());
    company.worker("w2").manager_id = Some("w6".to_owned());
    company.worker("w3").end_date = Some("2026-03-31".parse().unwrap());
    company.workers.push(worker("w6", "Uma", "Ros", "Sales", "Seller", Some("w1")));
    company
}

async fn change(engine: &Engine) -> Result<usize, EngineError> {
    let now = at(CHANGE);
    engine.observe(now).await?;
    let plan = engine.plan(now, &PlanOptions::default()).await?;
    engine.apply(&plan, &ApplyOptions::new(now).concurrency(1)).await?;
    Ok(plan.steps.len())
}

/// What a restarted program does: finish what was left, then carry on until there is nothing to do.
async fn recover(company: &Company) {
    let engine = company.engine();
    engine.resume(&ApplyOptions::new(at(CHANGE)).concurrency(1)).await.unwrap();
    for _ in 0..4 {
        if change(&engine).await.unwrap() == 0 {
            return;
        }
    }
    panic!("the run does not come to rest");
}

/// Everything that counts: accounts and grants in both targets, how often they were written, and what the store holds.
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
        let grants: Vec<String> = connector
            .with_tenant(|tenant| tenant.grants())
            .into_iter()
            .map(|grant| format!("{} {}", grant.principal, grant.entitlement))
            .collect();
        let writes = connector.with_tenant(|tenant| tenant.writes());
        targets.push(json!({"users": users, "grants": grants, "writes": writes}));
    }
    let links = company.store.links(&Select::All).await.unwrap();
    let held: Vec<_> = company.store.held(&Select::All).await.unwrap();
    let names = company.store.names(&Select::All).await.unwrap();
    let waiting = company.store.values("waiting/").await.unwrap();
    let retries = company.store.values("retry/").await.unwrap();
    assert!(company.store.unfinished_plans().await.unwrap().is_empty());
    company.engine().audit().verify(None).await.unwrap();
    json!({"targets": targets, "links": links, "held": held, "names": names, "waiting": waiting, "retries": retries})
}

async fn undisturbed() -> (Value, u64) {
    let company = loaded(Arc::new(MemoryStore::new())).await;
    let counted = Arc::new(CrashStore::new(Arc::clone(&company.store), None, CrashAction::Fail));
    let engine = company.engine_with(Arc::new(company.desk.clone()), counted.clone());
    assert!(change(&engine).await.unwrap() > 10);
    let commits = counted.commits();
    assert_eq!(change(&engine).await.unwrap(), 0);
    (state(&company).await, commits)
}

async fn crash_at(company: Company, point: CrashPoint) -> Value {
    let crashing = Arc::new(CrashStore::new(Arc::clone(&company.store), Some(point), CrashAction::Fail));
    let engine = company.engine_with(Arc::new(company.desk.clone()), crashing.clone());
    let error = change(&engine).await.unwrap_err();
    assert!(matches!(error, EngineError::Store(StoreError::Crashed)), "{error:?}");
    recover(&company).await;
    state(&company).await
}

#[tokio::test]
async fn crash_at_every_write_to_the_store_loses_and_doubles_nothing() {
    let (expected, commits) = undisturbed().await;
    assert!(commits > 30, "{commits}");
    let store = Arc::new(MemoryStore::new());
    let company = loaded(store.clone()).await;
    for number in 1..=commits {
        for point in [CrashPoint::Before(number), CrashPoint::After(number)] {
            let found = crash_at(company.fork(Arc::new(store.fork())), point).await;
            assert_eq!(found, expected, "{point:?}");
        }
    }
}

fn sqlite(path: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(path).unwrap())
}

#[tokio::test]
async fn crash_at_every_write_to_sqlite_loses_and_doubles_nothing() {
    let (expected, commits) = undisturbed().await;
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("loaded.db");
    let loaded = loaded(sqlite(&first)).await;
    let whole = loaded.fork(Arc::new(MemoryStore::new()));
    drop(loaded);
    for number in 1..=commits {
        let path = folder.path().join(format!("{number}.db"));
        // The first store is closed, so its file is whole.
        std::fs::copy(&first, &path).unwrap();
        let point = if number % 2 == 0 { CrashPoint::Before(number) } else { CrashPoint::After(number) };
        let mut company = whole.fork(sqlite(&path));
        let crashing = Arc::new(CrashStore::new(Arc::clone(&company.store), Some(point), CrashAction::Fail));
        let engine = company.engine_with(Arc::new(company.desk.clone()), crashing.clone());
        change(&engine).await.unwrap_err();
        drop((engine, crashing));
        // The program starts again and opens its file.
        company.store = Arc::new(MemoryStore::new());
        company.store = sqlite(&path);
        recover(&company).await;
        assert_eq!(state(&company).await, expected, "{point:?}");
    }
}

#[tokio::test]
async fn crash_at_every_call_of_a_target_loses_and_doubles_nothing() {
    let (expected, _) = undisturbed().await;
    let mut calls = 0;
    let store = Arc::new(MemoryStore::new());
    let whole = loaded(store.clone()).await;
    for number in 1.. {
        let mut reached = false;
        for fault in [Fault::CrashBefore(number), Fault::CrashAfter(number)] {
            let company = whole.fork(Arc::new(store.fork()));
            let crashing = Arc::new(CrashStore::new(Arc::clone(&company.store), None, CrashAction::Fail));
            let desk = Arc::new(Flaky::new(company.desk.clone(), fault).killing(crashing.clone()));
            let engine = company.engine_with(desk.clone() as Arc<dyn Connector>, crashing.clone());
            match change(&engine).await {
                Ok(_) => assert!(!crashing.crashed()),
                Err(_) => reached = true,
            }
            recover(&company).await;
            assert_eq!(state(&company).await, expected, "{fault:?}");
        }
        if !reached {
            break;
        }
        calls = number;
    }
    assert!(calls > 5, "{calls}");
}

#[tokio::test]
async fn lost_answers_are_read_back_and_nothing_is_done_twice() {
    let (expected, _) = undisturbed().await;
    for fault in [Fault::LoseAnswer(2), Fault::LoseAnswer(3), Fault::LoseRequest(2)] {
        let company = loaded(Arc::new(MemoryStore::new())).await;
        let desk = Arc::new(Flaky::new(company.desk.clone(), fault));
        let engine = company.engine_with(desk.clone() as Arc<dyn Connector>, Arc::clone(&company.store));
        change(&engine).await.unwrap();
        assert!(desk.faults() > 0);
        recover(&company).await;
        assert_eq!(state(&company).await, expected, "{fault:?}");
    }
}
