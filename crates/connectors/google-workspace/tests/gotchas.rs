//! What surprises in Google Workspace, one test each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::BTreeSet;

use common::{apply, config, connect, connect_with, ctx, grant, person, revoke, start, user};
use serde_json::json;
use tenure_connector::entitlement::GrantRecord;
use tenure_connector::record::{WorkerRecord, WorkerStatus};
use tenure_connector::{
    AccountStatus, Certainty, Connector as _, ConnectorExt as _, DeleteMode, EntitlementRef, ErrorKind,
    Fields, ListQuery, ObjectClass, ObjectRef, Operation, OutcomeStatus, OwnershipScope, Retry, SessionScope,
};
use tenure_connector_google_workspace::WorkersFrom;
use tenure_scim::{AttrPath, Filter, Patch, ValueRef};
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::google::Google;

fn anna(fake: &Fake<Google>) -> String {
    fake.with(|google| google.seed_user("anna@example.com", "Anna", "Berg"))
}

fn status(id: &str, status: AccountStatus) -> Operation {
    Operation::SetStatus { object: user(id), status }
}

fn set(path: &str, value: &str) -> Patch {
    Patch::default().replace(AttrPath::parse(path).unwrap(), value)
}

async fn update(fake: &Fake<Google>, id: &str, patch: Patch) {
    let update = Operation::Update { object: user(id), patch };
    assert!(apply(&connect(fake), update).await.unwrap().changed());
}

async fn grants(fake: &Fake<Google>, id: &str) -> Vec<GrantRecord> {
    let all = connect(fake).list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 1000).await.unwrap();
    let all = all.items.iter().map(|item| GrantRecord::try_from(&item.resource).unwrap());
    all.filter(|grant| grant.principal == id).collect()
}

#[tokio::test]
async fn a_used_up_quota_is_403_without_a_wait_and_temporary() {
    let fake = start();
    fake.with(|google| google.calls_left = Some(0));
    let error = connect(&fake).list(&ctx(), &ListQuery::new(ObjectClass::USER)).await.unwrap_err();
    assert_eq!((error.http_status(), error.kind()), (Some(403), ErrorKind::RateLimited));
    assert_eq!((error.retry(), error.retry_after()), (Retry::Temporary, None));
    assert_eq!(error.vendor_code(), Some("userRateLimitExceeded"));
}

#[tokio::test]
async fn a_missing_scope_is_403_too_and_named_by_check() {
    let fake = start();
    fake.with(|google| {
        google.scopes.retain(|scope| scope != "apps.licensing" && scope != "admin.datatransfer")
    });
    for tells in [true, false] {
        fake.with(|google| google.tells_scopes = tells);
        let report = connect(&fake).check(&ctx()).await.unwrap();
        let missing: Vec<_> = report.missing.iter().map(|missing| missing.permission.as_str()).collect();
        assert_eq!(missing, ["admin.datatransfer", "apps.licensing"]);
    }
    let error = connect_with(config(&fake), "wrong").check(&ctx()).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Auth, Certainty::Refused));
}

#[tokio::test]
async fn a_scope_that_only_reads_is_told_although_every_list_is_open() {
    let fake = start();
    fake.with(|google| google.told = Some(vec!["admin.directory.user.readonly".to_owned()]));
    let report = connect(&fake).check(&ctx()).await.unwrap();
    assert!(report.missing.iter().any(|missing| missing.permission == "admin.directory.user"), "{report:?}");
    assert!(!report.capabilities.allows(&ObjectClass::USER, tenure_connector::OperationKind::Update));
}

#[tokio::test]
async fn a_place_in_a_list_is_good_for_three_days() {
    let fake = start();
    anna(&fake);
    let connector = connect(&fake);
    let first = connector.list(&ctx(), &ListQuery::new(ObjectClass::USER).with_page_size(1)).await.unwrap();
    let next = ListQuery { cursor: first.next, ..ListQuery::new(ObjectClass::USER).with_page_size(1) };
    fake.advance(std::time::Duration::from_secs(3 * 86_400));
    assert_eq!(connector.list(&ctx(), &next).await.unwrap().items.len(), 1);
    fake.advance(std::time::Duration::from_secs(1));
    let error = connector.list(&ctx(), &next).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::TokenExpired, Certainty::Refused));
}

