//! What surprises in Microsoft Graph, one test each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::BTreeSet;

use common::{apply, config, connect, connect_with, ctx, grant, person, revoke, start, status, user};
use serde_json::json;
use tenure_connector::record::{WorkerRecord, WorkerStatus};
use tenure_connector::{
    AccountStatus, Certainty, Change, Connector as _, ConnectorExt as _, DeleteMode, DeltaToken,
    EntitlementRef, ErrorKind, Fields, ListQuery, ObjectClass, ObjectRef, Operation, OperationKind,
    OwnershipScope, SessionScope,
};
use tenure_connector_entra::WorkersFrom;
use tenure_connector_rest::testing::{entitlements, grants};
use tenure_scim::{AttrPath, Patch, ValueRef};
use tenure_testkit::conformance::FaultPort as _;
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::graph::Graph;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn anna(fake: &Fake<Graph>) -> String {
    fake.with(|graph| graph.seed_user("anna@example.com", "Anna", "Berg"))
}

fn bo(fake: &Fake<Graph>) -> String {
    fake.with(|graph| graph.seed_user("bo@example.com", "Bo", "Ek"))
}

fn sent(fake: &Fake<Graph>, part: &str) -> usize {
    fake.requests().iter().filter(|line| line.contains(part)).count()
}

fn set(path: &str, value: &str) -> Patch {
    Patch::default().replace(AttrPath::parse(path).unwrap(), value)
}

#[tokio::test]
async fn what_is_not_selected_is_not_shown_so_everything_is() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|graph| {
        graph.set(&id, &json!({ "employeeId": "W1", "department": "Sales", "accountEnabled": false }))
    });
    let read = connect(&fake).get(&ctx(), &user(&id), &Fields::All).await.unwrap().resource;
    assert_eq!(read.attr("active").and_then(ValueRef::as_bool), Some(false));
    assert_eq!(read.text(&format!("{ENTERPRISE}:employeeNumber")), Some("W1"));
    assert_eq!(read.text(&format!("{ENTERPRISE}:department")), Some("Sales"));
}

#[tokio::test]
async fn sign_ins_make_pages_smaller_and_a_success_counts_before_an_attempt() {
    let fake = start();
    let id = anna(&fake);
    let activity = json!({
        "lastSignInDateTime": "2026-02-20T08:00:00Z", "lastSuccessfulSignInDateTime": "2026-02-10T08:00:00Z",
    });
    fake.with(|graph| graph.set(&id, &json!({ "signInActivity": activity })));
    let users = connect(&fake).list_all(&ctx(), ListQuery::new(ObjectClass::USER), 100).await.unwrap();
    let found = users.items.iter().find(|item| item.object.id == id).unwrap();
    let last = "urn:tenure:params:scim:schemas:1.0:Account:lastLogin";
    assert_eq!(found.resource.text(last), Some("2026-02-10T08:00:00Z"));
    assert!(sent(&fake, "top=500") > 0 && sent(&fake, "top=999") == 0, "{:#?}", fake.requests());
    let mut plain = config(&fake);
    plain.sign_in_activity = false;
    let connector = connect_with(plain, common::TOKEN);
    connector.list_all(&ctx(), ListQuery::new(ObjectClass::USER), 100).await.unwrap();
    assert_eq!((sent(&fake, "top=999"), sent(&fake, "signInActivity") > 0), (1, true));
}

#[tokio::test]
async fn a_tenant_without_the_plan_for_sign_ins_is_told_by_check() {
    let fake = start();
    fake.with(|graph| graph.closed.insert("activity"));
    let report = connect(&fake).check(&ctx()).await.unwrap();
    assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
    assert!(report.warnings[0].starts_with("last sign-ins cannot be read"), "{:?}", report.warnings);
    assert!(report.missing.is_empty());
}

#[tokio::test]
async fn a_user_name_is_no_id() {
    let fake = start();
    anna(&fake);
    let error = connect(&fake).get(&ctx(), &user("anna@example.com"), &Fields::All).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidInput), "{error}");
    let by_name = ObjectRef::by(ObjectClass::USER, ObjectRef::USER_NAME, "anna@example.com");
    assert!(connect(&fake).get(&ctx(), &by_name, &Fields::All).await.is_ok());
}

