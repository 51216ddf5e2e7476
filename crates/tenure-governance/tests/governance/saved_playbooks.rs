//! Playbooks that people save while the program runs: versioned, run by name, changed and taken away.

use std::collections::BTreeMap;

use crate::common::{House, at, id};
use tenure_governance::{Governance, GovernanceError, PlaybookSpec, StepState};

fn playbook(text: &str) -> PlaybookSpec {
    serde_json::from_value(serde_json::from_str(text).unwrap()).unwrap()
}

fn offsite(task: &str) -> PlaybookSpec {
    playbook(&format!(
        r#"{{ "id": "offsite", "steps": [
            {{ "id": "badge", "does": {{ "task": {{ "title": "{task}", "to": [{{ "where": "title eq \"Controller\"" }}] }} }} }},
            {{ "id": "audit", "does": {{ "grant": {{ "what": {{ "role": "auditor" }} }} }}, "when": "department eq \"Support\"", "after": ["badge"] }}
        ] }}"#
    ))
}

async fn begin(governance: &Governance, who: &str, day: &str) -> tenure_governance::Run {
    let begun =
        governance.run_playbook("offsite", &[id(who)], &BTreeMap::new(), &id("w4"), at(day)).await.unwrap();
    governance.advance_playbooks(at(day)).await.unwrap();
    governance.run(&begun[0].id).await.unwrap()
}

#[tokio::test]
async fn a_saved_playbook_is_run_by_name_changed_as_a_new_version_and_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let mut house = House::on_disk(&folder);
    house
        .rules
        .push_str("playbooks: [{ id: fixed, steps: [{ id: hello, does: { notify: { text: Hello } } }] }]\n");
    house.run(at("2026-03-02")).await;
    let governance = house.governance();
    let save = async |playbook: PlaybookSpec, by: &str| {
        house.governance().save_playbook(playbook, &id(by), at("2026-03-02")).await
    };
    assert_eq!(save(offsite("Make a badge"), "w4").await.unwrap().version, 1);
    let names = async || {
        let all = house.governance().playbooks().await.unwrap();
        all.iter().map(|found| format!("{} {}", found.id, found.version)).collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["fixed 1", "offsite 1"]);
    // Another program over the same store runs it; its conditions are those of today's policy.
    let run = begin(&house.governance(), "w2", "2026-03-02").await;
    let StepState::Task { owner, .. } = &run.steps["badge"] else { panic!("{run:#?}") };
    assert_eq!(*owner, id("w5"));
    assert_eq!(save(offsite("Print a badge"), "w4").await.unwrap().version, 2);
    let pinned =
        governance.finish_task(&run.id, "badge", &id("w5"), true, "", at("2026-03-03")).await.unwrap();
    assert_eq!(pinned.playbook.version, 1, "a run goes on with what it began with");
    governance.advance_playbooks(at("2026-03-03")).await.unwrap();
    assert!(governance.run(&run.id).await.unwrap().ended.is_some());
    assert_eq!(house.run(at("2026-03-03")).await, ["grant permission:audit to Anna Berg in erp"]);
    let other = begin(&governance, "w3", "2026-03-03").await;
    assert_eq!(other.playbook.version, 2);

    governance.remove_playbook("offsite", &id("w4"), at("2026-03-04")).await.unwrap();
    assert_eq!(names().await, ["fixed 1"]);
    let gone =
        governance.run_playbook("offsite", &[id("w2")], &BTreeMap::new(), &id("w4"), at("2026-03-04")).await;
    assert!(matches!(gone, Err(GovernanceError::NotFound { .. })), "{gone:?}");
    governance.remove_playbook("offsite", &id("w4"), at("2026-03-04")).await.unwrap_err();
    governance.finish_task(&other.id, "badge", &id("w5"), true, "", at("2026-03-04")).await.unwrap();
    assert_eq!(save(offsite("Make a badge"), "w4").await.unwrap().version, 3, "versions are counted on");
    let trail = house.trail("playbook.").await;
    let saved: Vec<&String> =
        trail.iter().filter(|line| line.contains("save") || line.contains("remove")).collect();
    assert_eq!(
        saved,
        [
            "w4 playbook.save: recorded",
            "w4 playbook.save: recorded",
            "w4 playbook.remove: recorded",
            "w4 playbook.save: recorded"
        ]
    );
}