#[tokio::test]
async fn never_signed_in_is_not_the_year_1970() {
    let fake = start();
    let id = anna(&fake);
    let last = "urn:tenure:params:scim:schemas:1.0:Account:lastLogin";
    let read = || async {
        let found = connect(&fake).get(&ctx(), &user(&id), &Fields::All).await.unwrap();
        found.resource.text(last).map(str::to_owned)
    };
    assert_eq!(read().await, None);
    fake.with(|google| google.set(&id, &json!({ "lastLoginTime": "2026-03-01T08:00:00.000Z" })));
    assert_eq!(read().await.as_deref(), Some("2026-03-01T08:00:00.000Z"));
}

#[tokio::test]
async fn lists_are_replaced_whole_and_keep_what_tenure_does_not_know() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|google| {
        google.set(&id, &json!({
            "externalIds": [{ "type": "network", "value": "n1" }, { "type": "organization", "value": "W1" }],
            "organizations": [{ "name": "Club" }, { "primary": true, "title": "Agent", "location": "Berlin" }],
        }));
    });
    update(&fake, &id, set("externalId", "W2")).await;
    update(&fake, &id, set("title", "Lead")).await;
    let shown = fake.with(|google| google.user(&id).unwrap().clone());
    let expected = json!([{ "type": "organization", "value": "W2" }, { "type": "network", "value": "n1" }]);
    assert_eq!(shown["externalIds"], expected);
    let expected = json!([{ "primary": true, "title": "Lead", "location": "Berlin" }, { "name": "Club" }]);
    assert_eq!(shown["organizations"], expected);
    let gone = Patch::default().remove(AttrPath::parse("externalId").unwrap());
    update(&fake, &id, gone).await;
    assert_eq!(
        fake.with(|google| google.user(&id).unwrap()["externalIds"].clone()),
        json!([{ "type": "network", "value": "n1" }])
    );
}

#[tokio::test]
async fn a_new_address_leaves_the_old_one_as_an_alias_that_is_no_identity() {
    let fake = start();
    let id = anna(&fake);
    update(&fake, &id, set("userName", "anna.berg@example.com")).await;
    let by = |name: &str| ObjectRef::by(ObjectClass::USER, ObjectRef::USER_NAME, name);
    let found = connect(&fake).get(&ctx(), &by("anna.berg@example.com"), &Fields::All).await.unwrap();
    assert_eq!(found.object.id, id);
    let error = connect(&fake).get(&ctx(), &by("anna@example.com"), &Fields::All).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let taken = person("x").with("userName", "anna@example.com").unwrap();
    let create = Operation::Create { class: ObjectClass::USER, resource: taken };
    let error = apply(&connect(&fake), create).await.unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::AlreadyExists, Some("duplicate")));
}

#[tokio::test]
async fn a_search_by_employee_id_finds_beginnings_and_only_the_whole_counts() {
    let fake = start();
    let (one, other) = (anna(&fake), fake.with(|google| google.seed_user("bo@example.com", "Bo", "Ek")));
    for (id, number) in [(&one, "W1"), (&other, "W10")] {
        update(&fake, id, set("externalId", number)).await;
    }
    let filter = Filter::parse("externalId eq \"W1\"").unwrap();
    let found =
        connect(&fake).list(&ctx(), &ListQuery::new(ObjectClass::USER).with_filter(filter)).await.unwrap();
    assert_eq!(found.items.iter().map(|item| item.object.id.as_str()).collect::<Vec<_>>(), [one]);
}

#[tokio::test]
async fn archived_is_stopped_and_active_is_neither() {
    let fake = start();
    let id = anna(&fake);
    let connector = connect(&fake);
    assert!(apply(&connector, status(&id, AccountStatus::Archived)).await.unwrap().changed());
    assert!(apply(&connector, status(&id, AccountStatus::Suspended)).await.unwrap().is_already_so());
    let read = connector.get(&ctx(), &user(&id), &Fields::All).await.unwrap();
    assert_eq!(read.resource.attr("active").and_then(ValueRef::as_bool), Some(false));
    assert!(apply(&connector, status(&id, AccountStatus::Active)).await.unwrap().changed());
    assert_eq!(fake.with(|google| google.user(&id).unwrap()["archived"].clone()), false);
}