#[tokio::test]
async fn stopping_leaves_sessions_and_seats_and_ending_sessions_has_two_answers() {
    let fake = Fake::start(Graph::new(common::TOKEN)).unwrap();
    let id = anna(&fake);
    fake.with(|graph| graph.seed_session(&id));
    let connector = connect(&fake);
    assert!(apply(&connector, status(&id, AccountStatus::Suspended)).await.unwrap().changed());
    assert!(
        fake.with(|graph| graph.is_signed_in(&id)),
        "an account that is stopped goes on until its sessions end"
    );
    let end = || Operation::RevokeSessions { object: user(&id), scope: SessionScope::All };
    for quiet in [false, true] {
        fake.with(|graph| {
            graph.quiet = quiet;
            graph.seed_session(&id);
        });
        assert!(apply(&connector, end()).await.unwrap().changed());
        assert!(!fake.with(|graph| graph.is_signed_in(&id)));
    }
}

#[tokio::test]
async fn sessions_of_a_guest_are_the_home_tenants() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|graph| graph.set(&id, &json!({ "userType": "Guest" })));
    let end = Operation::RevokeSessions { object: user(&id), scope: SessionScope::All };
    let error = apply(&connect(&fake), end).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::NotAttempted));
    let mut members = config(&fake);
    members.guests = false;
    let connector = connect_with(members, common::TOKEN);
    let users = connector.list_all(&ctx(), ListQuery::new(ObjectClass::USER), 100).await.unwrap();
    assert_eq!(users.items.len(), 1, "only the administrator");
}

#[tokio::test]
async fn a_deleted_user_comes_back_for_a_time_and_a_permanent_delete_takes_two() {
    let fake = start();
    let id = anna(&fake);
    let connector = connect(&fake);
    let delete = |mode| Operation::Delete { object: user(&id), mode };
    assert!(apply(&connector, delete(DeleteMode::Soft)).await.unwrap().changed());
    assert!(fake.with(|graph| graph.is_deleted(&id)));
    let by_name = ObjectRef::by(ObjectClass::USER, ObjectRef::USER_NAME, "anna@example.com");
    let error = apply(&connector, Operation::Restore { object: by_name }).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::InvalidInput, Certainty::Refused));
    assert!(apply(&connector, Operation::Restore { object: user(&id) }).await.unwrap().changed());
    assert!(apply(&connector, delete(DeleteMode::Permanent)).await.unwrap().changed());
    assert!(!fake.with(|graph| graph.is_deleted(&id)));

    let other = bo(&fake);
    let delete = |mode| Operation::Delete { object: user(&other), mode };
    apply(&connector, delete(DeleteMode::Soft)).await.unwrap();
    assert!(
        apply(&connector, delete(DeleteMode::Permanent)).await.unwrap().changed(),
        "what is left is erased"
    );
    assert!(apply(&connector, delete(DeleteMode::Permanent)).await.unwrap().is_already_so());
}

#[tokio::test]
async fn a_link_is_removed_and_never_the_user_at_its_end() {
    let fake = start();
    let id = anna(&fake);
    let group = fake.with(|graph| graph.seed_group("Sales", "security"));
    let connector = connect(&fake);
    assert!(apply(&connector, grant(&id, "group", &group)).await.unwrap().changed());
    assert!(apply(&connector, revoke(&id, "group", &group)).await.unwrap().changed());
    assert!(apply(&connector, revoke(&id, "group", &group)).await.unwrap().is_already_so());
    assert!(fake.with(|graph| graph.user(&id).is_some()));
    let deletes: Vec<_> = fake.requests().into_iter().filter(|line| line.starts_with("DELETE")).collect();
    assert!(deletes.len() == 2 && deletes.iter().all(|line| line.contains("/$ref ")), "{deletes:?}");
}

#[tokio::test]
async fn who_is_a_member_already_is_answered_with_400() {
    let fake = start();
    let id = anna(&fake);
    let (group, role) = fake.with(|graph| (graph.seed_group("Sales", "unified"), graph.seed_role("Reader")));
    let connector = connect(&fake);
    for (kind, what) in [("group", &group), ("role", &role), ("app", &app())] {
        assert!(apply(&connector, grant(&id, kind, what)).await.unwrap().changed(), "{kind}");
        assert!(apply(&connector, grant(&id, kind, what)).await.unwrap().is_already_so(), "{kind}");
    }
    assert_eq!(grants(&connector, &id).await.len(), 3);
    for (kind, what) in [("group", &group), ("role", &role), ("app", &app())] {
        assert!(apply(&connector, revoke(&id, kind, what)).await.unwrap().changed(), "{kind}");
        assert!(apply(&connector, revoke(&id, kind, what)).await.unwrap().is_already_so(), "{kind}");
    }
    assert_eq!(grants(&connector, &id).await, []);
}

