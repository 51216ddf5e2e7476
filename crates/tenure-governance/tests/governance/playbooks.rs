//! Playbooks: run on many people, begun by triggers, with delays, tasks, conditions, failures and crashes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::common::company::{held, worker};
use crate::common::{House, at, id};
use chrono::{DateTime, Utc};
use tenure_governance::{Governance, GovernanceError, MessageKind, Run, StepState};
use tenure_policy::IdentityId;
use tenure_store::{CrashAction, CrashPoint, CrashStore};

const PLAYBOOKS: &str = r#"
playbooks:
  - id: first-week
    version: 2
    parameters: { laptop: standard }
    steps:
      - { id: welcome, does: { notify: { text: "Welcome, {person}" } } }
      - { id: audit, does: { grant: { what: { role: auditor }, term: 30d } } }
      - { id: reader, does: { grant: { what: { entitlement: desk/role:reader } } }, when: 'department eq "Support"' }
      - { id: laptop, does: { task: { title: "Hand out a {laptop} laptop to {person}", to: [manager], within: 2bd } } }
      - { id: training, does: { notify: { text: "The training begins" } }, after: [laptop], delay: 1bd }
  - id: risky
    compensate: true
    steps:
      - { id: pay, does: { grant: { what: { entitlement: erp/permission:pay } } } }
      - { id: approve, does: { grant: { what: { entitlement: erp/permission:approve } } } }
      - { id: bye, does: { notify: { text: "never" } }, after: [approve] }
  - id: tidy-up
    steps: [{ id: audit, does: { revoke: { what: { role: auditor } } } }]
"#;

fn house() -> House {
    let mut house = House::new();
    house.rules.push_str(PLAYBOOKS);
    house
}

fn state<'a>(run: &'a Run, step: &str) -> &'a StepState {
    run.steps.iter().find(|(id, _)| id.as_str() == step).unwrap().1
}

async fn begin(governance: &Governance, playbook: &str, people: &[&str], now: DateTime<Utc>) -> Vec<Run> {
    let people: Vec<IdentityId> = people.iter().map(|who| id(who)).collect();
    governance.run_playbook(playbook, &people, &BTreeMap::new(), &id("w4"), now).await.unwrap()
}