#[tokio::test]
async fn a_suspension_for_abuse_is_googles_own() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|google| google.set(&id, &json!({ "suspended": true, "suspensionReason": "ABUSE" })));
    let error = apply(&connect(&fake), status(&id, AccountStatus::Active)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Permission, Certainty::Refused));
}

#[tokio::test]
async fn a_deleted_user_comes_back_by_the_id_only() {
    let fake = start();
    let id = anna(&fake);
    let delete = Operation::Delete { object: user(&id), mode: DeleteMode::Soft };
    assert!(apply(&connect(&fake), delete).await.unwrap().changed());
    let by_name = ObjectRef::by(ObjectClass::USER, ObjectRef::USER_NAME, "anna@example.com");
    let error = apply(&connect(&fake), Operation::Restore { object: by_name }).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::InvalidInput, Certainty::Refused));
    assert!(apply(&connect(&fake), Operation::Restore { object: user(&id) }).await.unwrap().changed());
}

#[tokio::test]
async fn of_a_product_one_sku_takes_the_place_of_the_other() {
    let fake = start();
    let id = anna(&fake);
    let connector = connect(&fake);
    let licence = |sku: &str| EntitlementRef::new("licence", format!("Google-Apps/{sku}"));
    let assign = |sku: &str| Operation::AssignLicence { object: user(&id), licence: licence(sku) };
    assert!(apply(&connector, assign("starter")).await.unwrap().changed());
    assert!(apply(&connector, assign("starter")).await.unwrap().is_already_so());
    assert!(apply(&connector, assign("plus")).await.unwrap().changed());
    let held = fake.with(|google| google.sku_of("Google-Apps", "anna@example.com").map(str::to_owned));
    assert_eq!(held.as_deref(), Some("plus"));
    let seat = grants(&fake, &id).await.pop().unwrap();
    assert_eq!(seat.entitlement, licence("plus"), "licences are held by addresses, and told by ids");
    let release = Operation::ReleaseLicence { object: user(&id), licence: licence("starter") };
    assert!(apply(&connector, release).await.unwrap().is_already_so());
}

#[tokio::test]
async fn no_seat_left_is_no_capacity_although_google_says_precondition() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|google| google.buy("starter", 0));
    let error = apply(&connect(&fake), grant(&id, "licence", "Google-Apps/starter")).await.unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::NoCapacity, Some(412)));
}

#[tokio::test]
async fn suspending_keeps_the_seat() {
    let fake = start();
    let id = anna(&fake);
    apply(&connect(&fake), grant(&id, "licence", "Google-Apps/plus")).await.unwrap();
    apply(&connect(&fake), status(&id, AccountStatus::Suspended)).await.unwrap();
    assert!(fake.with(|google| google.sku_of("Google-Apps", "anna@example.com").is_some()));
}

#[tokio::test]
async fn members_from_elsewhere_are_no_accounts() {
    let fake = start();
    let id = anna(&fake);
    let group = fake.with(|google| {
        let group = google.seed_group("team@example.com", "Team");
        google.seed_guest(&group, "guest@elsewhere.example");
        group
    });
    assert!(apply(&connect(&fake), grant(&id, "group", &group)).await.unwrap().changed());
    assert!(
        apply(&connect(&fake), grant(&id, "group", &group)).await.unwrap().is_already_so(),
        "409 is no error"
    );
    let all = connect(&fake).list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 100).await.unwrap();
    assert_eq!(
        all.items.iter().map(|item| item.object.id.clone()).collect::<Vec<_>>(),
        [format!("{id}/group:{group}")]
    );
    assert!(apply(&connect(&fake), revoke(&id, "group", &group)).await.unwrap().changed());
}