fn app() -> String {
    format!("{}/{}", common::RESOURCE, common::ROLE)
}

#[tokio::test]
async fn a_member_that_has_not_arrived_everywhere_is_not_ready_instead_of_gone() {
    let fake = start();
    let create = Operation::Create { class: ObjectClass::USER, resource: person("new") };
    let connector = connect(&fake);
    let id = apply(&connector, create).await.unwrap().object.unwrap().id;
    let group = fake.with(|graph| {
        graph.lag = 1;
        graph.seed_group("Sales", "security")
    });
    let error = apply(&connector, grant(&id, "group", &group)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::NotReady, Certainty::Refused));
    assert!(apply(&connector, grant(&id, "group", &group)).await.unwrap().changed());
}

#[tokio::test]
async fn members_of_some_groups_are_made_elsewhere() {
    let fake = start();
    let id = anna(&fake);
    for kind in ["dynamic", "synced", "distribution"] {
        let group = fake.with(|graph| {
            let group = graph.seed_group(kind, kind);
            graph.seed_member(&group, &id);
            group
        });
        let connector = connect(&fake);
        assert!(apply(&connector, grant(&id, "group", &group)).await.unwrap().is_already_so(), "{kind}");
        let error = apply(&connector, revoke(&id, "group", &group)).await.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::NotAttempted), "{kind}");
        let error = apply(&connector, grant(&bo_or(&fake), "group", &group)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Policy, "{kind}");
    }
    let fixed = entitlements(&connect(&fake)).await.into_iter().filter(|found| found.immutable).count();
    assert_eq!(fixed, 3);
    assert!(grants(&connect(&fake), &id).await.iter().all(|grant| grant.immutable), "a plan does not try");
}

fn bo_or(fake: &Fake<Graph>) -> String {
    fake.with(|graph| graph.id_of("bo@example.com")).unwrap_or_else(|| bo(fake))
}

#[tokio::test]
async fn a_licence_needs_a_place_of_use_first() {
    let fake = start();
    let id = anna(&fake);
    let sku = fake.with(|graph| graph.buy("ENTERPRISEPACK", 2));
    let mut nowhere = config(&fake);
    nowhere.usage_location = None;
    let error = apply(&connect_with(nowhere, common::TOKEN), grant(&id, "licence", &sku)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::InvalidInput, Certainty::Refused));
    assert_eq!(error.attributes().collect::<Vec<_>>(), ["usageLocation"]);
    let assign =
        Operation::AssignLicence { object: user(&id), licence: EntitlementRef::new("licence", &sku) };
    assert!(apply(&connect(&fake), assign.clone()).await.unwrap().changed());
    assert_eq!(fake.with(|graph| graph.user(&id).unwrap()["usageLocation"].clone()), "DE");
    assert!(apply(&connect(&fake), assign).await.unwrap().is_already_so());
    let release =
        Operation::ReleaseLicence { object: user(&id), licence: EntitlementRef::new("licence", &sku) };
    assert!(apply(&connect(&fake), release.clone()).await.unwrap().changed());
    assert!(apply(&connect(&fake), release).await.unwrap().is_already_so());
}

