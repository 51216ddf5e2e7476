//! Who is settled is not looked at closely again, and the plan is the same.

use std::path::PathBuf;
use std::sync::Arc;

use crate::common::{Company, at, id, titles};
use tenure_engine::{ApplyOptions, Plan, PlanOptions};
use tenure_policy::{EntitlementKey, Grant, GrantSource};
use tenure_store::{Batch, HeldRecord, Select, SqliteStore, Write};

/// A company in a file, where everybody is settled; and the file.
async fn settled() -> (tempfile::TempDir, PathBuf, Company) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("engine.db");
    let company = Company::over(Arc::new(SqliteStore::open(&file).unwrap()));
    company.settle(at("2026-03-02")).await;
    assert_eq!(known_settled(&company).await, ["w1", "w2", "w3"]);
    (folder, file, company)
}

async fn known_settled(company: &Company) -> Vec<String> {
    let found = company.store.outlooks(&tenure_store::PageRequest::first(9)).await.unwrap();
    found.into_iter().filter(|one| one.settled.is_some()).map(|one| one.identity).collect()
}

/// The plan, which is the same whether or not everybody is looked at closely.
async fn plan(company: &Company, day: &str) -> Plan {
    let engine = company.engine();
    let quick = engine.plan(at(day), &PlanOptions::default().dry()).await.unwrap();
    let close = engine.plan(at(day), &PlanOptions::default().dry().closely()).await.unwrap();
    assert_eq!(serde_json::to_string(&quick).unwrap(), serde_json::to_string(&close).unwrap());
    quick
}

/// Takes an account out of the file behind the store's back, so that only who looks closely finds out.
fn lose(file: &PathBuf, whose: &str) {
    let db = rusqlite::Connection::open(file).unwrap();
    let lost = db.execute("DELETE FROM account WHERE doc ->> '$.resource.externalId' = ?1", [whose]).unwrap();
    assert_eq!(lost, 2, "an account in each target");
}

async fn looked_closely_at(company: &Company, day: &str) -> Vec<String> {
    let plan = company.engine().plan(at(day), &PlanOptions::default().dry()).await.unwrap();
    let mut found: Vec<String> =
        plan.steps.iter().filter_map(|step| step.identity.as_ref().map(ToString::to_string)).collect();
    found.sort();
    found.dedup();
    found
}

#[tokio::test]
async fn accounts_of_those_who_are_settled_are_not_read_again() {
    let (_folder, file, company) = settled().await;
    ["w1", "w2", "w3"].iter().for_each(|whose| lose(&file, whose));
    assert_eq!(looked_closely_at(&company, "2026-03-03").await, Vec::<String>::new());
    let closely = PlanOptions::default().dry().closely();
    let found = company.engine().plan(at("2026-03-03"), &closely).await.unwrap();
    assert!(!found.is_empty(), "who takes nobody's word finds that the accounts are gone");
}

#[tokio::test]
async fn another_policy_is_looked_at_closely_for_whom_it_wants_something_else() {
    let (_folder, file, mut company) = settled().await;
    company.policy =
        company.policy.replace("entitlements: [desk/role:reader]", "entitlements: [desk/role:agent]");
    let moved = plan(&company, "2026-03-03").await;
    assert_eq!(moved.steps.len(), 2, "the seller gets another role: {:?}", titles(&moved));
    ["w1", "w2", "w3"].iter().for_each(|whose| lose(&file, whose));
    assert_eq!(looked_closely_at(&company, "2026-03-03").await, ["w3"]);
}

#[tokio::test]
async fn what_only_planning_goes_by_is_looked_at_closely_for_everybody() {
    let (_folder, file, mut company) = settled().await;
    company.policy = company.policy.replace("to: title, from: title", "to: title, from: department");
    assert_eq!(plan(&company, "2026-03-03").await.steps.len(), 3);
    ["w1", "w2", "w3"].iter().for_each(|whose| lose(&file, whose));
    assert_eq!(looked_closely_at(&company, "2026-03-03").await, ["w1", "w2", "w3"]);
}

#[tokio::test]
async fn parameters_of_what_is_wanted_are_part_of_it() {
    let (_folder, _file, mut company) = settled().await;
    company.policy = company.policy.replace(
        "entitlements: [desk/role:reader]",
        "entitlements: [{ target: desk, role: reader, parameters: { region: emea } }]",
    );
    plan(&company, "2026-03-03").await;
}

