//! A policy that changes on a day, and what counts as use of a seat.

use std::sync::Arc;

use crate::common::{Company, at, target, titles};
use tenure_connector::ObjectClass;
use tenure_engine::{ApplyOptions, Cancel, Engine, EngineError, PlanOptions};
use tenure_policy::{Policy, PolicyDocument, SeatVerdict};

/// From 1 April on people in sales are agents.
fn next() -> Policy {
    let text = crate::common::POLICY.replacen("version: 1", "version: 1\neffective: 2026-04-01", 1).replacen(
        "when: 'department eq \"Sales\"', roles: [seller]",
        "when: 'department eq \"Sales\"', roles: [agent]",
        1,
    );
    assert_ne!(text, crate::common::POLICY);
    Policy::compile(PolicyDocument::from_yaml("next.yaml", &text).unwrap()).unwrap()
}

fn engine(company: &Company) -> Engine {
    let builder = company.builder(Arc::clone(&company.store)).version(next());
    builder.target(target("desk"), Arc::new(company.desk.clone())).build().unwrap()
}

const MIDNIGHT: &str = "2026-03-31T22:00:00Z";

#[tokio::test]
async fn a_version_holds_from_the_first_instant_of_its_day() {
    let company = Company::new();
    let engine = engine(&company);
    let round = engine.cycle(&ApplyOptions::new(at("2026-03-02"))).await.unwrap();
    assert!(round.report.as_ref().unwrap().is_success());
    assert_eq!(round.next(), Some(at(MIDNIGHT)), "there is a round when the next version begins");
    assert_eq!(company.held("w3"), ["role:reader"]);

    // Made before, refused after.
    let due = PlanOptions::default().due_only();
    let before = engine.plan(at("2026-03-31T21:59:59Z"), &due).await.unwrap();
    assert_eq!(titles(&before), Vec::<String>::new());
    assert_eq!(before.valid_until, at(MIDNIGHT));
    let late = engine.apply(&before, &ApplyOptions::new(at(MIDNIGHT))).await;
    assert!(matches!(late, Err(EngineError::Stale { .. })), "{late:?}");

    // Everybody is due, since any answer may be another.
    engine.observe(at(MIDNIGHT)).await.unwrap();
    let plan = engine.plan(at(MIDNIGHT), &due).await.unwrap();
    assert_eq!(plan.policy, next().version().to_string());
    assert_eq!(plan.next_change_at, None);
    assert!(titles(&plan).iter().any(|title| title.contains("role:agent")), "{:?}", titles(&plan));
    assert!(engine.apply(&plan, &ApplyOptions::new(at(MIDNIGHT))).await.unwrap().is_success());
    assert!(company.held("w3").contains(&"role:agent".to_owned()), "{:?}", company.held("w3"));

    let why =
        engine.explain(&crate::common::id("w3"), &"desk/role:agent".parse().unwrap(), at(MIDNIGHT)).await;
    assert!(why.unwrap().policy.desired);
    let before =
        engine.explain(&crate::common::id("w3"), &"desk/role:agent".parse().unwrap(), at("2026-03-31")).await;
    assert!(!before.unwrap().policy.desired);
}