#[tokio::test]
async fn seats_are_told_as_bought_and_taken_and_the_last_one_is_an_ordinary_400() {
    let fake = start();
    let (one, other) = (anna(&fake), bo(&fake));
    let sku = fake.with(|graph| graph.buy("ENTERPRISEPACK", 1));
    let connector = connect(&fake);
    apply(&connector, grant(&one, "licence", &sku)).await.unwrap();
    let shown = entitlements(&connector).await.into_iter().find(|found| found.entitlement.id == sku).unwrap();
    assert_eq!(
        (shown.display.as_deref(), shown.capacity, shown.used),
        (Some("ENTERPRISEPACK"), Some(1), Some(1))
    );
    let error = apply(&connector, grant(&other, "licence", &sku)).await.unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::NoCapacity, Some(400)));
    let error = apply(&connector, grant(&other, "licence", "00000000-0000-4000-9000-00000000000f"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_licence_that_came_by_a_group_stays() {
    let fake = start();
    let id = anna(&fake);
    let (sku, group) =
        fake.with(|graph| (graph.buy("ENTERPRISEPACK", 5), graph.seed_group("Licensed", "security")));
    fake.with(|graph| graph.seed_licence(&id, &sku, &group));
    let connector = connect(&fake);
    let error = apply(&connector, revoke(&id, "licence", &sku)).await.unwrap_err();
    assert_eq!(error.detail(), "the licence came by a group; take the group away");
    assert!(grants(&connector, &id).await[0].immutable);
    assert!(apply(&connector, grant(&id, "licence", &sku)).await.unwrap().is_already_so());
}

#[tokio::test]
async fn the_seat_tells_when_it_was_used_last() {
    let fake = start();
    let id = anna(&fake);
    let sku = fake.with(|graph| graph.buy("ENTERPRISEPACK", 5));
    apply(&connect(&fake), grant(&id, "licence", &sku)).await.unwrap();
    let activity = json!({ "lastNonInteractiveSignInDateTime": "2026-02-10T08:00:00Z" });
    fake.with(|graph| graph.set(&id, &json!({ "signInActivity": activity })));
    let seat = grants(&connect(&fake), &id).await.pop().unwrap();
    assert_eq!(seat.last_used.unwrap().to_rfc3339(), "2026-02-10T08:00:00+00:00");
    let mut plain = config(&fake);
    plain.sign_in_activity = false;
    assert_eq!(grants(&connect_with(plain, common::TOKEN), &id).await[0].last_used, None);
}

#[tokio::test]
async fn a_manager_stands_in_a_link_and_goes_with_it() {
    let fake = start();
    let (report, boss) = (anna(&fake), bo(&fake));
    let path = format!("{ENTERPRISE}:manager.value");
    let connector = connect(&fake);
    let update = |patch| Operation::Update { object: user(&report), patch };
    assert!(apply(&connector, update(set(&path, &boss))).await.unwrap().changed());
    assert_eq!(fake.with(|graph| graph.manager_of(&report)), Some(boss.clone()));
    assert!(apply(&connector, update(set(&path, &boss))).await.unwrap().is_already_so());
    let read = connector.get(&ctx(), &user(&report), &Fields::All).await.unwrap();
    assert_eq!(read.resource.text(&path), Some(boss.as_str()));
    let gone = Patch::default().remove(AttrPath::parse(&path).unwrap());
    assert!(apply(&connector, update(gone)).await.unwrap().changed());
    assert_eq!(fake.with(|graph| graph.manager_of(&report)), None);
}

#[tokio::test]
async fn a_member_of_a_value_is_written_with_the_others_of_it() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|graph| {
        graph.set(&id, &json!({ "employeeOrgData": { "costCenter": "C1", "division": "D1" } }))
    });
    let patch = set(&format!("{ENTERPRISE}:costCenter"), "C2");
    apply(&connect(&fake), Operation::Update { object: user(&id), patch }).await.unwrap();
    let shown = fake.with(|graph| graph.user(&id).unwrap()["employeeOrgData"].clone());
    assert_eq!(shown, json!({ "costCenter": "C2", "division": "D1" }));
}

#[tokio::test]
async fn a_user_of_another_directory_does_not_change_here() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|graph| graph.set(&id, &json!({ "onPremisesSyncEnabled": true })));
    let error = apply(&connect(&fake), status(&id, AccountStatus::Disabled)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::Refused));
}

#[tokio::test]
async fn ownership_is_handed_over_one_by_one_and_the_last_owner_stays_until_another_is_there() {
    let fake = start();
    let (from, to) = (anna(&fake), bo(&fake));
    let (group, application, report) = fake.with(|graph| {
        let group = graph.seed_group("Campaigns", "unified");
        graph.seed_owner(&group, &from);
        let report = graph.seed_user("cy@example.com", "Cy", "Low");
        graph.seed_manager(&report, &from);
        (group, graph.seed_application(&from), report)
    });
    let connector = connect(&fake);
    let transfer = |scope| Operation::TransferOwnership { object: user(&from), to: user(&to), scope };
    let only = |word: &str| OwnershipScope::Only(BTreeSet::from([word.to_owned()]));
    let error = apply(&connector, transfer(only("documents"))).await.unwrap_err();
    assert_eq!(error.detail(), "expected `groups`, `applications` or `reports`, found `documents`");
    assert!(apply(&connector, transfer(only("groups"))).await.unwrap().changed());
    assert_eq!(fake.with(|graph| graph.owners_of(&group)), std::slice::from_ref(&to));
    assert_eq!(fake.with(|graph| graph.owners_of(&application)), std::slice::from_ref(&from));
    assert!(apply(&connector, transfer(OwnershipScope::All)).await.unwrap().changed());
    assert_eq!(fake.with(|graph| graph.owners_of(&application)), std::slice::from_ref(&to));
    assert_eq!(fake.with(|graph| graph.manager_of(&report)), Some(to.clone()));
    assert!(apply(&connector, transfer(OwnershipScope::All)).await.unwrap().is_already_so());
}

