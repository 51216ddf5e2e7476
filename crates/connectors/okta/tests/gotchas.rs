//! What surprises in Okta, one test each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{apply, config, connect, connect_with, ctx, grant, person, revoke, start, user};
use serde_json::json;
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::record::{WorkerRecord, WorkerStatus};
use tenure_connector::{
    AccountStatus, Certainty, Change, Connector as _, ConnectorExt as _, DeleteMode, ErrorKind, Fields,
    ListQuery, ObjectClass, ObjectRef, Operation, OperationKind, SessionScope,
};
use tenure_connector_okta::{Auth, NotActive, WorkersFrom};
use tenure_scim::{AttrPath, Patch};
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::okta::Okta;

fn anna(fake: &Fake<Okta>) -> String {
    fake.with(|okta| okta.seed_user("anna@example.com", "Anna", "Berg"))
}

fn status(id: &str, status: AccountStatus) -> Operation {
    Operation::SetStatus { object: user(id), status }
}

fn state(fake: &Fake<Okta>, id: &str) -> String {
    fake.with(|okta| okta.user(id).unwrap()["status"].as_str().unwrap().to_owned())
}

fn sent(fake: &Fake<Okta>, part: &str) -> Vec<String> {
    fake.requests().into_iter().filter(|line| line.contains(part)).collect()
}

async fn grants(fake: &Fake<Okta>, id: &str) -> Vec<GrantRecord> {
    let all = connect(fake).list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 1000).await.unwrap();
    let all = all.items.iter().map(|item| GrantRecord::try_from(&item.resource).unwrap());
    all.filter(|grant| grant.principal == id).collect()
}

#[tokio::test]
async fn suspending_keeps_groups_and_applications_and_disabling_takes_them() {
    let fake = start();
    let id = anna(&fake);
    let (group, app) = fake.with(|okta| (okta.seed_group("Sales", "OKTA_GROUP"), okta.seed_app("Wiki")));
    let connector = connect(&fake);
    apply(&connector, grant(&id, "group", &group)).await.unwrap();
    apply(&connector, grant(&id, "app", &app)).await.unwrap();
    assert!(apply(&connector, status(&id, AccountStatus::Suspended)).await.unwrap().changed());
    assert_eq!((state(&fake, &id).as_str(), grants(&fake, &id).await.len()), ("SUSPENDED", 2));
    assert!(apply(&connector, status(&id, AccountStatus::Disabled)).await.unwrap().changed());
    assert_eq!((state(&fake, &id).as_str(), grants(&fake, &id).await.len()), ("DEPROVISIONED", 0));
    assert!(apply(&connector, status(&id, AccountStatus::Suspended)).await.unwrap().is_already_so());
    assert!(apply(&connector, status(&id, AccountStatus::Active)).await.unwrap().changed());
    assert_eq!(
        (state(&fake, &id).as_str(), grants(&fake, &id).await.len()),
        ("ACTIVE", 0),
        "nothing comes back"
    );
}

#[tokio::test]
async fn the_deactivated_are_listed_although_the_plain_list_leaves_them_out() {
    let fake = start();
    let id = anna(&fake);
    apply(&connect(&fake), status(&id, AccountStatus::Disabled)).await.unwrap();
    for size in [1, 200] {
        let query = ListQuery::new(ObjectClass::USER).with_page_size(size);
        let users = connect(&fake).list_all(&ctx(), query, 100).await.unwrap();
        let found = users.items.iter().find(|item| item.object.id == id).unwrap();
        let known = "urn:tenure:params:scim:schemas:1.0:Account:status";
        assert_eq!(found.resource.text(known), Some("disabled"));
    }
}

#[tokio::test]
async fn who_is_not_active_cannot_be_suspended_and_the_configuration_says_what_then() {
    let fake = start();
    let (one, other) = (anna(&fake), fake.with(|okta| okta.seed_user("bo@example.com", "Bo", "Ek")));
    fake.with(|okta| {
        [&one, &other].into_iter().for_each(|id| okta.set(id, &json!({ "status": "LOCKED_OUT" })))
    });
    assert!(apply(&connect(&fake), status(&one, AccountStatus::Suspended)).await.unwrap().changed());
    assert_eq!(state(&fake, &one), "DEPROVISIONED");
    let mut careful = config(&fake);
    careful.not_active = NotActive::Refuse;
    let refused =
        apply(&connect_with(careful, common::TOKEN), status(&other, AccountStatus::Suspended)).await;
    let error = refused.unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::Policy, Some("E0000038")));
    assert_eq!(error.certainty(), Certainty::Refused);
}