#[tokio::test]
async fn only_administrators_save_and_nothing_that_could_not_be_run() {
    let mut house = House::new();
    house
        .rules
        .push_str("playbooks: [{ id: fixed, steps: [{ id: hello, does: { notify: { text: Hello } } }] }]\n");
    house.run(at("2026-03-02")).await;
    let governance = house.governance();
    let save = async |text: &str, by: &str| {
        governance.save_playbook(playbook(text), &id(by), at("2026-03-02")).await.unwrap_err().to_string()
    };
    let hello = r#"{ "id": "a", "steps": [{ "id": "s", "does": { "notify": { "text": "Hello" } } }] }"#;
    assert_eq!(save(hello, "w1").await, "`w1` may not save a playbook: expected an administrator");
    let taken = save(&hello.replace("\"a\"", "\"fixed\""), "w4").await;
    assert_eq!(taken, "expected another id than `fixed`, which is a playbook of the rules: change it there");
    let unknown = r#"{ "id": "a", "steps": [{ "id": "s", "does": { "suspend": { "targets": ["dsk"] } }, "after": ["t"] }] }"#;
    let told = save(unknown, "w4").await;
    for fault in ["unknown target `dsk`", "expected an earlier step, found `t`"] {
        assert!(told.contains(fault), "{told}");
    }
    assert!(governance.playbooks().await.unwrap().len() == 1, "nothing was kept");
}

#[tokio::test]
async fn a_saved_playbook_begins_by_its_own_triggers_once_for_each_beginning() {
    let mut house = House::new();
    let now = at("2026-03-02");
    house.run(now).await;
    let sellers = r#"{ "id": "sell", "steps": [{ "id": "s", "does": { "notify": { "text": "Sell" } }, "delay": "2d" }],
        "triggers": [
            { "id": "newcomers", "in": ["active"], "when": "department eq \"Sales\"", "after": "1d" },
            { "id": "readers", "in": ["active"], "holds": "desk/role:reader" } ] }"#;
    let saved = house.governance().save_playbook(playbook(sellers), &id("w4"), now).await.unwrap();
    assert_eq!(saved.triggers.len(), 2);
    let begun = async |house: &House, day: &str| {
        let begun = house.governance().advance_playbooks(at(day)).await.unwrap().begun;
        let mut who = Vec::new();
        for run in begun {
            let run = house.governance().run(&run).await.unwrap();
            who.push(format!("{} {}", run.subject, run.by));
        }
        who.sort();
        who
    };
    assert_eq!(begun(&house, "2026-03-02").await, ["w3 trigger sell/newcomers", "w3 trigger sell/readers"]);
    assert!(begun(&house, "2026-03-02").await.is_empty(), "once for each beginning of the level");
    // Who comes later is met by it on their day, and the step comes after its delay.
    let mut new = crate::common::company::worker("w8", "Gil", "Dahl", "Sales", "Seller", Some("w1"));
    new.start_date = "2026-03-09".parse().unwrap();
    house.company.workers.push(new);
    let mut days = Vec::new();
    for day in 3..=14 {
        let day = format!("2026-03-{day:02}");
        house.run(at(&day)).await;
        days.extend(begun(&house, &day).await.into_iter().map(|who| format!("{day} {who}")));
    }
    let [readers, newcomers] = days.as_slice() else { panic!("{days:#?}") };
    assert!(readers.ends_with("w8 trigger sell/readers"), "{readers}");
    assert_eq!(newcomers, "2026-03-10 w8 trigger sell/newcomers");
    // A trigger that is changed is looked at for everybody; one that is taken away begins nothing more.
    let leads = sellers.replace("department eq", "title eq").replace("Sales", "Lead");
    house.governance().save_playbook(playbook(&leads), &id("w4"), at("2026-03-14")).await.unwrap();
    assert_eq!(begun(&house, "2026-03-14").await, ["w1 trigger sell/newcomers"]);
    house.governance().remove_playbook("sell", &id("w4"), at("2026-03-14")).await.unwrap();
    house.company.workers.push(crate::common::company::worker(
        "w9",
        "Ida",
        "Berg",
        "Support",
        "Lead",
        Some("w1"),
    ));
    house.run(at("2026-03-15")).await;
    assert!(begun(&house, "2026-03-16").await.is_empty());

    let wrong = sellers.replace("desk/role:reader", "dsk/role:reader").replace("readers", "newcomers");
    let told =
        house.governance().save_playbook(playbook(&wrong), &id("w4"), now).await.unwrap_err().to_string();
    for fault in ["unknown target `dsk`", "the id `newcomers` is used twice"] {
        assert!(told.contains(fault), "{told}");
    }
}
