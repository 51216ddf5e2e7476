//! Who is looked at when only those are whose answer can have changed.

use crate::common::{Company, at, id, seed_user, titles};
use tenure_connector::record::WorkloadRecord;
use tenure_connector::{ObjectClass, ObjectRef, Operation, WriteRequest};
use tenure_engine::{ApplyOptions, Disposed, Disposition, Plan, PlanOptions};
use tenure_policy::{EntitlementKey, Grant, GrantSource};

async fn settled() -> Company {
    let company = Company::new();
    company.settle(at("2026-03-02")).await;
    let quiet = due(&company, "2026-03-02").await;
    assert_eq!(
        (quiet.looked_at, titles(&quiet)),
        (Some(0), vec![]),
        "nobody is due after a plan for everybody"
    );
    company
}

async fn due(company: &Company, day: &str) -> Plan {
    let engine = company.engine();
    engine.observe(at(day)).await.unwrap();
    engine.plan(at(day), &PlanOptions::default().due_only()).await.unwrap()
}

#[tokio::test]
async fn whose_row_changed_is_looked_at_and_whom_they_manage() {
    let mut company = settled().await;
    company.worker("w3").title = Some("Head".into());
    assert_eq!(due(&company, "2026-03-03").await.looked_at, Some(1));
    let engine = company.engine();
    let plan = engine.plan(at("2026-03-03"), &PlanOptions::default().due_only()).await.unwrap();
    engine.apply(&plan, &ApplyOptions::new(at("2026-03-03"))).await.unwrap();
    company.settle(at("2026-03-03")).await;
    company.worker("w1").title = Some("Director".into());
    let plan = due(&company, "2026-03-04").await;
    assert_eq!(plan.looked_at, Some(3), "w2 and w3 point at w1: {:?}", titles(&plan));
}

#[tokio::test]
async fn drift_is_looked_at_and_what_is_open_until_it_is_done() {
    let company = settled().await;
    let before = company.held("w2");
    let account = company.account("w2").and_then(|user| user.id().map(str::to_owned)).unwrap();
    company.desk.with_tenant(|tenant| {
        let mut grants = tenant.grants().into_iter().filter(|grant| grant.principal == account);
        let grant = grants.find(|grant| grant.entitlement.kind == "role").unwrap();
        let object = ObjectRef::new(ObjectClass::USER, grant.principal);
        let operation = Operation::Revoke { object, entitlement: grant.entitlement };
        tenant.apply(&WriteRequest::new("by-hand", operation), None).unwrap();
    });
    let plan = due(&company, "2026-03-03").await;
    assert_eq!((plan.looked_at, plan.steps.len()), (Some(1), 1), "{:?}", titles(&plan));
    let again = due(&company, "2026-03-04").await;
    assert_eq!((again.looked_at, titles(&again)), (Some(1), titles(&plan)), "it was not applied");
    company.engine().apply(&again, &ApplyOptions::new(at("2026-03-04"))).await.unwrap();
    let after = due(&company, "2026-03-05").await;
    assert_eq!((after.looked_at, titles(&after)), (Some(1), vec![]), "whether it worked is looked at once");
    assert_eq!(due(&company, "2026-03-05").await.looked_at, Some(0));
    assert_eq!(company.held("w2"), before);
}

#[tokio::test]
async fn the_calendar_makes_people_due() {
    let mut company = settled().await;
    company.worker("w3").end_date = Some("2026-03-20".parse().unwrap());
    let plan = due(&company, "2026-03-03").await;
    assert_eq!((plan.looked_at, titles(&plan)), (Some(1), vec![]));
    let next = plan.next_change_at.expect("the last day is known");
    assert_eq!(due(&company, "2026-03-10").await.looked_at, Some(0));
    assert_eq!(due(&company, "2026-03-10").await.next_change_at, Some(next), "also when nobody is looked at");
    let engine = company.engine();
    engine.observe(next).await.unwrap();
    let plan = engine.plan(next, &PlanOptions::default().due_only()).await.unwrap();
    assert_eq!(plan.looked_at, Some(1));
    assert!(!plan.is_empty());
}

#[tokio::test]
async fn a_grant_makes_its_holder_due() {
    let company = settled().await;
    let what: EntitlementKey = "desk/role:reader".parse().unwrap();
    let grant = Grant::new("g-1".parse().unwrap(), id("w3"), what, GrantSource::Exception);
    company.engine().grant(grant, "anna", at("2026-03-03")).await.unwrap();
    assert_eq!(due(&company, "2026-03-03").await.looked_at, Some(1));
}

#[tokio::test]
async fn what_may_concern_anyone_makes_everybody_due() {
    let company = settled().await;
    seed_user(&company.desk, "stranger", None);
    assert_eq!(due(&company, "2026-03-03").await.looked_at, None, "an account that is nobody's");
    assert_eq!(due(&company, "2026-03-03").await.looked_at, Some(0));
    let said = Disposed::new(Disposition::Case, "anna", "unknown", at("2026-03-04"));
    let account = company.engine().unlinked(at("2026-03-04")).await.unwrap().remove(0).account;
    company.engine().dispose(&crate::common::target("desk"), &account, said).await.unwrap();
    assert_eq!(due(&company, "2026-03-04").await.looked_at, None, "what is done with it");
    let mut other = company.fork(std::sync::Arc::clone(&company.store));
    other.policy = other.policy.replace("zone: Europe/Berlin", "zone: Europe/Paris");
    let plan = other.engine().plan(at("2026-03-04"), &PlanOptions::default().due_only()).await.unwrap();
    assert_eq!(plan.looked_at, None, "another policy");
}

#[tokio::test]
async fn a_newcomer_is_linked_to_the_account_that_waits_for_them() {
    let mut company = settled().await;
    seed_user(&company.desk, "dora", Some("w9"));
    assert_eq!(due(&company, "2026-03-03").await.looked_at, None);
    company.workers.push(crate::common::worker("w9", "Dora", "Falk", "Support", "Agent", Some("w1")));
    let engine = company.engine();
    engine.observe(at("2026-03-04")).await.unwrap();
    let everybody = engine.plan(at("2026-03-04"), &PlanOptions::default().dry()).await.unwrap();
    let plan = engine.plan(at("2026-03-04"), &PlanOptions::default().due_only()).await.unwrap();
    assert_eq!(plan.looked_at, Some(1));
    assert_eq!(plan.steps, everybody.steps);
    assert!(titles(&plan).iter().any(|title| title.starts_with("link")), "{:?}", titles(&plan));
}

#[tokio::test]
async fn whoever_owns_a_workload_is_looked_at_with_it() {
    let mut company = settled().await;
    company.workloads.push(WorkloadRecord::new("svc-1", "Ticket bot", "w2", "answers tickets"));
    let made = due(&company, "2026-03-03").await;
    assert_eq!(made.looked_at, Some(2), "the workload and its new owner: {:?}", titles(&made));
    company.settle(at("2026-03-03")).await;
    assert_eq!(due(&company, "2026-03-03").await.looked_at, Some(0));
    company.workloads[0].owner_id = "w3".to_owned();
    let moved = due(&company, "2026-03-04").await;
    assert_eq!(moved.looked_at, Some(3), "and the old one: {:?}", titles(&moved));
    let everybody = company.engine().plan(at("2026-03-04"), &PlanOptions::default().dry()).await.unwrap();
    assert_eq!(moved.steps, everybody.steps);
}
