//! What surprises in Trello, one test each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{apply, config, connect, connect_with, ctx, grant, person, revoke, start, status, user};
use serde_json::json;
use tenure_connector::{
    AccountStatus, Certainty, Connector as _, ConnectorExt as _, DeleteMode, EntitlementRef, ErrorKind,
    Fields, ListQuery, ObjectClass, ObjectRef, Operation, OperationKind,
};
use tenure_connector_rest::testing::{entitlements, grants};
use tenure_scim::ValueRef;
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::trello::Trello;

fn anna(fake: &Fake<Trello>) -> String {
    fake.with(|trello| trello.seed_member("anna@example.com", "Anna Berg"))
}

fn owner(fake: &Fake<Trello>) -> String {
    fake.with(|trello| trello.id_of("olga@example.com")).unwrap()
}

fn create(name: &str) -> Operation {
    Operation::Create { class: ObjectClass::USER, resource: person(name) }
}

#[tokio::test]
async fn an_invitation_does_not_name_the_member_who_is_found_by_looking_again() {
    let fake = start();
    let made = apply(&connect(&fake), create("bo")).await.unwrap().object.unwrap();
    assert_eq!(fake.with(|trello| trello.id_of("bo@example.com")), Some(made.id.clone()));
    let read = connect(&fake).get(&ctx(), &made, &Fields::All).await.unwrap().resource;
    let path = "urn:tenure:params:scim:schemas:trello:1.0:User:unconfirmed";
    let unconfirmed = read.get(&tenure_scim::AttrPath::parse(path).unwrap()).and_then(ValueRef::as_bool);
    assert_eq!(unconfirmed, Some(true));
    let error = apply(&connect(&fake), create("bo")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.conflicting().unwrap().id.as_str()),
        (ErrorKind::AlreadyExists, made.id.as_str())
    );
}

#[tokio::test]
async fn an_address_is_shown_for_managed_accounts_and_the_name_for_any() {
    let fake = start();
    let id = anna(&fake);
    let by = |name: &str| ObjectRef::by(ObjectClass::USER, ObjectRef::USER_NAME, name);
    assert!(connect(&fake).get(&ctx(), &by("anna@example.com"), &Fields::All).await.is_ok());
    fake.with(|trello| trello.set(&id, &json!({ "member": { "email": null, "username": "annaberg" } })));
    let found = connect(&fake).get(&ctx(), &by("annaberg"), &Fields::All).await.unwrap();
    assert_eq!(found.object.id, id);
    let wrong = person("x").with("userName", "annabergmann").unwrap();
    let error = apply(&connect(&fake), Operation::Create { class: ObjectClass::USER, resource: wrong }).await;
    let error = error.unwrap_err();
    assert_eq!(
        (error.kind(), error.attributes().collect::<Vec<_>>()),
        (ErrorKind::InvalidInput, vec!["userName"])
    );
}

#[tokio::test]
async fn who_leaves_is_taken_from_the_boards_too() {
    let fake = start();
    let (id, olga) = (anna(&fake), owner(&fake));
    let board = fake.with(|trello| trello.seed_board("Launch", &olga));
    let connector = connect(&fake);
    apply(&connector, grant(&id, "board", &board)).await.unwrap();
    let delete = Operation::Delete { object: user(&id), mode: DeleteMode::Permanent };
    assert!(apply(&connector, delete).await.unwrap().changed());
    assert_eq!(
        fake.with(|trello| trello.on_board(&board, &id).map(str::to_owned)),
        None,
        "no guest who is paid for"
    );
    assert!(fake.requests().iter().any(|line| line.starts_with("DELETE") && line.contains("/all ")));
}

#[tokio::test]
async fn deactivating_frees_the_seat_in_a_paid_workspace() {
    let fake = start();
    let id = anna(&fake);
    let connector = connect(&fake);
    let seats =
        async || entitlements(&connect(&fake)).await.into_iter().find(|own| own.capacity.is_some()).unwrap();
    assert_eq!(seats().await.used, Some(2));
    assert!(apply(&connector, status(&id, AccountStatus::Suspended)).await.unwrap().changed());
    assert_eq!((seats().await.used, seats().await.immutable), (Some(1), true));
    assert!(grants(&connector, &id).await.is_empty());
    let error = apply(&connector, revoke(&id, "licence", "member")).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::NotAttempted));
    let mut free = config(&fake);
    free.paid = false;
    let capabilities = connect_with(free, common::TOKEN).capabilities();
    let why = capabilities.why_not(&ObjectClass::USER, OperationKind::SetStatus).unwrap();
    assert_eq!(why.detail, "only a paid workspace deactivates members");
}