#[tokio::test]
async fn a_transfer_names_private_files_too_and_ids_and_is_polled() {
    let fake = start();
    let (from, to) = (anna(&fake), fake.with(|google| google.seed_user("bo@example.com", "Bo", "Ek")));
    let connector = connect(&fake);
    let scope = OwnershipScope::Only(BTreeSet::from(["documents".to_owned()]));
    let transfer = |scope| Operation::TransferOwnership { object: user(&from), to: user(&to), scope };
    let started = apply(&connector, transfer(scope)).await.unwrap();
    let OutcomeStatus::Accepted { job, .. } = started.status else { panic!("a job") };
    assert!(!connector.poll(&ctx(), &job).await.unwrap().is_settled());
    assert!(connector.poll(&ctx(), &job).await.unwrap().changed());
    let sent = &fake.with(|google| google.transferred())[0];
    assert_eq!(
        (sent["oldOwnerUserId"].as_str(), sent["newOwnerUserId"].as_str()),
        (Some(from.as_str()), Some(to.as_str()))
    );
    let levels = &sent["applicationDataTransfers"][0]["applicationTransferParams"][0]["value"];
    assert_eq!(levels, &json!(["SHARED", "PRIVATE"]));
    let unknown = OwnershipScope::Only(BTreeSet::from(["tickets".to_owned()]));
    let error = apply(&connector, transfer(unknown)).await.unwrap_err();
    assert_eq!(error.detail(), "expected `Drive and Docs`, `Calendar`, found `tickets`");
    apply(&connector, transfer(OwnershipScope::All)).await.unwrap();
    let calendar = &fake.with(|google| google.transferred())[1]["applicationDataTransfers"][1];
    assert_eq!(
        calendar["applicationTransferParams"][0],
        json!({ "key": "RELEASE_RESOURCES", "value": ["TRUE"] })
    );
}

#[tokio::test]
async fn all_sessions_are_browsers_devices_and_programs_with_access() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|google| google.seed_session(&id));
    let end = |scope| Operation::RevokeSessions { object: user(&id), scope };
    assert!(apply(&connect(&fake), end(SessionScope::Tokens)).await.unwrap().changed());
    assert_eq!(fake.with(|google| google.sessions_of(&id)), (1, 0));
    assert!(apply(&connect(&fake), end(SessionScope::Tokens)).await.unwrap().is_already_so());
    fake.with(|google| google.seed_session(&id));
    assert!(
        apply(&connect(&fake), end(SessionScope::All)).await.unwrap().changed(),
        "an empty answer is no error"
    );
    assert_eq!(fake.with(|google| google.sessions_of(&id)), (0, 0));
    assert!(apply(&connect(&fake), Operation::ResetFactors { object: user(&id) }).await.unwrap().changed());
    assert!(!fake.with(|google| google.has_factor(&id)));
    assert_eq!(
        fake.with(|google| google.codes_of(&id)),
        (0, 0),
        "nor passwords of programs, nor printed codes"
    );
}

#[tokio::test]
async fn the_directory_is_a_source_of_people() {
    let fake = start();
    let id = anna(&fake);
    update(&fake, &id, set("externalId", "W7")).await;
    update(&fake, &id, set("title", "Editor")).await;
    apply(&connect(&fake), status(&id, AccountStatus::Suspended)).await.unwrap();
    let mut numbered = config(&fake);
    numbered.workers =
        Some(WorkersFrom { worker_id: Some("externalId".to_owned()), ..WorkersFrom::default() });
    let connector = connect_with(numbered, common::TOKEN);
    let people = connector.list_all(&ctx(), ListQuery::new(ObjectClass::WORKER), 100).await.unwrap();
    let [only] = people.items.as_slice() else { panic!("the administrator has no number") };
    let worker = WorkerRecord::try_from(&only.resource).unwrap();
    assert_eq!((worker.worker_id.as_str(), worker.status), ("W7", WorkerStatus::Terminated));
    assert_eq!(
        (worker.title.as_deref(), worker.email.as_deref()),
        (Some("Editor"), Some("anna@example.com"))
    );
}

#[tokio::test]
async fn the_password_of_a_new_user_is_nobodys_and_stands_nowhere() {
    let fake = start();
    let create = || Operation::Create { class: ObjectClass::USER, resource: person("anna") };
    let outcome = apply(&connect(&fake), create()).await.unwrap();
    let shown = fake.with(|google| google.user(&outcome.object.as_ref().unwrap().id).unwrap().clone());
    assert!(shown.get("password").is_none());
    let error = apply(&connect(&fake), create()).await.unwrap_err();
    assert!(!format!("{outcome:?} {error:?}").contains("password"));
}
