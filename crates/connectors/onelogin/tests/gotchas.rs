//! What surprises in OneLogin, one test each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::time::Duration;

use common::{apply, config, connect, connect_with, ctx, grant, person, revoke, start, status, user};
use serde_json::json;
use tenure_connector::{
    AccountStatus, Certainty, Change, Connector as _, ConnectorExt as _, DeleteMode, DeltaToken,
    EntitlementRef, ErrorKind, Fields, ListQuery, ObjectClass, Operation, OperationKind, SessionScope,
};
use tenure_connector_onelogin::OneloginConnector;
use tenure_connector_rest::testing::{entitlements, grants};
use tenure_scim::{AttrPath, Patch, ValueRef};
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::onelogin::Onelogin;

fn anna(fake: &Fake<Onelogin>) -> String {
    fake.with(|onelogin| onelogin.seed_user("anna@example.com", "Anna", "Berg"))
}

#[tokio::test]
async fn a_suspended_user_keeps_the_licence_and_who_is_locked_still_has_an_account() {
    let fake = start();
    let id = anna(&fake);
    let connector = connect(&fake);
    assert!(apply(&connector, status(&id, AccountStatus::Disabled)).await.unwrap().changed());
    assert_eq!(fake.with(|onelogin| onelogin.user(&id).unwrap()["status"].clone()), 2);
    assert_eq!(grants(&connector, &id).await.len(), 1, "the seat is paid for");
    for (number, active) in [(0, false), (1, true), (3, true), (4, true), (5, true), (7, true), (8, true)] {
        fake.with(|onelogin| onelogin.set(&id, &json!({ "status": number })));
        let read = connector.get(&ctx(), &user(&id), &Fields::All).await.unwrap().resource;
        assert_eq!(read.attr("active").and_then(ValueRef::as_bool), Some(active), "{number}");
    }
}

#[tokio::test]
async fn a_licence_is_taken_by_an_update_and_given_back_by_a_call_of_its_own() {
    let fake = start();
    let id = anna(&fake);
    let connector = connect(&fake);
    let licence = || EntitlementRef::new("licence", "user");
    let release = Operation::ReleaseLicence { object: user(&id), licence: licence() };
    let assign = || Operation::AssignLicence { object: user(&id), licence: licence() };
    assert!(apply(&connector, assign()).await.unwrap().is_already_so());
    assert!(apply(&connector, release.clone()).await.unwrap().changed());
    assert_eq!(fake.with(|onelogin| onelogin.user(&id).unwrap()["state"].clone()), 3);
    assert!(apply(&connector, release).await.unwrap().is_already_so());
    assert!(apply(&connector, assign()).await.unwrap().changed());
    assert!(fake.requests().iter().any(|line| line.contains("/set_state ")), "a PUT of the user is refused");
}

#[tokio::test]
async fn seats_tell_how_many_are_taken_and_when_they_were_used() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|onelogin| onelogin.set(&id, &json!({ "last_login": "2026-02-10T08:00:00.000Z" })));
    let mut bought = config(&fake);
    bought.seats = Some(80);
    let connector = connect_with(bought, common::TOKEN);
    let seat =
        entitlements(&connector).await.into_iter().find(|own| own.entitlement.kind == "licence").unwrap();
    assert_eq!((seat.capacity, seat.used), (Some(80), Some(2)));
    let held = grants(&connector, &id).await;
    assert_eq!(held[0].last_used.unwrap().to_rfc3339(), "2026-02-10T08:00:00+00:00");
}

#[tokio::test]
async fn what_a_list_is_to_show_is_said_and_its_next_page_stands_in_a_header() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|onelogin| onelogin.set(&id, &json!({ "department": "Sales" })));
    let query = ListQuery::new(ObjectClass::USER).with_page_size(1);
    let users = connect(&fake).list_all(&ctx(), query, 10).await.unwrap().items;
    let anna = users.iter().find(|item| item.object.id == id).unwrap();
    let department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
    assert_eq!((users.len(), anna.resource.text(department)), (2, Some("Sales")));
}

#[tokio::test]
async fn roles_are_added_and_removed_by_the_user_and_listed_over_pages() {
    let fake = start();
    let id = anna(&fake);
    let roles: Vec<String> =
        fake.with(|onelogin| ["A", "B", "C"].iter().map(|name| onelogin.seed_role(name)).collect());
    let connector = connect(&fake);
    let listed = entitlements(&connector).await.iter().filter(|own| own.entitlement.kind == "role").count();
    assert_eq!(listed, 3);
    assert!(apply(&connector, grant(&id, "role", &roles[2])).await.unwrap().changed());
    assert!(apply(&connector, grant(&id, "role", &roles[2])).await.unwrap().is_already_so());
    assert!(apply(&connector, revoke(&id, "role", &roles[2])).await.unwrap().changed());
    assert!(apply(&connector, revoke(&id, "role", &roles[2])).await.unwrap().is_already_so());
    let error = apply(&connector, grant(&id, "role", "9999")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn sessions_and_devices_end_apart() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|onelogin| onelogin.seed_session(&id));
    let end = Operation::RevokeSessions { object: user(&id), scope: SessionScope::All };
    assert!(apply(&connect(&fake), end).await.unwrap().changed());
    assert_eq!(fake.with(|onelogin| onelogin.held_by(&id)), (false, 1));
    let reset = || Operation::ResetFactors { object: user(&id) };
    assert!(apply(&connect(&fake), reset()).await.unwrap().changed());
    assert!(apply(&connect(&fake), reset()).await.unwrap().is_already_so());
}