#[tokio::test]
async fn a_playbook_runs_on_many_people_in_many_targets_with_tasks_conditions_and_delays() {
    let mut house = house();
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    let who = [id("w1"), id("w2"), id("w3")];
    let laptop = BTreeMap::from([("laptop".to_owned(), "big".to_owned())]);
    let rehearsed = governance.rehearse("first-week", &who, &laptop, &id("w4"), now).await.unwrap();
    assert!(matches!(state(&rehearsed[2], "reader"), StepState::LeftOut { .. }), "Bo sells");
    assert!(
        house.company.store.values("governance/").await.unwrap().is_empty(),
        "a rehearsal writes nothing"
    );

    let runs = governance.run_playbook("first-week", &who, &laptop, &id("w4"), now).await.unwrap();
    let again = governance.run_playbook("first-week", &who, &laptop, &id("w4"), now).await.unwrap();
    assert_eq!(again.len(), 3);
    assert_eq!(
        governance.runs(false).await.unwrap().len(),
        3,
        "the same wish at the same moment is one run each"
    );
    let done = governance.advance_playbooks(now).await.unwrap();
    assert_eq!(done.steps, 12, "all but the training, three times");
    let mut titles = house.run(now).await;
    titles.sort();
    assert_eq!(titles.len(), 5, "an audit right each, and two readers: {titles:?}");
    assert_eq!(house.erp("w3"), ["permission:audit", "permission:self-service"]);
    assert!(held(&house.company.desk, "w2").contains(&"role:reader".to_owned()));

    let tasks = house.company.engine().open_tasks().await.unwrap();
    let wanted: Vec<(&str, Option<&str>)> =
        tasks.iter().map(|task| (task.title.as_str(), task.owner.as_deref())).collect();
    assert!(wanted.contains(&("Hand out a big laptop to Anna Berg", Some("w1"))), "{wanted:?}");
    let welcome = governance.outbox().await.unwrap();
    assert!(welcome.iter().any(|m| m.to == id("w2") && m.text == "Welcome, Anna Berg"));
    assert!(welcome.iter().any(|m| m.to == id("w1") && m.kind == MessageKind::Task));

    // The playbook is edited; what runs already is not.
    house.rules =
        house.rules.replace("The training begins", "Nothing begins").replace("version: 2", "version: 3");
    let governance = house.governance();
    let run = runs[1].id.as_str();
    let other = governance.finish_task(run, "laptop", &id("w3"), true, "", now).await.unwrap_err();
    assert!(matches!(other, GovernanceError::NotAllowed { .. }), "{other}");
    governance.finish_task(run, "laptop", &id("w1"), true, "", now).await.unwrap();
    assert_eq!(governance.advance_playbooks(now).await.unwrap().steps, 0, "the training waits a day");
    let done = governance.advance_playbooks(at("2026-03-03")).await.unwrap();
    assert_eq!((done.steps, done.ended.as_slice()), (1, [run.to_owned()].as_slice()));
    let told = governance.outbox().await.unwrap();
    assert!(told.iter().any(|m| m.to == id("w2") && m.text == "The training begins"));
    assert_eq!(governance.runs(true).await.unwrap()[0].playbook.version, 2);
    assert!(house.trail("playbook.").await.len() > 16);

    begin(&governance, "tidy-up", &["w2"], at("2026-03-04")).await;
    governance.advance_playbooks(at("2026-03-04")).await.unwrap();
    assert_eq!(house.run(at("2026-03-04")).await, ["revoke permission:audit from Anna Berg in erp"]);
}

#[tokio::test]
async fn a_step_that_breaks_a_constraint_fails_and_what_was_done_is_undone_where_the_playbook_says_so() {
    let house = house();
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    begin(&governance, "risky", &["w2"], now).await;
    governance.advance_playbooks(now).await.unwrap();
    let runs = governance.runs(true).await.unwrap();
    assert_eq!(runs.len(), 1, "{:#?}", governance.runs(false).await);
    assert!(matches!(state(&runs[0], "pay"), StepState::Undone { .. }), "{:#?}", runs[0].steps);
    let StepState::Failed { reason, .. } = state(&runs[0], "approve") else { panic!("{:#?}", runs[0].steps) };
    assert!(reason.starts_with("breaks the constraint `pay-and-approve`"), "{reason}");
    assert!(matches!(state(&runs[0], "bye"), StepState::LeftOut { .. }));
    assert!(house.run(now).await.is_empty(), "nothing of it is carried out");
}

