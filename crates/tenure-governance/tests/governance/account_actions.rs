//! What playbooks do to accounts beyond roles: make, set, suspend, resume, and who may.

use std::collections::BTreeMap;

use crate::common::{House, at, id};
use tenure_governance::{Governance, GovernanceError, Run, StepState};

const PLAYBOOKS: &str = r#"
playbooks:
  - id: incident
    parameters: { days: }
    steps:
      - { id: stop, does: { suspend: { term: 3d } } }
      - { id: ask, does: { task: { title: "Talk to {person} within {days} days", to: [manager] } }, after: [stop] }
  - id: over
    steps: [{ id: go, does: { resume: {} } }]
  - id: regional
    parameters: { region: north }
    steps:
      - { id: desk, does: { grant: { what: { entitlement: desk/account:default }, term: 30d } } }
      - { id: audit, does: { grant: { what: { entitlement: erp/permission:audit }, parameters: { region: "{region}" } } } }
"#;

fn house() -> House {
    let mut house = House::new();
    house.rules.push_str(PLAYBOOKS);
    house.company.policy = house.company.policy.replace(
        "may: [grant, revoke, reinstate, review] }",
        "may: [grant, revoke, reinstate, review] }\n  - { id: chiefs, who: 'title eq \"Chief\"', over: 'department eq \"Support\"', may: [suspend] }",
    );
    house
}

async fn run(governance: &Governance, playbook: &str, who: &str, set: &[(&str, &str)], day: &str) -> Run {
    let set: BTreeMap<String, String> =
        set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let begun = governance.run_playbook(playbook, &[id(who)], &set, &id("w4"), at(day)).await.unwrap();
    governance.advance_playbooks(at(day)).await.unwrap();
    governance.run(&begun[0].id).await.unwrap()
}

#[tokio::test]
async fn who_is_suspended_has_accounts_that_do_not_work_until_the_term_is_over_or_somebody_resumes_them() {
    let house = house();
    house.run(at("2026-03-02")).await;
    let governance = house.governance();
    let stopped = run(&governance, "incident", "w2", &[("days", "two")], "2026-03-02").await;
    let StepState::Task { owner, .. } = &stopped.steps["ask"] else { panic!("{stopped:#?}") };
    assert_eq!(*owner, id("w1"));
    assert_eq!(did(&house, "2026-03-02").await, ["disable Anna Berg in desk", "disable Anna Berg in erp"]);
    // An observation keeps what no source delivers, and the end of the term is seen by itself.
    assert!(did(&house, "2026-03-04").await.is_empty());
    assert_eq!(did(&house, "2026-03-06").await, ["enable Anna Berg in desk", "enable Anna Berg in erp"]);
    // Again, and ended by hand this time.
    run(&governance, "incident", "w2", &[("days", "two")], "2026-03-10").await;
    assert_eq!(did(&house, "2026-03-10").await.len(), 2);
    let resumed = run(&governance, "over", "w2", &[], "2026-03-11").await;
    let StepState::Done { what, .. } = &resumed.steps["go"] else { panic!("{resumed:#?}") };
    assert_eq!(what, "may work again");
    assert_eq!(did(&house, "2026-03-11").await.len(), 2);
    let trail = house.trail("person.").await;
    assert_eq!(trail, ["w4 person.order: recorded", "w4 person.order: recorded", "w4 person.lift: recorded"]);
}

/// What a run does, in the order of the words.
async fn did(house: &House, day: &str) -> Vec<String> {
    let mut titles = house.run(at(day)).await;
    titles.sort();
    titles
}

#[tokio::test]
async fn a_stopped_run_lifts_its_own_suspension_and_no_other() {
    let house = house();
    house.run(at("2026-03-02")).await;
    let governance = house.governance();
    let first = run(&governance, "incident", "w2", &[("days", "two")], "2026-03-02").await;
    let second = run(&governance, "incident", "w2", &[("days", "one")], "2026-03-03").await;
    house.run(at("2026-03-03")).await;
    governance.stop_run(&second.id, &id("w4"), true, at("2026-03-03")).await.unwrap();
    assert!(house.run(at("2026-03-03")).await.is_empty(), "the first one stands");
    governance.stop_run(&first.id, &id("w4"), true, at("2026-03-03")).await.unwrap();
    assert_eq!(house.run(at("2026-03-03")).await.len(), 2);
}