#[tokio::test]
async fn a_target_that_a_version_does_not_name_is_only_looked_at() {
    let mut company = Company::new();
    let whole = company.compiled();
    let (without, _) = crate::common::POLICY.split_once("  erp:\n").unwrap();
    company.policy = without.replace("entitlements: [erp/permission:self-service]", "entitlements: []");
    company.policy = company.policy.replacen("version: 1", "version: 1\neffective: 2026-04-01", 1);
    let builder = Engine::builder(whole, Arc::clone(&company.store)).version(company.compiled());
    let builder = builder.source("hr", company.options.clone(), company.feed());
    let builder = builder.target(target("erp"), Arc::new(company.erp.clone()));
    let engine = builder.target(target("desk"), Arc::new(company.desk.clone())).build().unwrap();

    // A run that was left in the middle before the change is brought to rest after it, whatever its target.
    engine.observe(at("2026-03-31")).await.unwrap();
    let plan = engine.plan(at("2026-03-31"), &PlanOptions::default()).await.unwrap();
    let cancel = Cancel::new();
    cancel.cancel();
    let options = ApplyOptions::new(at("2026-03-31")).cancel(cancel);
    assert!(engine.apply(&plan, &options).await.unwrap().cancelled);
    engine.resume(&ApplyOptions::new(at(MIDNIGHT))).await.unwrap();
    let round = engine.cycle(&ApplyOptions::new(at(MIDNIGHT))).await.unwrap();
    assert!(round.report.unwrap().is_success());
    let targets: std::collections::BTreeSet<_> =
        round.plan.steps.iter().map(|step| step.target.as_str()).collect();
    assert_eq!(targets, ["desk"].into());
    let next = engine.cycle(&ApplyOptions::new(at("2026-04-02"))).await.unwrap();
    assert_eq!(titles(&next.plan), Vec::<String>::new());
}

#[tokio::test]
async fn before_the_first_version_holds_nothing_is_planned() {
    let company = Company::new();
    let engine = Engine::builder(next(), Arc::clone(&company.store))
        .source("hr", company.options.clone(), company.feed())
        .target(target("erp"), Arc::new(company.erp.clone()))
        .target(target("desk"), Arc::new(company.desk.clone()))
        .build()
        .unwrap();
    let early = engine.plan(at("2026-03-02"), &PlanOptions::default()).await.unwrap_err();
    assert_eq!(
        early.to_string(),
        "no version of the policy holds yet: the first does from 2026-03-31 22:00:00 UTC"
    );
    engine.observe(at(MIDNIGHT)).await.unwrap();
    assert!(!engine.plan(at(MIDNIGHT), &PlanOptions::default()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_seat_is_idle_that_is_not_used_for_what_counts() {
    let mut company = Company::new();
    company.policy =
        crate::common::POLICY.replacen("idle_after: 30d", "idle_after: 30d, counts: [ticket_solved]", 1);
    company.settle(at("2026-03-02")).await;
    used(&company, "urn:tenure:params:scim:schemas:1.0:Account:lastLogin", "2026-05-30T09:00:00Z");
    let idle = |company: &Company| {
        let engine = company.engine();
        async move {
            engine.observe(at("2026-06-01")).await.unwrap();
            let found = engine.seats(at("2026-06-01")).await.unwrap();
            let reviewed = engine.review_seats(at("2026-06-01")).await.unwrap();
            (
                found.tiers[0].idle.iter().map(|seat| seat.reason.clone()).collect::<Vec<_>>(),
                reviewed[0].rows[0].verdict,
            )
        }
    };
    let (reasons, verdict) = idle(&company).await;
    assert_eq!(reasons, ["not used since 2026-03-02"], "who only logs in merely has access");
    assert_eq!(verdict, SeatVerdict::Idle);
    used(&company, "ticket_solved", "2026-05-20T09:00:00Z");
    assert_eq!(idle(&company).await, (Vec::new(), SeatVerdict::InUse));

    // Where the policy names nothing, a login is use.
    let mut other = company;
    other.policy = crate::common::POLICY.to_owned();
    used(&other, "ticket_solved", "2026-03-03T09:00:00Z");
    assert_eq!(idle(&other).await, (Vec::new(), SeatVerdict::InUse));
}

/// What the desk says of an account.
fn used(company: &Company, attribute: &str, moment: &str) {
    let id = company.account("w2").unwrap().id().unwrap().to_owned();
    company.desk.with_tenant(|tenant| {
        let mut saved = tenant.save(&ObjectClass::USER).into_iter().find(|user| user.id == id).unwrap();
        saved.resource.set(&attribute.parse().unwrap(), moment);
        tenant.load(&ObjectClass::USER, saved);
    });
}
