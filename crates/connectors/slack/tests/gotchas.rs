//! What surprises in Slack, one test each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{apply, config, connect, connect_with, ctx, grant, person, revoke, start, user};
use serde_json::json;
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{
    AccountStatus, Certainty, Connector as _, ConnectorExt as _, ErrorKind, Fields, ListQuery, ObjectClass,
    Operation, OperationKind, SessionScope,
};
use tenure_scim::{AttrPath, Patch};
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::slack::Slack;

fn stop(id: &str) -> Operation {
    Operation::SetStatus { object: user(id), status: AccountStatus::Suspended }
}

fn sent(fake: &Fake<Slack>, part: &str) -> Vec<String> {
    fake.requests().into_iter().filter(|line| line.contains(part)).collect()
}

async fn held(fake: &Fake<Slack>, id: &str) -> Vec<GrantRecord> {
    let all = connect(fake).list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 1000).await.unwrap();
    let all = all.items.iter().map(|item| GrantRecord::try_from(&item.resource).unwrap());
    all.filter(|grant| grant.principal == id).collect()
}

#[tokio::test]
async fn a_failure_with_status_200_is_a_failure() {
    let fake = start();
    let someone = fake.with(|slack| slack.seed_user("anna", "anna@example.com"));
    let error = apply(&connect(&fake), grant(&someone, "channel", "C404")).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::NotFound, Certainty::Refused));
    assert_eq!((error.http_status(), error.vendor_code()), (Some(200), Some("channel_not_found")));
    let error = connect_with(config(&fake), "wrong").check(&ctx()).await.unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::Auth, Some("invalid_auth")));
}

#[tokio::test]
async fn deactivating_frees_the_seat_and_the_account_stays_listed() {
    let fake = start();
    let someone = fake.with(|slack| slack.seed_user("anna", "anna@example.com"));
    assert_eq!(fake.with(|slack| slack.seats_billed()), 2);
    assert!(apply(&connect(&fake), stop(&someone)).await.unwrap().changed());
    assert_eq!(fake.with(|slack| slack.seats_billed()), 1);
    assert!(apply(&connect(&fake), stop(&someone)).await.unwrap().is_already_so());
    let users = connect(&fake).list_all(&ctx(), ListQuery::new(ObjectClass::USER), 100).await.unwrap();
    assert_eq!(users.items.len(), 2);
    assert_eq!(held(&fake, &someone).await, []);
    let start = Operation::SetStatus { object: user(&someone), status: AccountStatus::Active };
    assert!(apply(&connect(&fake), start).await.unwrap().changed());
    assert_eq!(fake.with(|slack| slack.seats_billed()), 2);
}

#[tokio::test]
async fn nothing_is_deleted_and_the_capabilities_say_why() {
    let fake = start();
    let capabilities = connect(&fake).capabilities();
    let why = capabilities.why_not(&ObjectClass::USER, OperationKind::Delete).unwrap();
    assert_eq!(why.detail, "Slack deletes no account: deactivate it, which frees the seat");
    assert!(capabilities.allows(&ObjectClass::GROUP, OperationKind::Delete));
}

#[tokio::test]
async fn the_primary_owner_is_out_of_reach() {
    let fake = start();
    let connector = connect(&fake);
    let error = apply(&connector, stop("U001")).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::Refused));
    let error = apply(&connector, revoke("U001", "role", "owner")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Policy);
    let role = held(&fake, "U001").await.into_iter().find(|grant| grant.entitlement.kind == "role").unwrap();
    assert!(role.immutable, "a plan does not try");
}

#[tokio::test]
async fn a_token_reaches_nobody_of_a_higher_rank() {
    let fake = start();
    let id = fake.with(|slack| slack.seed_user("anna", "a@example.com"));
    let connector = connect(&fake);
    apply(&connector, grant(&id, "role", "owner")).await.unwrap();
    fake.with(|slack| slack.is_admins = true);
    let error = apply(&connector, stop(&id)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Permission, Certainty::Refused));
    fake.with(|slack| slack.is_admins = false);
    assert!(apply(&connector, stop(&id)).await.unwrap().changed());
}

