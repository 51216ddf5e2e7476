//! What becomes of a write of which nobody knows whether it arrived.

use std::sync::Arc;

use crate::common::{Company, at, titles, users, worker};
use crate::flaky::{Fault, Flaky};
use tenure_connector::{Connector, ObjectClass, Operation};
use tenure_engine::{ApplyOptions, Engine, PlanOptions, RunReport, StepOutcome, StepResult};
use tenure_scim::Resource;
use tenure_store::{CrashAction, CrashStore, Select};

const LOAD: &str = "2026-03-02";
const CHANGE: &str = "2026-04-01";

/// The program dies at a write to the desk. Returns the way to the desk and the program that was started again.
async fn died(company: &Company, fault: Fault, now: &str) -> (Arc<Flaky>, Engine) {
    let store = Arc::new(CrashStore::new(Arc::clone(&company.store), None, CrashAction::Fail));
    let desk = Arc::new(Flaky::new(company.desk.clone(), fault).killing(store.clone()));
    let engine = company.engine_with(desk.clone() as Arc<dyn Connector>, store);
    engine.observe(at(now)).await.unwrap();
    let plan = engine.plan(at(now), &PlanOptions::default()).await.unwrap();
    engine.apply(&plan, &ApplyOptions::new(at(now)).concurrency(1)).await.unwrap_err();
    desk.revive();
    (desk.clone(), company.engine_with(desk, Arc::clone(&company.store)))
}

async fn resume(engine: &Engine, now: &str) -> RunReport {
    let mut reports = engine.resume(&ApplyOptions::new(at(now)).concurrency(1)).await.unwrap();
    assert_eq!(reports.len(), 1);
    reports.remove(0)
}

fn step<'a>(report: &'a RunReport, title: &str) -> &'a StepResult {
    report.steps.iter().find(|step| step.title == title).unwrap()
}

#[tokio::test]
async fn what_was_done_before_the_crash_is_not_sent_again() {
    let company = Company::new();
    let (desk, engine) = died(&company, Fault::CrashBefore(5), LOAD).await;
    let report = resume(&engine, LOAD).await;
    assert!(report.is_success(), "{report:#?}");
    let steps = report.steps.iter().filter(|step| step.step.as_str().starts_with("desk/")).count() as u64;
    assert_eq!(desk.calls(), steps + 1, "only the write that was lost is sent twice");
}

#[tokio::test]
async fn create_that_arrives_late_is_the_account_that_was_asked_for() {
    let company = Company::new();
    let (_, engine) = died(&company, Fault::CrashAmid(1), LOAD).await;
    assert_eq!(users(&company.desk).len(), 0);
    let report = resume(&engine, LOAD).await;
    assert!(report.is_success(), "{:#?}", report.problems().collect::<Vec<_>>());
    assert_eq!(step(&report, "create Mara Lind in desk").outcome, StepOutcome::Already);
    assert_eq!(users(&company.desk).len(), 3);
    assert_eq!(company.held("w1"), ["group:g-1", "role:lead"]);
    assert_eq!(titles(&company.plan(at(LOAD)).await), Vec::<String>::new());
}

#[tokio::test]
async fn account_of_somebody_else_with_the_same_name_is_not_taken() {
    for (external, before) in [(Some("x9"), false), (None, false), (Some("x9"), true), (None, true)] {
        let company = Company::new();
        let (desk, engine) = died(&company, Fault::CrashAmid(1), LOAD).await;
        let Some(Operation::Create { resource, .. }) = desk.hold_up() else { panic!() };
        let name = resource.text("userName").unwrap();
        if before {
            crate::common::seed_user(&company.desk, name, external);
        } else {
            let mut other = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User");
            other = other.with("userName", name).unwrap();
            if let Some(external) = external {
                other = other.with("externalId", external).unwrap();
            }
            desk.send(Operation::Create { class: ObjectClass::USER, resource: other });
        }
        let report = resume(&engine, LOAD).await;
        let create = step(&report, "create Mara Lind in desk");
        assert_eq!(create.outcome, StepOutcome::Retry, "{external:?} {before} {create:?}");
        let links = company.store.links(&Select::Identity("w1".to_owned())).await.unwrap();
        assert!(links.iter().all(|link| link.target != "desk"), "{external:?} {before} {links:#?}");
    }
}

#[tokio::test]
async fn account_that_may_be_that_of_two_people_is_not_taken_for_what_one_asked_for() {
    let mut company = Company::new();
    company.policy =
        company.policy.replacen("displayName, confidence: 0.6", "displayName, confidence: 1.0", 1);
    company.workers.push(worker("w5", "Carl", "Dahl", "Sales", "Seller", Some("w1")));
    company.settle(at(LOAD)).await;
    company.workers.push(worker("w4", "Carl", "Dahl", "Sales", "Seller", Some("w1")));
    let (desk, engine) = died(&company, Fault::CrashAmid(1), CHANGE).await;
    let Some(Operation::Create { mut resource, .. }) = desk.hold_up() else { panic!() };
    // The namesake's second account: it has the name, and says no more.
    resource.remove(&tenure_scim::AttrPath::parse("externalId").unwrap());
    company.desk.with_tenant(|tenant| tenant.seed(&ObjectClass::USER, resource));
    let report = resume(&engine, CHANGE).await;
    assert_eq!(step(&report, "create Carl Dahl in desk").outcome, StepOutcome::Retry, "{report:#?}");
    let links = company.store.links(&Select::Identity("w4".to_owned())).await.unwrap();
    assert!(links.iter().all(|link| link.target != "desk"), "{links:#?}");
}

#[tokio::test]
async fn update_that_took_effect_is_not_taken_for_a_change_by_another() {
    for fault in [Fault::CrashAmid(1), Fault::CrashAfter(1)] {
        let mut company = Company::new();
        company.settle(at(LOAD)).await;
        company.worker("w3").title = Some("Closer".to_owned());
        let (_, engine) = died(&company, fault, CHANGE).await;
        let report = resume(&engine, CHANGE).await;
        let titles: Vec<&str> = report.steps.iter().map(|step| step.title.as_str()).collect();
        assert_eq!(titles, ["update title of Bo Ek in desk"]);
        assert_eq!(report.steps[0].outcome, StepOutcome::Already, "{fault:?} {report:#?}");
        assert_eq!(company.account("w3").unwrap().text("title"), Some("Closer"));
        assert_eq!(company.store.values("retry/").await.unwrap().len(), 0);
    }
}

#[tokio::test]
async fn update_that_another_overtook_is_tried_again() {
    let mut company = Company::new();
    company.settle(at(LOAD)).await;
    company.worker("w3").title = Some("Closer".to_owned());
    let (desk, engine) = died(&company, Fault::CrashAmid(1), CHANGE).await;
    let Some(Operation::Update { object, .. }) = desk.hold_up() else { panic!() };
    let title = tenure_scim::AttrPath::parse("title").unwrap();
    let patch = tenure_scim::Patch::default().replace(title, "Buyer");
    desk.send(Operation::Update { object, patch });
    let report = resume(&engine, CHANGE).await;
    assert_eq!(report.steps[0].outcome, StepOutcome::Retry, "{report:#?}");
    assert_eq!(company.account("w3").unwrap().text("title"), Some("Buyer"));
    company.settle(at(CHANGE)).await;
    assert_eq!(company.account("w3").unwrap().text("title"), Some("Closer"));
}