#[tokio::test]
async fn a_delete_takes_two() {
    let fake = start();
    let (one, other) = (anna(&fake), fake.with(|okta| okta.seed_user("bo@example.com", "Bo", "Ek")));
    apply(&connect(&fake), status(&other, AccountStatus::Disabled)).await.unwrap();
    for (id, calls) in [(&one, 2), (&other, 1)] {
        let delete = Operation::Delete { object: user(id), mode: DeleteMode::Permanent };
        assert!(apply(&connect(&fake), delete).await.unwrap().changed());
        assert_eq!(sent(&fake, &format!("DELETE /api/v1/users/{id}")).len(), calls);
        assert!(fake.with(|okta| okta.user(id).is_none()));
    }
    assert_eq!(fake.with(|okta| okta.mails().len()), 0, "nobody gets a mail about it");
}

#[tokio::test]
async fn a_create_is_answered_with_200_and_sends_a_mail_only_when_told_to() {
    let fake = start();
    let create = |name: &str| Operation::Create { class: ObjectClass::USER, resource: person(name) };
    let made = apply(&connect(&fake), create("anna")).await.unwrap();
    assert_eq!(state(&fake, &made.object.unwrap().id), "PROVISIONED");
    assert_eq!(fake.with(|okta| okta.mails().to_vec()), [""; 0]);
    let mut loud = config(&fake);
    loud.activation_mail = true;
    apply(&connect_with(loud, common::TOKEN), create("bo")).await.unwrap();
    assert_eq!(fake.with(|okta| okta.mails().to_vec()), ["bo@example.com"]);
}

#[tokio::test]
async fn a_taken_login_is_told_by_a_cause_and_the_other_is_named() {
    let fake = start();
    let id = anna(&fake);
    let create = Operation::Create { class: ObjectClass::USER, resource: person("anna") };
    let error = apply(&connect(&fake), create).await.unwrap_err();
    assert_eq!((error.http_status(), error.kind()), (Some(400), ErrorKind::AlreadyExists));
    assert_eq!(error.conflicting().map(|other| other.id.as_str()), Some(id.as_str()));
    assert_eq!(error.request_id(), Some("req-1"));
}

#[tokio::test]
async fn an_update_names_what_changes_and_null_clears() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|okta| okta.set(&id, &json!({ "profile": { "title": "Agent", "custom": "kept" } })));
    let patch = Patch::default()
        .remove(AttrPath::parse("title").unwrap())
        .replace(AttrPath::parse("displayName").unwrap(), "Anna B.");
    apply(&connect(&fake), Operation::Update { object: user(&id), patch }).await.unwrap();
    let profile = fake.with(|okta| okta.user(&id).unwrap()["profile"].clone());
    assert_eq!((profile.get("title"), profile["displayName"].as_str()), (None, Some("Anna B.")));
    assert_eq!(profile["custom"], "kept");
    assert_eq!(sent(&fake, "PUT").len(), 0, "a PUT would null the rest");
}

#[tokio::test]
async fn groups_of_other_makers_do_not_change() {
    let fake = start();
    let id = anna(&fake);
    let theirs = fake.with(|okta| {
        let theirs = okta.seed_group("From AD", "APP_GROUP");
        okta.seed_member(&theirs, &id);
        theirs
    });
    let connector = connect(&fake);
    let error = apply(&connector, revoke(&id, "group", &theirs)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::NotAttempted));
    assert!(grants(&fake, &id).await.iter().all(|grant| grant.immutable), "a plan does not try");
    let catalogue = connector.list_all(&ctx(), ListQuery::new(ObjectClass::ENTITLEMENT), 100).await.unwrap();
    let fixed: Vec<_> =
        catalogue.items.iter().map(|item| Entitlement::try_from(&item.resource).unwrap()).collect();
    let fixed: Vec<_> =
        fixed.iter().filter(|found| found.immutable).filter_map(|found| found.display.as_deref()).collect();
    assert_eq!(fixed, ["Everyone", "From AD"]);
}

#[tokio::test]
async fn an_application_that_came_by_a_group_stays() {
    let fake = start();
    let id = anna(&fake);
    let app = fake.with(|okta| {
        let app = okta.seed_app("Wiki");
        okta.seed_assignment(&app, &id);
        app
    });
    let error = apply(&connect(&fake), revoke(&id, "app", &app)).await.unwrap_err();
    assert_eq!(error.detail(), "the application came by a group; take the group away");
    assert!(grants(&fake, &id).await[0].immutable);
    assert!(apply(&connect(&fake), grant(&id, "app", &app)).await.unwrap().is_already_so());
}

