//! A run with a mover, a leaver and joiners, cut off somewhere, and what a restarted program makes of it.
#![allow(dead_code, reason = "each test file uses a part")]

use std::sync::Arc;

use serde_json::{Value, json};
use tenure_engine::{ApplyOptions, Engine, EngineError, PlanOptions};
use tenure_store::{CrashAction, CrashPoint, CrashStore, MemoryStore, Select, Store, StoreError};

use crate::common::{Company, at, users, worker};

pub(crate) const LOAD: &str = "2026-03-02";
pub(crate) const CHANGE: &str = "2026-04-01";

/// A company with one mover, one leaver, one joiner with a report, and one whose engagement ended long ago.
pub(crate) async fn loaded(store: Arc<dyn Store>) -> Company {
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

pub(crate) async fn change(engine: &Engine) -> Result<usize, EngineError> {
    let now = at(CHANGE);
    engine.observe(now).await?;
    let plan = engine.plan(now, &PlanOptions::default()).await?;
    engine.apply(&plan, &ApplyOptions::new(now).concurrency(1)).await?;
    Ok(plan.steps.len())
}

/// What a restarted program does: finish what was left, then carry on until there is nothing to do.
pub(crate) async fn recover(company: &Company) {
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
pub(crate) async fn state(company: &Company) -> Value {
    let mut targets = Vec::new();
    let mut names = Vec::new();
    for (target, connector) in [("desk", &company.desk), ("erp", &company.erp)] {
        let found = users(connector);
        let who = |id: &str| {
            let user = found.iter().find(|user| user.id() == Some(id));
            user.and_then(|user| user.external_id()).unwrap_or(id).to_owned()
        };
        let mut people: Vec<String> = found
            .iter()
            .map(|user| {
                let mut user = user.to_json();
                user.as_object_mut().unwrap().remove("meta");
                user["id"] = json!(who(user["id"].as_str().unwrap()));
                let manager = "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/manager/value";
                if let Some(manager) = user.pointer_mut(manager) {
                    *manager = json!(who(manager.as_str().unwrap()));
                }
                user.to_string()
            })
            .collect();
        people.sort();
        let mut grants: Vec<String> = connector
            .with_tenant(|tenant| tenant.grants())
            .into_iter()
            .map(|grant| format!("{} {}", who(&grant.principal), grant.entitlement))
            .collect();
        grants.sort();
        let writes = connector.with_tenant(|tenant| tenant.writes());
        targets.push(json!({"users": people, "grants": grants, "writes": writes}));
        let of_target = Select::Target(target.to_owned());
        for mut link in company.store.links(&of_target).await.unwrap() {
            link.account = who(&link.account);
            names.push(json!(link).to_string());
        }
        for mut held in company.store.held(&of_target).await.unwrap() {
            held.account = who(&held.account);
            names.push(json!(held).to_string());
        }
    }
    // Which account came first is not the same in two runs.
    names.sort();
    let links = names;
    let names = company.store.names(&Select::All).await.unwrap();
    let waiting = company.store.values("waiting/").await.unwrap();
    let retries = company.store.values("retry/").await.unwrap();
    assert!(company.store.unfinished_plans().await.unwrap().is_empty());
    company.engine().audit().verify(None).await.unwrap();
    json!({"targets": targets, "links and held": links, "names": names, "waiting": waiting, "retries": retries})
}

pub(crate) async fn undisturbed() -> (Value, u64) {
    let company = loaded(Arc::new(MemoryStore::new())).await;
    let counted = Arc::new(CrashStore::new(Arc::clone(&company.store), None, CrashAction::Fail));
    let engine = company.engine_with(Arc::new(company.desk.clone()), counted.clone());
    assert!(change(&engine).await.unwrap() > 10);
    let commits = counted.commits();
    assert_eq!(change(&engine).await.unwrap(), 0);
    (state(&company).await, commits)
}

pub(crate) async fn crash_at(company: Company, point: CrashPoint) -> Value {
    let crashing = Arc::new(CrashStore::new(Arc::clone(&company.store), Some(point), CrashAction::Fail));
    let engine = company.engine_with(Arc::new(company.desk.clone()), crashing.clone());
    let error = change(&engine).await.unwrap_err();
    assert!(matches!(error, EngineError::Store(StoreError::Crashed)), "{error:?}");
    recover(&company).await;
    state(&company).await
}