#[tokio::test]
async fn changes_come_in_pages_and_a_deleted_user_is_told_as_removed() {
    let fake = start();
    let connector = connect(&fake);
    let first = connector.changes(&ctx(), &ObjectClass::USER, None).await.unwrap();
    assert!(first.changes.is_empty() && !first.more);
    let ids: Vec<String> =
        fake.with(|graph| (0..4).map(|n| graph.seed_user(&format!("n{n}@example.com"), "N", "N")).collect());
    let delete = Operation::Delete { object: user(&ids[1]), mode: DeleteMode::Soft };
    apply(&connector, delete).await.unwrap();
    let (mut told, mut token) = (Vec::new(), first.token);
    loop {
        let page = connector.changes(&ctx(), &ObjectClass::USER, Some(&token)).await.unwrap();
        told.extend(page.changes);
        token = page.token;
        if !page.more {
            break;
        }
    }
    let gone =
        told.iter().filter(|change| matches!(change, Change::Deleted(gone) if gone.id == ids[1])).count();
    assert_eq!((told.len(), gone), (4, 1));
    assert!(connector.changes(&ctx(), &ObjectClass::USER, Some(&token)).await.unwrap().changes.is_empty());
}

#[tokio::test]
async fn a_token_that_is_gone_is_expired_and_one_that_leads_elsewhere_is_refused() {
    let fake = start();
    let connector = connect(&fake);
    let token = connector.changes(&ctx(), &ObjectClass::USER, None).await.unwrap().token;
    fake.expire_tokens();
    let error = connector.changes(&ctx(), &ObjectClass::USER, Some(&token)).await.unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::TokenExpired, Some(410)));
    let elsewhere = DeltaToken::new("users-https://elsewhere.example/v1.0/users/delta?$deltatoken=1");
    let error = connector.changes(&ctx(), &ObjectClass::USER, Some(&elsewhere)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_wait_has_a_fraction_and_the_share_that_is_used_is_told_before() {
    let fake = start();
    fake.with(|graph| graph.calls_in_ten_seconds = 4);
    let connector = connect(&fake);
    let query = ListQuery::new(ObjectClass::GROUP);
    for _ in 0..3 {
        connector.list(&ctx(), &query).await.unwrap();
    }
    let rate = connector.list(&ctx(), &query).await.unwrap().rate.unwrap();
    assert!(rate.is_exhausted(), "{rate:?}");
    let error = connector.list(&ctx(), &query).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after().unwrap().as_millis(), 10_128);
}

#[tokio::test]
async fn check_names_the_parts_that_are_closed() {
    let fake = start();
    fake.with(|graph| graph.closed.insert("licences"));
    let report = connect(&fake).check(&ctx()).await.unwrap();
    let missing: Vec<_> = report.missing.iter().map(|missing| missing.permission.as_str()).collect();
    assert_eq!(missing, ["LicenseAssignment.ReadWrite.All"]);
    assert!(!report.capabilities.allows(&ObjectClass::USER, OperationKind::AssignLicence));
    let error = connect_with(config(&fake), "wrong").check(&ctx()).await.unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::Auth, Some("InvalidAuthenticationToken")));
}

#[tokio::test]
async fn a_token_says_itself_what_it_may_do() {
    // {"roles":["User.ReadWrite.All","Group.ReadWrite.All"]}
    let token = "e30.eyJyb2xlcyI6WyJVc2VyLlJlYWRXcml0ZS5BbGwiLCJHcm91cC5SZWFkV3JpdGUuQWxsIl19.planted";
    let fake = Fake::start(Graph::new(token)).unwrap();
    let report = connect_with(config(&fake), token).check(&ctx()).await.unwrap();
    let missing: Vec<_> = report.missing.iter().map(|missing| missing.permission.as_str()).collect();
    assert_eq!(
        missing,
        [
            "AppRoleAssignment.ReadWrite.All",
            "RoleManagement.ReadWrite.Directory",
            "UserAuthenticationMethod.ReadWrite.All"
        ]
    );
    assert!(
        report.capabilities.allows(&ObjectClass::USER, OperationKind::AssignLicence),
        "a wider one covers it"
    );
    assert!(!report.capabilities.allows(&ObjectClass::USER, OperationKind::Grant));
}