#[tokio::test]
async fn a_user_group_is_replaced_as_a_whole_and_the_last_member_disables_it() {
    let fake = start();
    let (anna, bo, group) = fake.with(|slack| {
        let (anna, bo) = (slack.seed_user("anna", "a@example.com"), slack.seed_user("bo", "b@example.com"));
        (anna, bo, slack.seed_usergroup("Writers"))
    });
    let connector = connect(&fake);
    for id in [&anna, &bo] {
        assert!(apply(&connector, grant(id, "usergroup", &group)).await.unwrap().changed());
    }
    assert_eq!(fake.with(|slack| slack.members_of(&group)), [anna.clone(), bo.clone()], "the first is kept");
    assert!(apply(&connector, grant(&bo, "usergroup", &group)).await.unwrap().is_already_so());
    assert!(held(&fake, &bo).await.iter().any(|grant| grant.entitlement.id == group));
    for id in [&anna, &bo] {
        assert!(apply(&connector, revoke(id, "usergroup", &group)).await.unwrap().changed());
    }
    assert!(fake.with(|slack| slack.is_disabled(&group)), "a list of members may not be empty");
    assert!(apply(&connector, revoke(&bo, "usergroup", &group)).await.unwrap().is_already_so());
    assert!(!held(&fake, &bo).await.iter().any(|grant| grant.entitlement.kind == "usergroup"));
    assert!(apply(&connector, grant(&anna, "usergroup", &group)).await.unwrap().changed());
    assert_eq!(fake.with(|slack| (slack.is_disabled(&group), slack.members_of(&group))), (false, vec![anna]));
}

#[tokio::test]
async fn channels_answer_that_it_was_so_already() {
    let fake = start();
    let (anna, channel, general) = fake.with(|slack| {
        let anna = slack.seed_user("anna", "a@example.com");
        (anna, slack.seed_channel("launch"), slack.seed_channel("general"))
    });
    let connector = connect(&fake);
    assert!(apply(&connector, grant(&anna, "channel", &channel)).await.unwrap().changed());
    assert!(apply(&connector, grant(&anna, "channel", &channel)).await.unwrap().is_already_so());
    assert!(held(&fake, &anna).await.iter().any(|grant| grant.entitlement.id == channel));
    assert!(apply(&connector, revoke(&anna, "channel", &channel)).await.unwrap().changed());
    assert!(apply(&connector, revoke(&anna, "channel", &channel)).await.unwrap().is_already_so());
    let error = apply(&connector, revoke(&anna, "channel", &general)).await.unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::Policy, Some("cant_kick_from_general")));
}

#[tokio::test]
async fn a_role_takes_the_place_of_the_one_before() {
    let fake = start();
    let anna = fake.with(|slack| slack.seed_user("anna", "a@example.com"));
    let connector = connect(&fake);
    assert!(apply(&connector, grant(&anna, "role", "owner")).await.unwrap().changed());
    assert!(apply(&connector, grant(&anna, "role", "admin")).await.unwrap().changed());
    assert!(apply(&connector, grant(&anna, "role", "admin")).await.unwrap().is_already_so());
    assert!(apply(&connector, revoke(&anna, "role", "owner")).await.unwrap().is_already_so());
    assert!(apply(&connector, revoke(&anna, "role", "admin")).await.unwrap().changed());
    assert!(sent(&fake, "setRegular").len() == 1);
}

#[tokio::test]
async fn seats_are_listed_with_what_is_known_of_their_use() {
    let fake = start();
    let (anna, guest) = fake.with(|slack| {
        let anna = slack.seed_user("anna", "a@example.com");
        slack.seed_login(&anna, 1_772_000_000);
        slack.seed_login(&anna, 1_771_000_000);
        (anna, slack.seed_guest("gus", "g@example.com"))
    });
    let seat = &held(&fake, &anna).await[0];
    assert_eq!((seat.entitlement.to_string().as_str(), seat.immutable), ("licence:member", true));
    assert_eq!(seat.last_used.unwrap().timestamp(), 1_772_000_000);
    assert_eq!(held(&fake, &guest).await, [], "a guest of one channel needs no seat");
    let mut bought = config(&fake);
    (bought.seats, bought.login_lines) = (Some(80), 0);
    let connector = connect_with(bought, common::TOKEN);
    let catalogue = connector.list_all(&ctx(), ListQuery::new(ObjectClass::ENTITLEMENT), 100).await.unwrap();
    let seats = Entitlement::try_from(&catalogue.items[0].resource).unwrap();
    assert_eq!((seats.capacity, seats.used), (Some(80), Some(2)));
    let logs = sent(&fake, "accessLogs").len();
    connector.list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 100).await.unwrap();
    assert_eq!(sent(&fake, "accessLogs").len(), logs, "a free plan is not asked for its log");
}

#[tokio::test]
async fn sessions_end_by_the_web_api_and_tokens_do_not() {
    let fake = start();
    let anna = fake.with(|slack| {
        let anna = slack.seed_user("anna", "a@example.com");
        slack.seed_login(&anna, 1);
        anna
    });
    let end = |scope| Operation::RevokeSessions { object: user(&anna), scope };
    let error = apply(&connect(&fake), end(SessionScope::Tokens)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unsupported, Certainty::NotAttempted));
    assert!(apply(&connect(&fake), end(SessionScope::All)).await.unwrap().changed());
    assert_eq!(fake.with(|slack| slack.sessions_of(&anna)), 0);
}