#[tokio::test]
async fn who_may_not_grant_may_not_run_what_grants() {
    let house = house();
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    let none = BTreeMap::new();
    for (by, who, playbook, message) in [
        (
            "w2",
            "w3",
            "first-week",
            "`w2` may not ask for access for another: no delegation of the policy lets them",
        ),
        (
            "w4",
            "w4",
            "first-week",
            "`w4` may not run this playbook: nobody runs a playbook that changes access for themselves",
        ),
        ("w4", "w2", "last-week", "there is no playbook `last-week`"),
        ("w4", "w9", "first-week", "there is no identity `w9`"),
    ] {
        let refused = governance.run_playbook(playbook, &[id(who)], &none, &id(by), now).await.unwrap_err();
        assert_eq!(refused.to_string(), message);
    }
    let wrong = BTreeMap::from([("phone".to_owned(), "new".to_owned())]);
    let refused =
        governance.run_playbook("first-week", &[id("w2")], &wrong, &id("w1"), now).await.unwrap_err();
    assert_eq!(refused.to_string(), "`phone` is no parameter of `first-week`");
    assert!(governance.runs(false).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_trigger_begins_a_playbook_once_for_each_beginning_of_its_level() {
    let mut house = house();
    house.company.policy = house.company.policy.replace(
        "\nrules:\n",
        "\ntriggers:\n  - { id: newcomers, playbook: first-week, in: [active], when: 'department eq \"Sales\"', after: 1d }\nrules:\n",
    );
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    let first = governance.advance_playbooks(now).await.unwrap();
    assert_eq!(first.begun.len(), 1, "Bo, who has been selling for a year: what was missed is done now");
    assert!(governance.advance_playbooks(now).await.unwrap().begun.is_empty());
    let mut new = worker("w8", "Gil", "Dahl", "Sales", "Seller", Some("w1"));
    new.start_date = "2026-03-09".parse().unwrap();
    house.company.workers.push(new);
    let mut begun = Vec::new();
    for day in 3..=14 {
        let then = at(&format!("2026-03-{day:02}"));
        house.run(then).await;
        begun.extend(governance_at(&house).advance_playbooks(then).await.unwrap().begun.iter().map(|_| day));
    }
    assert_eq!(begun, [10], "a day after the first day, and never again");
    let run = governance_at(&house).runs(false).await.unwrap().pop().unwrap();
    assert_eq!((run.by.as_str(), run.subject), ("trigger newcomers", id("w8")));
}

fn governance_at(house: &House) -> Governance {
    house.governance()
}

#[tokio::test]
async fn a_stopped_run_takes_back_what_it_gave() {
    let house = house();
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    let run = begin(&governance, "first-week", &["w2"], now).await.remove(0);
    governance.advance_playbooks(now).await.unwrap();
    house.run(now).await;
    assert!(house.erp("w2").contains(&"permission:audit".to_owned()));
    governance.stop_run(&run.id, &id("w2"), true, now).await.unwrap_err();
    let stopped = governance.stop_run(&run.id, &id("w4"), true, now).await.unwrap();
    assert!(stopped.ended.is_some());
    assert!(house.company.engine().open_tasks().await.unwrap().is_empty());
    assert_eq!(house.run(now).await.len(), 2, "the audit right and the reader role");
}

#[tokio::test]
async fn a_crash_at_any_write_of_a_run_does_nothing_twice() {
    for number in 1.. {
        let mut reached = false;
        for point in [CrashPoint::Before(number), CrashPoint::After(number)] {
            let house = house();
            let now = at("2026-03-02");
            house.run(now).await;
            let store =
                Arc::new(CrashStore::new(house.company.store.clone(), Some(point), CrashAction::Fail));
            let engine = house.company.engine_with(Arc::new(house.company.desk.clone()), store.clone());
            let work = |governance: Governance| async move {
                let people = [id("w1"), id("w2")];
                governance.run_playbook("first-week", &people, &BTreeMap::new(), &id("w4"), now).await?;
                governance.advance_playbooks(now).await
            };
            let ended = work(house.governance_of(engine)).await;
            assert_eq!(ended.is_err(), store.crashed(), "{ended:?}");
            reached |= store.crashed();
            work(house.governance()).await.unwrap();
            let runs = house.governance().runs(false).await.unwrap();
            assert_eq!(runs.len(), 2, "{point:?}");
            for who in ["w1", "w2"] {
                assert_eq!(house.company.engine().grants(&id(who)).await.unwrap().len(), 2, "{point:?}");
            }
            assert_eq!(house.run(now).await.len(), 4, "{point:?}");
            let welcome = house.governance().outbox().await.unwrap();
            let welcome = welcome.iter().filter(|m| m.text.starts_with("Welcome")).count();
            assert_eq!(welcome, 2, "{point:?}");
        }
        if !reached {
            assert!(number > 8, "two runs of four steps are more writes than {number}");
            return;
        }
    }
}
