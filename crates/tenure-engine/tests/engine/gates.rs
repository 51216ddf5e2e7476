//! The last gates before an effect: what the executor refuses whatever the plan says, and guards by share.

use crate::common::{Company, at, id, seed_user, titles, worker};
use tenure_connector::{AccountStatus, Operation};
use tenure_engine::{Action, ApplyOptions, Approval, EngineError, Plan, PlanOptions, Step, StepOutcome};

const LOAD: &str = "2026-03-02";
const CHANGE: &str = "2026-03-03";

/// A plan in which Bo leaves, and the step that disables his account.
async fn leaver(company: &mut Company) -> (Plan, usize) {
    company.settle(at(LOAD)).await;
    company.worker("w3").end_date = Some(LOAD.parse().unwrap());
    let plan = company.plan(at(CHANGE)).await;
    let disables = |step: &Step| step.title() == "disable Bo Ek in desk";
    let index = plan.steps.iter().position(disables).unwrap();
    (plan, index)
}

#[tokio::test]
async fn forged_step_against_a_protected_account_is_refused_by_the_executor() {
    let mut company = Company::new();
    let protected = seed_user(&company.desk, "BreakGlass", None);
    let (mut plan, index) = leaver(&mut company).await;
    let Action::Operation(Operation::SetStatus { object, status }) = &mut plan.steps[index].action else {
        panic!()
    };
    assert_eq!(*status, AccountStatus::Disabled);
    object.id.clone_from(&protected.id);
    let report = company.engine().apply(&plan, &ApplyOptions::new(at(CHANGE))).await.unwrap();
    let ended = &report.steps[index];
    assert_eq!(
        (ended.outcome, ended.detail.as_str()),
        (StepOutcome::Failed, &*format!("account `{}` is protected", protected.id))
    );
    let users = crate::common::users(&company.desk);
    let found = users.iter().find(|user| user.text("userName") == Some("BreakGlass")).unwrap();
    assert_eq!(found.attr("active").unwrap().as_bool(), Some(true));
}

#[tokio::test]
async fn forged_step_against_a_protected_identity_is_refused_by_the_executor() {
    let mut company = Company::new();
    company.policy = company.policy.replacen("version: 1\n", "version: 1\nprotected: [w1]\n", 1);
    let (mut plan, index) = leaver(&mut company).await;
    plan.steps[index].identity = Some(id("w1"));
    let report = company.engine().apply(&plan, &ApplyOptions::new(at(CHANGE))).await.unwrap();
    let ended = &report.steps[index];
    assert_eq!((ended.outcome, ended.detail.as_str()), (StepOutcome::Failed, "`w1` is protected"));
    assert_eq!(company.account("w3").unwrap().attr("active").unwrap().as_bool(), Some(true));
}

#[tokio::test]
async fn guard_by_share_measures_the_plan_against_the_accounts_there_are() {
    let mut company = Company::new();
    let guard = "    guard: { create: { percent: 40 }, disable: { percent: 40 } }\n    seat: {";
    company.policy = company.policy.replace("    seat: {", guard);
    // A share of no accounts says nothing, so that the first load passes.
    company.settle(at(LOAD)).await;

    // One of three is a third.
    company.workers.push(worker("w4", "Ada", "Lo", "Sales", "Seller", Some("w1")));
    company.settle(at(LOAD)).await;

    for leaver in ["w3", "w4"] {
        company.worker(leaver).end_date = Some(LOAD.parse().unwrap());
    }
    let plan = company.plan(at(CHANGE)).await;
    let tripped: Vec<String> = plan.tripped().map(ToString::to_string).collect();
    assert_eq!(tripped, ["desk: 2 x disable among 4 accounts, allowed are 40 percent"]);
    let engine = company.engine();
    let refused = engine.apply(&plan, &ApplyOptions::new(at(CHANGE))).await.unwrap_err();
    assert!(matches!(refused, EngineError::GuardsTripped { .. }), "{refused}");
    assert_eq!(company.account("w3").unwrap().attr("active").unwrap().as_bool(), Some(true));

    company.worker("w4").end_date = None;
    let (plan, _) = company.settle(at(CHANGE)).await;
    assert!(titles(&plan).contains(&"disable Bo Ek in desk".to_owned()), "{:?}", titles(&plan));
    let engine = company.engine();
    assert_eq!(engine.plan(at(CHANGE), &PlanOptions::default()).await.unwrap().tripped().count(), 0);
}

#[tokio::test]
async fn an_override_is_of_one_plan_signed_off_and_runs_out() {
    let mut company = Company::new();
    let guard = "    guard: { disable: { max: 1 }, window: 24h }\n    seat: {";
    company.policy = company.policy.replace("    seat: {", guard);
    company.settle(at("2026-03-02")).await;
    for leaver in ["w2", "w3"] {
        company.worker(leaver).end_date = Some("2026-03-02".parse().unwrap());
    }
    let (now, end) = (at("2026-03-03T12:00:00Z"), at("2026-03-03T13:00:00Z"));
    let plan = company.plan(now).await;
    let engine = company.engine();
    let refused = async |plan: &Plan, now| {
        let answer = engine.apply(plan, &ApplyOptions::new(now)).await;
        assert!(matches!(answer, Err(EngineError::GuardsTripped { .. })), "{answer:?}");
    };
    for (by, reason) in [("", "both left"), ("mara", " ")] {
        let unsigned = Approval::new(by, reason, end).overriding_guards();
        assert!(engine.approve(&plan, unsigned, now).await.is_err());
    }
    engine.approve(&plan, Approval::new("mara", "looks right", end), now).await.unwrap();
    refused(&plan, now).await;

    engine.approve(&plan, Approval::new("mara", "both left", end).overriding_guards(), now).await.unwrap();
    refused(&plan, end).await;
    let half = at("2026-03-03T12:30:00Z");
    let other = engine.plan(half, &PlanOptions::default()).await.unwrap();
    assert_ne!(other.hash(), plan.hash());
    refused(&other, half).await;
    assert!(engine.apply(&plan, &ApplyOptions::new(half)).await.unwrap().is_success());
}