#[tokio::test]
async fn an_application_of_ones_own_is_taken_without_a_mail() {
    let fake = start();
    let id = anna(&fake);
    let app = fake.with(|okta| okta.seed_app("Wiki"));
    let connector = connect(&fake);
    assert!(apply(&connector, grant(&id, "app", &app)).await.unwrap().changed());
    assert!(apply(&connector, revoke(&id, "app", &app)).await.unwrap().changed(), "{:#?}", fake.requests());
    assert!(apply(&connector, revoke(&id, "app", &app)).await.unwrap().is_already_so());
    assert_eq!(sent(&fake, "sendEmail=false").len(), 1);
}

#[tokio::test]
async fn roles_are_given_by_type_and_taken_by_assignment() {
    let fake = start();
    let id = anna(&fake);
    let connector = connect(&fake);
    assert!(apply(&connector, grant(&id, "role", "HELP_DESK_ADMIN")).await.unwrap().changed());
    assert!(
        apply(&connector, grant(&id, "role", "HELP_DESK_ADMIN")).await.unwrap().is_already_so(),
        "409 is no error"
    );
    assert_eq!(grants(&fake, &id).await[0].entitlement.id, "HELP_DESK_ADMIN");
    assert!(apply(&connector, revoke(&id, "role", "HELP_DESK_ADMIN")).await.unwrap().changed());
    assert!(apply(&connector, revoke(&id, "role", "HELP_DESK_ADMIN")).await.unwrap().is_already_so());
    let error = apply(&connector, grant(&id, "role", "KING")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn sessions_tokens_and_factors_end_apart() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|okta| okta.seed_session(&id));
    let end = |scope| Operation::RevokeSessions { object: user(&id), scope };
    for (scope, left) in [(SessionScope::Web, [0, 1, 1]), (SessionScope::Tokens, [0, 0, 1])] {
        apply(&connect(&fake), end(scope)).await.unwrap();
        assert_eq!(fake.with(|okta| okta.held_by(&id)), left);
    }
    fake.with(|okta| okta.seed_session(&id));
    apply(&connect(&fake), end(SessionScope::All)).await.unwrap();
    apply(&connect(&fake), Operation::ResetFactors { object: user(&id) }).await.unwrap();
    assert_eq!(fake.with(|okta| okta.held_by(&id)), [0, 0, 0]);
}

#[tokio::test]
async fn the_word_me_and_a_login_are_no_ids() {
    let fake = start();
    anna(&fake);
    for id in ["me", "anna@example.com"] {
        let error = connect(&fake).get(&ctx(), &user(id), &Fields::All).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{id}");
    }
    let by_name = ObjectRef::by(ObjectClass::USER, ObjectRef::USER_NAME, "me");
    assert_eq!(
        connect(&fake).get(&ctx(), &by_name, &Fields::All).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn the_limit_ends_at_a_moment_that_is_told_as_a_wait() {
    let fake = start();
    fake.with(|okta| okta.calls_a_minute = 1);
    let connector = connect(&fake);
    let query = ListQuery::new(ObjectClass::GROUP);
    let page = connector.list(&ctx(), &query).await.unwrap();
    assert!(page.rate.unwrap().is_exhausted());
    fake.advance(std::time::Duration::from_secs(20));
    let error = connector.list(&ctx(), &query).await.unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::RateLimited, Some("E0000047")));
    assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(40));
}

#[tokio::test]
async fn check_names_the_areas_that_are_closed() {
    let fake = start();
    fake.with(|okta| okta.areas.retain(|area| *area != "apps" && *area != "iam"));
    let report = connect(&fake).check(&ctx()).await.unwrap();
    let missing: Vec<_> = report.missing.iter().map(|missing| missing.permission.as_str()).collect();
    assert_eq!(missing, ["okta.apps.manage", "okta.roles.manage"]);
    assert!(!report.capabilities.allows(&ObjectClass::USER, OperationKind::Grant));
    let error = connect_with(config(&fake), "wrong").check(&ctx()).await.unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::Auth, Some("E0000011")));
}

#[tokio::test]
async fn the_directory_is_a_source_of_people_and_the_deactivated_have_left() {
    let fake = start();
    let (one, other) = (anna(&fake), fake.with(|okta| okta.seed_user("bo@example.com", "Bo", "Ek")));
    fake.with(|okta| {
        okta.set(&one, &json!({ "profile": { "employeeNumber": "W1", "department": "Sales" } }));
        okta.set(&other, &json!({ "status": "DEPROVISIONED", "profile": { "employeeNumber": "W2" } }));
    });
    let mut numbered = config(&fake);
    let number = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber";
    numbered.workers = Some(WorkersFrom { worker_id: Some(number.to_owned()), ..WorkersFrom::default() });
    let people = connect_with(numbered, common::TOKEN);
    let people = people.list_all(&ctx(), ListQuery::new(ObjectClass::WORKER), 100).await.unwrap();
    let people: Vec<_> =
        people.items.iter().map(|item| WorkerRecord::try_from(&item.resource).unwrap()).collect();
    let seen: Vec<_> = people.iter().map(|worker| (worker.worker_id.as_str(), worker.status)).collect();
    assert_eq!(seen, [("W1", WorkerStatus::Active), ("W2", WorkerStatus::Terminated)]);
    assert_eq!(people[0].department.as_deref(), Some("Sales"));
}