#[tokio::test]
async fn suspending_is_delegated_by_the_policy_and_never_for_oneself() {
    let mut house = house();
    house.rules = house.rules.replace("administrators: [w4]", "administrators: [w6]");
    house.run(at("2026-03-02")).await;
    let governance = house.governance();
    let none = BTreeMap::from([("days".to_owned(), "two".to_owned())]);
    let begin = |by: &'static str, who: &'static str| {
        let (governance, none) = (governance.clone(), none.clone());
        async move { governance.run_playbook("incident", &[id(who)], &none, &id(by), at("2026-03-02")).await }
    };
    // The chief may for whoever is in support, and for nobody else.
    begin("w4", "w2").await.unwrap();
    for (by, who) in [("w4", "w3"), ("w2", "w3"), ("w4", "w4")] {
        let refused = begin(by, who).await.unwrap_err();
        assert!(matches!(refused, GovernanceError::NotAllowed { .. }), "{by} {who}: {refused}");
    }
}

#[tokio::test]
async fn accounts_and_parameters_are_granted_and_who_has_left_may_do_nothing() {
    let mut house = house();
    house.run(at("2026-03-02")).await;
    let governance = house.governance();
    let regional = run(&governance, "regional", "w5", &[("region", "south")], "2026-03-02").await;
    assert!(regional.ended.is_some(), "{regional:#?}");
    assert_eq!(
        did(&house, "2026-03-02").await,
        ["create Dan Falk in desk", "grant permission:audit to Dan Falk in erp"]
    );
    let grants = house.company.engine().grants(&id("w5")).await.unwrap();
    let parameters: Vec<_> = grants.iter().flat_map(|grant| &grant.parameters).collect();
    assert_eq!(parameters, [(&"region".to_owned(), &"south".to_owned())]);

    let open = run(&governance, "incident", "w2", &[("days", "two")], "2026-03-02").await;
    house.company.worker("w1").end_date = Some("2026-03-03".parse().unwrap());
    house.run(at("2026-03-05")).await;
    let refused =
        governance.finish_task(&open.id, "ask", &id("w1"), true, "", at("2026-03-05")).await.unwrap_err();
    assert_eq!(refused.to_string(), "`w1` may not finish this task: expected somebody who is at work");
}

#[tokio::test]
async fn a_playbook_suspends_in_one_target_and_leaves_the_others_alone() {
    let mut house = house();
    house.rules.push_str(
        "  - id: desk-only\n    steps: [{ id: stop, does: { suspend: { targets: [desk], term: 3d } } }]\n  \
         - id: both\n    steps: [{ id: stop, does: { suspend: { targets: [desk, erp] } } }]\n  \
         - id: desk-again\n    steps: [{ id: go, does: { resume: { targets: [desk] } } }]\n",
    );
    house.run(at("2026-03-02")).await;
    let governance = house.governance();
    let stopped = run(&governance, "desk-only", "w2", &[], "2026-03-02").await;
    let StepState::Done { what, .. } = &stopped.steps["stop"] else { panic!("{stopped:#?}") };
    assert_eq!(what, "suspended in desk until 2026-03-05");
    let plan = house.company.plan(at("2026-03-02")).await;
    assert_eq!(crate::common::company::titles(&plan), ["disable Anna Berg in desk"]);
    assert_eq!(did(&house, "2026-03-02").await, ["disable Anna Berg in desk"]);
    assert_eq!(did(&house, "2026-03-06").await, ["enable Anna Berg in desk"], "its term is over");

    run(&governance, "both", "w2", &[], "2026-03-09").await;
    assert_eq!(did(&house, "2026-03-09").await, ["disable Anna Berg in desk", "disable Anna Berg in erp"]);
    let resumed = run(&governance, "desk-again", "w2", &[], "2026-03-10").await;
    let StepState::Done { what, .. } = &resumed.steps["go"] else { panic!("{resumed:#?}") };
    assert_eq!(what, "may work again in desk");
    assert_eq!(did(&house, "2026-03-10").await, ["enable Anna Berg in desk"]);
    // A suspension everywhere is not ended by what is about one target.
    run(&governance, "incident", "w2", &[("days", "two")], "2026-03-11").await;
    assert_eq!(did(&house, "2026-03-11").await, ["disable Anna Berg in desk"]);
    run(&governance, "desk-again", "w2", &[], "2026-03-11").await;
    assert!(did(&house, "2026-03-11").await.is_empty());
    run(&governance, "over", "w2", &[], "2026-03-12").await;
    assert_eq!(did(&house, "2026-03-12").await, ["enable Anna Berg in desk", "enable Anna Berg in erp"]);

    let wrong = crate::common::read(
        "version: 1\nplaybooks:\n  - { id: a, steps: [{ id: b, does: { suspend: { targets: [dsk] } } }] }\n",
        &house.company.compiled(),
    );
    assert_eq!(
        wrong.unwrap_err().to_string(),
        "governance.yaml:3:60: unknown target `dsk`: expected one of the policy's targets"
    );
}
