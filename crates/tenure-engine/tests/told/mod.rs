//! What a store has to tell: who had what when, as known when, and who approved which plan.
#![allow(dead_code, reason = "each test file uses a part")]

use std::sync::Arc;

use tenure_engine::{ApplyOptions, Approval, EngineError};
use tenure_store::{AsOf, Store};

use crate::common::{Company, at, id};

pub(crate) async fn history(store: Arc<dyn Store>) {
    let mut company = Company::over(store);
    company.settle(at("2026-03-02")).await;
    company.worker("w2").department = Some("Sales".to_owned());
    company.worker("w2").title = Some("Seller".to_owned());
    company.settle(at("2026-03-10")).await;
    let engine = company.engine();
    let on = |moment: &str| AsOf::at(at(moment));
    let names = |found: Vec<tenure_engine::Access>| -> Vec<String> {
        found.iter().map(|access| access.entitlement.to_string()).collect()
    };
    let before = names(engine.access_as_of(&id("w2"), &on("2026-03-05")).await.unwrap());
    let after = names(engine.access_as_of(&id("w2"), &on("2026-03-11")).await.unwrap());
    assert!(before.contains(&"desk/role:agent".to_owned()), "{before:?}");
    assert!(after.contains(&"desk/role:reader".to_owned()) && !after.contains(&"desk/role:agent".to_owned()));
    let known_then = AsOf { effective: at("2026-03-11"), known: at("2026-03-05") };
    assert_eq!(names(engine.access_as_of(&id("w2"), &known_then).await.unwrap()), before);
}

pub(crate) async fn approvals(store: Arc<dyn Store>) {
    let mut company = Company::over(store);
    let guard = "    guard: { disable: { max: 0 } }\n    seat: {";
    company.policy = company.policy.replace("    seat: {", guard);
    company.settle(at("2026-03-02")).await;
    company.worker("w3").end_date = Some("2026-03-02".parse().unwrap());
    let plan = company.plan(at("2026-03-03")).await;
    let engine = company.engine();
    let options = ApplyOptions::new(at("2026-03-03"));
    let refused = |found: &Result<_, EngineError>| matches!(found, Err(EngineError::GuardsTripped { .. }));
    assert!(refused(&engine.apply(&plan, &options).await.map(drop)));
    // Approving is not overriding, and an override of another plan is none of this one.
    let until = at("2026-03-04");
    engine.approve(&plan, Approval::new("mara", "looks right", until), at("2026-03-03")).await.unwrap();
    let mut other = plan.clone();
    other.steps.pop();
    engine
        .approve(&other, Approval::new("mara", "this one", until).overriding_guards(), at("2026-03-03"))
        .await
        .unwrap();
    assert!(refused(&engine.apply(&plan, &options).await.map(drop)));
    let brief = Approval::new("mara", "quickly", at("2026-03-03T12:30:00Z")).overriding_guards();
    engine.approve(&plan, brief, at("2026-03-03")).await.unwrap();
    let late = ApplyOptions::new(at("2026-03-03T12:31:00Z"));
    assert!(refused(&engine.apply(&plan, &late).await.map(drop)), "it has lapsed");
    let report = engine.apply(&plan, &options).await.unwrap();
    assert!(report.is_success());
    let approvals = engine.store().approvals(&plan.hash()).await.unwrap();
    let told: Vec<(&str, &str)> =
        approvals.iter().map(|approval| (approval.by.as_str(), approval.reason.as_str())).collect();
    assert_eq!(told, [("mara", "looks right"), ("mara", "quickly")]);
}