#[tokio::test]
async fn what_goes_is_emptied_because_null_is_no_text() {
    let fake = start();
    let id = anna(&fake);
    let gone = Patch::default().remove(AttrPath::parse("name.familyName").unwrap());
    apply(&connect(&fake), Operation::Update { object: user(&id), patch: gone }).await.unwrap();
    assert_eq!(fake.with(|onelogin| onelogin.user(&id).unwrap()["lastname"].clone()), "");
    let read = connect(&fake).get(&ctx(), &user(&id), &Fields::All).await.unwrap().resource;
    assert_eq!((read.text("name.givenName"), read.text("name.familyName")), (Some("Anna"), None));
}

#[tokio::test]
async fn the_two_generations_fail_in_two_ways() {
    let fake = start();
    anna(&fake);
    let error =
        apply(&connect(&fake), Operation::Create { class: ObjectClass::USER, resource: person("anna") })
            .await;
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::AlreadyExists, Certainty::Refused));
    assert_eq!(error.vendor_code(), Some("UnprocessableEntityError"));
    assert!(error.conflicting().is_some(), "{error}");
    fake.with(|onelogin| onelogin.manages_all = false);
    let report = connect(&fake).check(&ctx()).await.unwrap();
    assert_eq!(report.missing[0].permission, "Manage All");
    assert!(!report.capabilities.allows(&ObjectClass::USER, OperationKind::Grant));
    let query = ListQuery::new(ObjectClass::ENTITLEMENT);
    let error = connect(&fake).list_all(&ctx(), query, 10).await.unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::Permission, Some("forbidden")));
    let error = connect_with(config(&fake), "wrong").check(&ctx()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
}

#[tokio::test]
async fn an_id_is_a_number_and_anything_else_nobody() {
    let fake = start();
    anna(&fake);
    let error = connect(&fake).get(&ctx(), &user("anna@example.com"), &Fields::All).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn the_limit_ends_in_seconds() {
    let fake = start();
    fake.with(|onelogin| onelogin.calls_an_hour = 1);
    let connector = connect(&fake);
    let query = ListQuery::new(ObjectClass::USER);
    assert!(connector.list(&ctx(), &query).await.unwrap().rate.unwrap().is_exhausted());
    fake.advance(Duration::from_secs(600));
    let error = connector.list(&ctx(), &query).await.unwrap_err();
    assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(3000));
}

async fn told(connector: &OneloginConnector, token: &DeltaToken) -> (Vec<Change>, DeltaToken) {
    let (mut token, mut changes) = (token.clone(), Vec::new());
    loop {
        let page = connector.changes(&ctx(), &ObjectClass::USER, Some(&token)).await.unwrap();
        changes.extend(page.changes);
        token = page.token;
        if !page.more {
            return (changes, token);
        }
    }
}

#[tokio::test]
async fn the_list_tells_who_changed_and_the_events_who_was_deleted() {
    let fake = start();
    let (anna, bo) = fake.with(|onelogin| {
        (
            onelogin.seed_user("anna@example.com", "Anna", "Berg"),
            onelogin.seed_user("bo@example.com", "Bo", "Ek"),
        )
    });
    let connector = connect(&fake);
    let token = connector.changes(&ctx(), &ObjectClass::USER, None).await.unwrap().token;
    assert_eq!(told(&connector, &token).await.0, []);
    fake.advance(Duration::from_secs(60));
    apply(&connector, status(&anna, AccountStatus::Suspended)).await.unwrap();
    apply(&connector, Operation::Delete { object: user(&bo), mode: DeleteMode::Permanent }).await.unwrap();
    fake.with(|onelogin| {
        // Other things happen, too, and deletions fill more than one page.
        onelogin.seed_event(5, &anna, 1_772_442_060);
        for number in 900..903 {
            onelogin.seed_event(17, &number.to_string(), 1_772_442_060);
        }
    });
    let (changes, token) = told(&connector, &token).await;
    let of = |change: &Change| (change.object().id.clone(), matches!(change, Change::Deleted(_)));
    let expected = [(&*anna, false), (&*bo, true), ("900", true), ("901", true), ("902", true)]
        .map(|(id, gone)| (id.to_owned(), gone));
    assert_eq!(changes.iter().map(of).collect::<Vec<_>>(), expected);
    fake.advance(Duration::from_secs(60));
    assert_eq!(told(&connector, &token).await.0.len(), 5, "the round began in that second");
    let (_, token) = told(&connector, &token).await;
    assert_eq!(told(&connector, &token).await.0, []);
}

#[tokio::test]
async fn what_happens_in_the_second_of_a_token_is_told_and_pages_go_on() {
    let fake = start();
    let connector = connect(&fake);
    let token = connector.changes(&ctx(), &ObjectClass::USER, None).await.unwrap().token;
    for number in 0..101 {
        let create =
            Operation::Create { class: ObjectClass::USER, resource: person(&format!("person{number}")) };
        apply(&connector, create).await.unwrap();
    }
    assert_eq!(told(&connector, &token).await.0.len(), 101);
    let wrong = DeltaToken::new("users-tomorrow");
    let error = connector.changes(&ctx(), &ObjectClass::USER, Some(&wrong)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = connector.changes(&ctx(), &ObjectClass::GRANT, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_token_that_only_reads_passes_check_and_its_first_write_is_refused() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|onelogin| onelogin.reads_only = true);
    let report = connect(&fake).check(&ctx()).await.unwrap();
    assert!(report.missing.is_empty(), "OneLogin tells nobody the scope of a token");
    let error = apply(&connect(&fake), status(&id, AccountStatus::Suspended)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Permission, Certainty::Refused));
}