#[tokio::test]
async fn whoever_depends_on_somebody_who_changed_is_looked_at_closely() {
    let (_folder, file, company) = settled().await;
    let link = company.store.links(&Select::Identity("w1".into())).await.unwrap().remove(0);
    company.store.commit(Batch::new().with(Write::Link(link))).await.unwrap();
    ["w2", "w3"].iter().for_each(|whose| lose(&file, whose));
    assert_eq!(looked_closely_at(&company, "2026-03-03").await, ["w2", "w3"], "w1 manages them");
}

#[tokio::test]
async fn what_is_written_of_somebody_unsettles_them_and_nobody_else() {
    let (_folder, file, company) = settled().await;
    let held: HeldRecord = company.store.held(&Select::Identity("w3".into())).await.unwrap().remove(0);
    company.store.commit(Batch::new().with(Write::Lost { held, at: at("2026-03-03") })).await.unwrap();
    assert_eq!(plan(&company, "2026-03-03").await.steps.len(), 1);
    assert_eq!(known_settled(&company).await, ["w1", "w2"]);
    ["w1", "w2"].iter().for_each(|whose| lose(&file, whose));
    assert_eq!(looked_closely_at(&company, "2026-03-03").await, ["w3"]);
}

#[tokio::test]
async fn the_calendar_unsettles() {
    let (_folder, _file, mut company) = settled().await;
    company.worker("w3").end_date = Some("2026-03-20".parse().unwrap());
    company.plan(at("2026-03-03")).await;
    company.plan(at("2026-03-03")).await;
    assert_eq!(known_settled(&company).await, ["w1", "w2", "w3"], "a known end leaves nothing to do yet");
    let before = plan(&company, "2026-03-10").await;
    assert!(before.is_empty() && before.next_change_at.is_some());
    assert!(
        !plan(&company, "2026-03-25").await.is_empty(),
        "who has left is not settled by what was wanted before"
    );
}

#[tokio::test]
async fn a_grant_unsettles_when_it_is_given_and_when_it_ends() {
    let (_folder, _file, company) = settled().await;
    let what: EntitlementKey = "desk/role:lead".parse().unwrap();
    let grant = Grant::new("g-1".parse().unwrap(), id("w2"), what, GrantSource::Exception)
        .until(at("2026-03-20"))
        .approved("mara", "stands in");
    company.engine().grant(grant, "mara", at("2026-03-03")).await.unwrap();
    assert_eq!(plan(&company, "2026-03-03").await.steps.len(), 1);
    company.settle(at("2026-03-03")).await;
    plan(&company, "2026-03-10").await;
    assert_eq!(plan(&company, "2026-03-21").await.steps.len(), 1, "it is taken back");
}

#[tokio::test]
async fn nobody_is_settled_while_something_is_open() {
    let (_folder, _file, mut company) = settled().await;
    company.worker("w3").title = Some("Head".into());
    let engine = company.engine();
    engine.observe(at("2026-03-03")).await.unwrap();
    let plan = engine.plan(at("2026-03-03"), &PlanOptions::default()).await.unwrap();
    assert_eq!(known_settled(&company).await, ["w1", "w2"]);
    engine.apply(&plan, &ApplyOptions::new(at("2026-03-03"))).await.unwrap();
    assert_eq!(known_settled(&company).await, ["w1", "w2"], "whether it worked is looked at first");
    engine.plan(at("2026-03-03"), &PlanOptions::default()).await.unwrap();
    assert_eq!(known_settled(&company).await, ["w1", "w2", "w3"]);
}

#[tokio::test]
async fn a_plan_that_writes_nothing_settles_nobody() {
    let company = Company::new();
    company.cycle(at("2026-03-02")).await;
    company.engine().plan(at("2026-03-02"), &PlanOptions::default().dry()).await.unwrap();
    assert_eq!(known_settled(&company).await, Vec::<String>::new());
    let some = PlanOptions::default().for_identities([id("w1")]);
    company.engine().plan(at("2026-03-02"), &some).await.unwrap();
    assert_eq!(
        known_settled(&company).await,
        Vec::<String>::new(),
        "a plan for some says nothing of the rest"
    );
}