#[tokio::test]
async fn licences_of_an_enterprise_are_given_and_taken_and_tell_their_use() {
    let fake = start();
    let (id, olga) = (anna(&fake), owner(&fake));
    let mut enterprise = config(&fake);
    enterprise.enterprise = Some("E1".to_owned());
    let connector = connect_with(enterprise, common::TOKEN);
    let licence = || EntitlementRef::new("licence", "member");
    let assign = |id: &str| Operation::AssignLicence { object: user(id), licence: licence() };
    assert!(apply(&connector, assign(&id)).await.unwrap().changed());
    assert!(apply(&connector, assign(&id)).await.unwrap().is_already_so());
    fake.with(|trello| {
        trello.seed_licence(&olga, "2026-02-20T08:00:00.000Z");
        trello.bought = 2;
    });
    let held = grants(&connector, &olga).await;
    let seat = held.iter().find(|grant| grant.entitlement == licence()).unwrap();
    assert_eq!(
        (seat.immutable, seat.last_used.unwrap().to_rfc3339().as_str()),
        (false, "2026-02-20T08:00:00+00:00")
    );
    let bo = fake.with(|trello| trello.seed_member("bo@example.com", "Bo Ek"));
    let error = apply(&connector, assign(&bo)).await.unwrap_err();
    assert_eq!((error.kind(), error.detail()), (ErrorKind::NoCapacity, "403: no licenses available"));
    let release = || Operation::ReleaseLicence { object: user(&id), licence: licence() };
    assert!(apply(&connector, release()).await.unwrap().changed());
    assert!(apply(&connector, release()).await.unwrap().is_already_so());
    assert!(fake.requests().iter().all(|line| !line.contains("licensed=false")), "alone it is refused");
}

#[tokio::test]
async fn a_board_keeps_an_administrator_and_does_not_make_one_less() {
    let fake = start();
    let id = anna(&fake);
    let board = fake.with(|trello| trello.seed_board("Launch", &id));
    let connector = connect(&fake);
    assert!(apply(&connector, grant(&id, "board", &board)).await.unwrap().is_already_so());
    assert_eq!(fake.with(|trello| trello.on_board(&board, &id).map(str::to_owned)).as_deref(), Some("admin"));
    let error = apply(&connector, revoke(&id, "board", &board)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.detail()),
        (ErrorKind::Policy, "400: a board must have at least one admin")
    );
    let error = apply(&connector, grant(&id, "board", "0000")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn administrators_are_made_and_unmade() {
    let fake = start();
    let id = anna(&fake);
    let connector = connect(&fake);
    assert!(apply(&connector, grant(&id, "role", "admin")).await.unwrap().changed());
    assert!(apply(&connector, grant(&id, "role", "admin")).await.unwrap().is_already_so());
    assert!(apply(&connector, revoke(&id, "role", "admin")).await.unwrap().changed());
    assert!(apply(&connector, revoke(&id, "role", "admin")).await.unwrap().is_already_so());
}

#[tokio::test]
async fn nothing_secret_stands_in_an_address_and_members_are_asked_below_the_workspace() {
    let fake = start();
    let id = anna(&fake);
    let connector = connect(&fake);
    connector.get(&ctx(), &user(&id), &Fields::All).await.unwrap();
    connector.list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 100).await.unwrap();
    let requests = fake.requests();
    assert!(requests.iter().all(|line| !line.contains("token=") && !line.contains("key=")), "{requests:#?}");
    assert!(requests.iter().all(|line| !line.contains(" /1/members/")), "their limit is soon used up");
}

#[tokio::test]
async fn errors_are_sentences_and_say_what_they_mean() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|trello| trello.is_admin = false);
    let error = apply(&connect(&fake), status(&id, AccountStatus::Suspended)).await.unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::Permission, Some(401)));
    assert_eq!(error.detail(), "401: unauthorized member permission requested");
    let report = connect(&fake).check(&ctx()).await.unwrap();
    assert_eq!(report.missing[0].permission, "workspace admin");
    let error = connect_with(config(&fake), "wrong").check(&ctx()).await.unwrap_err();
    assert_eq!((error.kind(), error.detail()), (ErrorKind::Auth, "401: invalid token"));
}

#[tokio::test]
async fn the_limit_comes_with_the_length_of_its_window() {
    let fake = start();
    fake.with(|trello| trello.calls_in_ten_seconds = 1);
    let connector = connect(&fake);
    let query = ListQuery::new(ObjectClass::USER);
    assert!(connector.list(&ctx(), &query).await.unwrap().rate.unwrap().is_exhausted());
    let error = connector.list(&ctx(), &query).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.vendor_code()),
        (ErrorKind::RateLimited, Some("API_TOKEN_LIMIT_EXCEEDED"))
    );
    assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(10));
}

#[tokio::test]
async fn check_tells_whose_the_token_is_and_not_what_it_may_do() {
    let fake = start();
    fake.with(|trello| trello.reads_only = true);
    let connector = connect(&fake);
    let report = connector.check(&ctx()).await.unwrap();
    assert!(report.missing.is_empty(), "Trello tells it only to a token in an address");
    let id = anna(&fake);
    let error = apply(&connector, grant(&id, "role", "admin")).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Permission, Certainty::Refused));
    fake.with(|trello| (trello.reads_only, trello.is_admin) = (false, false));
    assert!(!connector.check(&ctx()).await.unwrap().missing.is_empty());
}
