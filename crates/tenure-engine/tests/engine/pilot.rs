//! Who and what a pilot concerns, what it would change, and targets that need others.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::common::{Company, at, id, target, titles};
use crate::troubled::{Trouble, Troubled};
use tenure_engine::{ApplyOptions, Engine, NoticeKind, PlanOptions, StepOutcome, TargetOptions, Verb};

#[tokio::test]
async fn report_of_a_pilot_tells_before_and_after_and_touches_nobody_else() {
    let mut company = Company::new();
    company.settle(at("2026-03-02")).await;
    for who in ["w2", "w3"] {
        company.worker(who).department = Some("Support".to_owned());
        company.worker(who).title = Some("Lead".to_owned());
    }
    let now = at("2026-03-03");
    let engine = company.engine();
    engine.observe(now).await.unwrap();
    let pilot = PlanOptions::default().for_identities([id("w3")]).in_targets([target("desk")]);
    let plan = engine.plan(now, &pilot).await.unwrap();
    let preview = engine.preview(&plan).await.unwrap();
    assert_eq!(preview.len(), 1);
    let words = |held: &BTreeSet<String>| held.iter().cloned().collect::<Vec<_>>();
    assert_eq!((preview[0].identity.as_str(), preview[0].person.as_str()), ("w3", "Bo Ek"));
    assert_eq!(words(&preview[0].before.held), ["role:reader"]);
    assert_eq!(words(&preview[0].after.held), ["group:g-1", "role:lead"]);
    let others = company.held("w2");
    let report = engine.apply(&plan, &ApplyOptions::new(now)).await.unwrap();
    assert!(report.is_success());
    assert_eq!(company.held("w3"), words(&preview[0].after.held), "what was told has come true");
    assert_eq!(company.held("w2"), others);
}

#[tokio::test]
async fn report_of_a_first_load_and_of_a_leaver_tells_of_accounts() {
    let mut company = Company::new();
    let first = company.plan(at("2026-03-02")).await;
    let preview = company.engine().preview(&first).await.unwrap();
    assert_eq!(preview.len(), 6, "three people in two targets");
    assert!(preview.iter().all(|found| found.before.active.is_none() && found.after.active == Some(true)));
    company.settle(at("2026-03-02")).await;
    company.worker("w3").end_date = Some("2026-03-02".parse().unwrap());
    let leaving = company.plan(at("2026-03-03")).await;
    let preview = company.engine().preview(&leaving).await.unwrap();
    assert!(preview.iter().all(|found| found.identity == id("w3") && found.after.active == Some(false)));
    assert!(preview.iter().all(|found| found.after.held.is_empty()));
}

/// The second target makes accounts only for those who have one in the first.
fn depending(company: &Company, desk: Arc<Troubled>) -> Engine {
    Engine::builder(company.compiled(), Arc::clone(&company.store))
        .source("hr", company.options.clone(), company.feed())
        .target(target("desk"), desk)
        .target_with(
            target("erp"),
            TargetOptions::default().after(target("desk")),
            Arc::new(company.erp.clone()),
        )
        .build()
        .unwrap()
}

#[tokio::test]
async fn target_that_needs_another_waits_for_its_accounts() {
    let company = Company::new();
    let desk = Arc::new(Troubled::new(company.desk.clone(), Trouble::InvalidFor("w2".to_owned())));
    let engine = depending(&company, desk.clone());
    let now = at("2026-03-02");
    engine.observe(now).await.unwrap();
    let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
    for step in plan.steps.iter().filter(|step| step.verb == Verb::Create && step.target == target("erp")) {
        let needed = format!("desk/{}/create", step.identity.as_ref().unwrap());
        assert!(step.after.iter().any(|before| before.as_str() == needed), "{:?}", step.after);
    }
    let report = engine.apply(&plan, &ApplyOptions::new(now)).await.unwrap();
    let ended = |step: &str| report.steps.iter().find(|found| found.step.as_str() == step).unwrap().outcome;
    assert_eq!(ended("erp/w1/create"), StepOutcome::Done);
    assert_eq!(ended("erp/w2/create"), StepOutcome::Held);
    // While the first one waits for its retry, the second is not planned either, and the reason is told.
    let soon = at("2026-03-02T12:10:00Z");
    engine.observe(soon).await.unwrap();
    let plan = engine.plan(soon, &PlanOptions::default()).await.unwrap();
    assert_eq!(titles(&plan), Vec::<String>::new());
    let waits = |text: &str| text.contains("waits for the account in desk");
    assert!(
        plan.notices.iter().any(|found| found.kind == NoticeKind::WaitingForTarget && waits(&found.text))
    );
    desk.set(Trouble::None);
    let later = at("2026-03-03");
    engine.observe(later).await.unwrap();
    let plan = engine.plan(later, &PlanOptions::default()).await.unwrap();
    assert!(engine.apply(&plan, &ApplyOptions::new(later)).await.unwrap().is_success());
    assert!(crate::common::account(&company.erp, "w2").is_some());
}

#[tokio::test]
async fn account_that_others_need_is_deleted_last() {
    let mut company = Company::new();
    company.settle(at("2026-03-02")).await;
    company.worker("w3").end_date = Some("2026-03-02".parse().unwrap());
    company.settle(at("2026-03-03")).await;
    let engine = depending(&company, Arc::new(Troubled::new(company.desk.clone(), Trouble::None)));
    let now = at("2026-04-20");
    engine.observe(now).await.unwrap();
    let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
    let at_of = |title: &str| titles(&plan).iter().position(|found| found == title).unwrap();
    assert!(at_of("delete Bo Ek in erp") < at_of("delete Bo Ek in desk"), "{:?}", titles(&plan));
}
