//! What surprises in Semrush, one test each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use tenure_connector::{
    AccountStatus, Certainty, Connector as _, DeleteMode, ErrorKind, ObjectClass, Operation, OperationKind,
    OutcomeStatus,
};
use tenure_connector_rest::testing::{apply, ctx, entitlements, grant, person, status, user};
use tenure_connector_semrush::{ManualConnector, SemrushConfig, TaskStatus, semrush};

fn start() -> (tempfile::TempDir, ManualConnector) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = SemrushConfig::new(folder.path().join("semrush.csv"));
    config.seats = Some(5);
    (folder, semrush(config))
}

fn create() -> Operation {
    Operation::Create { class: ObjectClass::USER, resource: person(&[("userName", "anna@example.com")]) }
}

/// Somebody does every task; the last one's account.
fn work(people: &ManualConnector) {
    for task in people.tasks().unwrap().into_iter().filter(|task| task.status == TaskStatus::Open) {
        people.close(&task.id, TaskStatus::Done, Some("s1"), None).unwrap();
    }
}

#[tokio::test]
async fn an_invitation_is_a_task_with_the_way_through_the_pages() {
    let (_folder, people) = start();
    let outcome = apply(&people, create()).await.unwrap();
    let OutcomeStatus::Manual { instructions } = outcome.status else { panic!("a task") };
    assert_eq!(instructions.title, "Create an account for anna@example.com in Semrush");
    assert_eq!(instructions.steps[0], "Open Semrush at https://www.semrush.com/corporate/.");
    assert_eq!(instructions.steps[2], "If no seat is free, buy one in the subscription first.");
}

#[tokio::test]
async fn nobody_is_suspended_and_a_removed_user_frees_a_seat_that_stays_paid() {
    let (_folder, people) = start();
    apply(&people, create()).await.unwrap();
    work(&people);
    let error = apply(&people, status("s1", AccountStatus::Suspended)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unsupported, Certainty::NotAttempted));
    assert_eq!(error.help(), Some("users are not suspended: remove them, which frees the seat"));
    let delete = Operation::Delete { object: user("s1"), mode: DeleteMode::Permanent };
    apply(&people, delete).await.unwrap();
    let task = people.tasks().unwrap().pop().unwrap();
    assert!(task.steps.iter().any(|step| step.contains("write to support")), "{task:#?}");
    let why = people.capabilities().why_not(&ObjectClass::USER, OperationKind::TransferOwnership).unwrap();
    assert_eq!(why.detail, "projects go back to the owner by themselves");
}

#[tokio::test]
async fn seats_are_what_was_bought_and_a_role_takes_the_place_of_another() {
    let (_folder, people) = start();
    apply(&people, create()).await.unwrap();
    work(&people);
    let seat =
        entitlements(&people).await.into_iter().find(|found| found.entitlement.kind == "licence").unwrap();
    assert_eq!((seat.capacity, seat.immutable), (Some(5), true));
    let groups = people.schema(&ctx()).await.unwrap().exclusive;
    assert_eq!((groups[0].name.as_str(), groups[0].members.len()), ("role", 2));
    let error = apply(&people, grant("s1", "role", "King")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