fn missing(report: &tenure_connector::CheckReport) -> Vec<&str> {
    report.missing.iter().map(|missing| missing.permission.as_str()).collect()
}

#[tokio::test]
async fn an_api_token_may_do_what_the_roles_of_its_owner_come_to() {
    let fake = start();
    let check = |roles: &'static [&'static str]| {
        fake.with(|okta| okta.set_roles("00u1", roles));
        let connector = connect(&fake);
        async move { connector.check(&ctx()).await.unwrap() }
    };
    assert_eq!(missing(&check(&["SUPER_ADMIN"]).await), [""; 0]);
    let report = check(&["APP_ADMIN", "GROUP_MEMBERSHIP_ADMIN"]).await;
    assert_eq!(missing(&report), ["okta.roles.manage", "okta.users.manage"]);
    assert!(!report.capabilities.allows(&ObjectClass::USER, OperationKind::SetStatus));
    assert_eq!(missing(&check(&["READ_ONLY_ADMIN"]).await).len(), 4, "every list is open to it");
    assert_eq!(missing(&check(&["READ_ONLY_ADMIN", "CUSTOM"]).await), [""; 0], "what is in it is not known");
}

#[tokio::test]
async fn the_token_of_a_service_says_its_scopes_itself() {
    // {"scp":["okta.users.manage","okta.groups.read"]}
    let token = "e30.eyJzY3AiOlsib2t0YS51c2Vycy5tYW5hZ2UiLCJva3RhLmdyb3Vwcy5yZWFkIl19.planted";
    let fake = Fake::start(Okta::new(token)).unwrap();
    let auth = Auth::bearer(&tenure_connector::Secret::new(token));
    let connector = tenure_connector_rest::testing::connect(config(&fake), auth, "okta");
    let connector: tenure_connector_okta::OktaConnector = connector;
    let report = connector.check(&ctx()).await.unwrap();
    assert_eq!(missing(&report), ["okta.apps.manage", "okta.groups.manage", "okta.roles.manage"]);
    assert!(report.capabilities.allows(&ObjectClass::USER, OperationKind::Update));
}

#[tokio::test]
async fn the_log_tells_who_changed_and_who_was_deleted_in_the_order_of_writing() {
    let fake = start();
    let (anna, bo) = (anna(&fake), fake.with(|okta| okta.seed_user("bo@example.com", "Bo", "Ek")));
    let connector = connect(&fake);
    let mut token = connector.changes(&ctx(), &ObjectClass::USER, None).await.unwrap().token;
    fake.advance(std::time::Duration::from_secs(60));
    for state in [AccountStatus::Suspended, AccountStatus::Active] {
        apply(&connector, status(&anna, state)).await.unwrap();
    }
    apply(&connector, Operation::Delete { object: user(&bo), mode: DeleteMode::Permanent }).await.unwrap();
    fake.with(|okta| {
        okta.seed_event("user.session.start", "00u77", 1_772_442_060);
        // One that came late: it happened before, and is written down now.
        okta.seed_event("user.account.update_profile", "00u1", 1_772_442_030);
    });
    let mut told = Vec::new();
    loop {
        let page = connector.changes(&ctx(), &ObjectClass::USER, Some(&token)).await.unwrap();
        let of = |change: &Change| (change.object().id.clone(), matches!(change, Change::Deleted(_)));
        told.extend(page.changes.iter().map(of));
        token = page.token;
        if !page.more {
            break;
        }
    }
    assert_eq!(told, [(anna, false), (bo, true), ("00u1".to_owned(), false)], "each once");
    let quiet = connector.changes(&ctx(), &ObjectClass::USER, Some(&token)).await.unwrap();
    assert!(quiet.changes.is_empty() && quiet.token == token, "the place after nothing is the same");
}

#[tokio::test]
async fn without_the_log_no_changes_are_followed_and_check_says_so() {
    let fake = start();
    fake.with(|okta| okta.areas.remove("logs"));
    let report = connect(&fake).check(&ctx()).await.unwrap();
    assert!(report.capabilities.class(&ObjectClass::USER).unwrap().changes.is_none());
    assert!(report.warnings[0].contains("`okta.logs.read`"), "{report:?}");
}