#[tokio::test]
async fn both_names_and_quotes_are_searched_for_as_they_are() {
    let fake = start();
    fake.with(|graph| graph.seed_user("o'brien@example.com", "Dan", "O'Brien"));
    let by = ObjectRef::by(ObjectClass::USER, ObjectRef::USER_NAME, "o'brien@example.com");
    assert!(connect(&fake).get(&ctx(), &by, &Fields::All).await.is_ok());
    let taken = person("x").with("userName", "o'brien@example.com").unwrap();
    let create = Operation::Create { class: ObjectClass::USER, resource: taken };
    let error = apply(&connect(&fake), create).await.unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::AlreadyExists, Some(400)));
    assert!(error.conflicting().is_some(), "{error}");
}

#[tokio::test]
async fn the_directory_is_a_source_of_people() {
    let fake = start();
    let (one, boss) = (anna(&fake), bo(&fake));
    fake.with(|graph| {
        graph.set(
            &one,
            &json!({ "employeeId": "W1", "employeeHireDate": "2026-03-02T00:00:00Z", "jobTitle": "Editor" }),
        );
        graph.set(&boss, &json!({ "employeeId": "W2", "accountEnabled": false }));
        graph.seed_manager(&one, &boss);
    });
    let mut numbered = config(&fake);
    numbered.workers = Some(WorkersFrom {
        worker_id: Some(format!("{ENTERPRISE}:employeeNumber")),
        ..WorkersFrom::default()
    });
    let people = connect_with(numbered, common::TOKEN);
    let people = people.list_all(&ctx(), ListQuery::new(ObjectClass::WORKER), 100).await.unwrap();
    let people: Vec<_> =
        people.items.iter().map(|item| WorkerRecord::try_from(&item.resource).unwrap()).collect();
    let seen: Vec<_> = people.iter().map(|worker| (worker.worker_id.as_str(), worker.status)).collect();
    assert_eq!(seen, [("W1", WorkerStatus::Active), ("W2", WorkerStatus::Terminated)]);
    assert_eq!(
        (people[0].title.as_deref(), people[0].manager_id.as_deref()),
        (Some("Editor"), Some(boss.as_str()))
    );
}

fn reset(id: &str) -> Operation {
    Operation::ResetFactors { object: user(id) }
}

#[tokio::test]
async fn factors_go_in_batches_and_the_default_one_goes_last() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|graph| {
        for _ in 0..25 {
            graph.seed_method(&id, "fido2");
        }
        graph.seed_method(&id, "phone");
        graph.seed_method(&id, "softwareOath");
    });
    let connector = connect(&fake);
    assert!(apply(&connector, reset(&id)).await.unwrap().changed());
    assert!(fake.with(|graph| graph.methods_of(&id).is_empty()));
    assert_eq!(sent(&fake, "POST /v1.0/$batch"), 3, "twenty, seven, and the default one");
    assert!(apply(&connector, reset(&id)).await.unwrap().is_already_so(), "the password stays");
    assert_eq!(sent(&fake, "POST /v1.0/$batch"), 3);
}

#[tokio::test]
async fn a_part_of_a_batch_is_refused_on_its_own() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|graph| {
        graph.seed_method(&id, "phone");
        graph.seed_method(&id, "email");
        // The list, the batch and one of its parts.
        graph.calls_in_ten_seconds = 4;
    });
    let error = apply(&connect(&fake), reset(&id)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.retry_after().is_some(), "the part says how long to wait");
}

#[tokio::test]
async fn a_kind_of_factor_that_nobody_knows_is_told_and_not_passed_over() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|graph| {
        graph.seed_method(&id, "quantum");
        graph.seed_method(&id, "phone");
    });
    let error = apply(&connect(&fake), reset(&id)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unsupported, Certainty::Unknown));
    assert!(error.detail().contains("`quantumAuthenticationMethod`"), "{error}");
    assert_eq!(fake.with(|graph| graph.methods_of(&id).len()), 1, "what is known is gone");
}

#[tokio::test]
async fn methods_that_may_not_be_read_are_found_out_by_check() {
    let fake = start();
    fake.with(|graph| graph.closed.insert("methods"));
    let report = connect(&fake).check(&ctx()).await.unwrap();
    assert_eq!(report.missing[0].permission, "UserAuthenticationMethod.ReadWrite.All");
    assert!(!report.capabilities.allows(&ObjectClass::USER, OperationKind::ResetFactors));
}