#[tokio::test]
async fn a_handle_stays_as_it_was_made() {
    let fake = start();
    let anna = fake.with(|slack| slack.seed_user("anna", "a@example.com"));
    let patch = Patch::default().replace(AttrPath::parse("userName").unwrap(), "anna.berg");
    let error = apply(&connect(&fake), Operation::Update { object: user(&anna), patch }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(sent(&fake, "PATCH").len(), 0);
}

#[tokio::test]
async fn an_attribute_that_goes_is_removed_by_its_path() {
    let fake = start();
    let department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
    let resource = person("anna").with(department, "Sales").unwrap().with("name.familyName", "Berg").unwrap();
    let create = Operation::Create { class: ObjectClass::USER, resource };
    let id = apply(&connect(&fake), create).await.unwrap().object.unwrap().id;
    let patch = Patch::default()
        .remove(AttrPath::parse(department).unwrap())
        .replace(AttrPath::parse("name.familyName").unwrap(), "Bergmann");
    apply(&connect(&fake), Operation::Update { object: user(&id), patch }).await.unwrap();
    let after = connect(&fake).get(&ctx(), &user(&id), &Fields::All).await.unwrap().resource;
    assert_eq!(after.text("name.familyName"), Some("Bergmann"));
    assert_eq!(
        fake.with(|slack| slack.user(&id).unwrap()[department.rsplit_once(':').unwrap().0].clone()),
        json!({})
    );
}

#[tokio::test]
async fn both_the_handle_and_the_address_are_unique_and_the_other_is_named() {
    let fake = start();
    let anna = fake.with(|slack| slack.seed_user("anna", "boss@example.com"));
    let same_mail = person("other").with("email", "boss@example.com").unwrap();
    for resource in [person("anna"), same_mail] {
        let error = apply(&connect(&fake), Operation::Create { class: ObjectClass::USER, resource }).await;
        let error = error.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::AlreadyExists, Certainty::Refused));
        assert_eq!(error.conflicting().map(|other| other.id.as_str()), Some(anna.as_str()), "{error}");
    }
}

#[tokio::test]
async fn the_limit_is_shared_by_all_programs_and_says_how_long_to_wait() {
    let fake = start();
    let anna = fake.with(|slack| {
        slack.scim_writes_a_minute = 1;
        slack.seed_user("anna", "a@example.com")
    });
    apply(&connect(&fake), stop(&anna)).await.unwrap();
    let start = Operation::SetStatus { object: user(&anna), status: AccountStatus::Active };
    let error = apply(&connect(&fake), start).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::RateLimited, Certainty::Refused));
    assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(60));
}

#[tokio::test]
async fn check_names_the_scopes_and_the_plan_that_are_missing() {
    let fake = start();
    fake.with(|slack| slack.scopes = vec!["admin".to_owned()]);
    let report = connect(&fake).check(&ctx()).await.unwrap();
    let missing: Vec<_> = report.missing.iter().map(|missing| missing.permission.as_str()).collect();
    assert_eq!(missing, ["admin.users:write"]);
    assert!(!report.capabilities.allows(&ObjectClass::USER, OperationKind::RevokeSessions));
    assert!(report.capabilities.allows(&ObjectClass::USER, OperationKind::SetStatus));
    fake.with(|slack| slack.has_scim = false);
    let report = connect(&fake).check(&ctx()).await.unwrap();
    assert!(!report.capabilities.allows(&ObjectClass::USER, OperationKind::Create));
    assert_eq!(report.warnings.len(), 1);
}

#[tokio::test]
async fn one_numbered_page_more_is_asked_for_until_the_total_is_reached() {
    let fake = start();
    fake.with(|slack| {
        (0..6).for_each(|n| drop(slack.seed_user(&format!("n{n}"), &format!("n{n}@example.com"))))
    });
    let query = ListQuery::new(ObjectClass::USER).with_page_size(3);
    let first = connect(&fake).list(&ctx(), &query).await.unwrap();
    fake.with(|slack| slack.seed_user("late", "late@example.com"));
    let next = connect(&fake).list(&ctx(), &query.clone().with_cursor(first.next.unwrap())).await.unwrap();
    assert!(first.complete && !next.complete, "somebody came while the list was read: it proves no absence");
    let rest = connect(&fake).list(&ctx(), &query.with_cursor(next.next.unwrap())).await.unwrap();
    assert_eq!((rest.items.len(), rest.next), (2, None));
}
