//! What surprises in Atlassian, one test each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{
    EMAIL, TOKEN, apply, config, connect, connect_with, ctx, grant, person, revoke, start, status, user,
};
use serde_json::json;
use tenure_connector::{
    AccountStatus, Certainty, Connector as _, ConnectorExt as _, DeleteMode, EntitlementRef, ErrorKind,
    Fields, ListQuery, ObjectClass, Operation, OperationKind, Secret, SessionScope,
};
use tenure_connector_atlassian::Auth;
use tenure_connector_rest::testing::{self, entitlements, grants};
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::atlassian::Atlassian;

fn anna(fake: &Fake<Atlassian>) -> String {
    fake.with(|atlassian| atlassian.seed_user("anna@example.com", "Anna Berg"))
}

#[tokio::test]
async fn a_seat_is_the_membership_of_any_group_of_the_product() {
    let fake = start();
    let id = anna(&fake);
    let (usual, other) = fake.with(|atlassian| {
        let (usual, other) = (atlassian.seed_group("jira-users"), atlassian.seed_group("jira-admins"));
        atlassian.sell("jira-software", 10, &[&usual, &other]);
        (usual, other)
    });
    let connector = connect(&fake);
    let licence = || EntitlementRef::new("licence", "jira-software");
    let assign = Operation::AssignLicence { object: user(&id), licence: licence() };
    assert!(apply(&connector, assign.clone()).await.unwrap().changed());
    assert_eq!(fake.with(|atlassian| atlassian.groups_of(&id)), ["jira-users"], "the default one");
    assert!(apply(&connector, assign).await.unwrap().is_already_so());
    apply(&connector, grant(&id, "group", &other)).await.unwrap();
    let seats = grants(&connector, &id).await.into_iter().filter(|own| own.entitlement == licence()).count();
    assert_eq!(seats, 1, "by two groups, and one seat");
    assert!(apply(&connector, revoke(&id, "group", &usual)).await.unwrap().changed());
    let seat = entitlements(&connector).await.into_iter().find(|own| own.entitlement == licence()).unwrap();
    assert_eq!((seat.capacity, seat.used), (Some(10), Some(1)), "the other group still gives it");
    let release = || Operation::ReleaseLicence { object: user(&id), licence: licence() };
    assert!(apply(&connector, release()).await.unwrap().changed());
    assert!(apply(&connector, release()).await.unwrap().is_already_so());
    assert!(fake.with(|atlassian| atlassian.groups_of(&id)).is_empty());
}

#[tokio::test]
async fn no_seat_left_is_an_ordinary_400() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|atlassian| {
        let users = atlassian.seed_group("jira-users");
        atlassian.sell("jira-software", 0, &[&users]);
    });
    let error = apply(&connect(&fake), grant(&id, "licence", "jira-software")).await.unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::NoCapacity, Some(400)));
    let create = Operation::Create { class: ObjectClass::USER, resource: person("bo") };
    assert_eq!(apply(&connect(&fake), create).await.unwrap_err().kind(), ErrorKind::NoCapacity);
}

#[tokio::test]
async fn suspending_keeps_to_the_organisation_and_disabling_reaches_everything() {
    let fake = start();
    let id = anna(&fake);
    let group = fake.with(|atlassian| {
        let group = atlassian.seed_group("Marketing");
        atlassian.seed_member(&group, &id);
        group
    });
    let connector = connect(&fake);
    let stopped = || fake.with(|atlassian| atlassian.stopped(&id));
    assert!(apply(&connector, status(&id, AccountStatus::Suspended)).await.unwrap().changed());
    assert_eq!(stopped(), (true, false));
    assert!(apply(&connector, status(&id, AccountStatus::Active)).await.unwrap().changed());
    assert!(apply(&connector, status(&id, AccountStatus::Disabled)).await.unwrap().changed());
    assert_eq!(stopped(), (false, true));
    assert!(apply(&connector, status(&id, AccountStatus::Active)).await.unwrap().changed());
    assert_eq!(stopped(), (false, false));
    assert!(grants(&connector, &id).await.iter().any(|own| own.entitlement.id == group), "groups come back");
    let mut unmanaged = config(&fake);
    unmanaged.managed = false;
    let connector = connect_with(unmanaged, TOKEN);
    assert!(apply(&connector, status(&id, AccountStatus::Disabled)).await.unwrap().changed());
    assert_eq!(stopped(), (true, false), "an account that is not managed is suspended");
}

#[tokio::test]
async fn without_the_organisation_nobody_is_suspended_and_the_capabilities_say_so() {
    let fake = start();
    let auth = Auth::basic(EMAIL, &Secret::new(TOKEN));
    let site = testing::connect::<tenure_connector_atlassian::Atlassian>(config(&fake), auth, "atlassian");
    let why = site.capabilities().why_not(&ObjectClass::USER, OperationKind::SetStatus).unwrap();
    assert_eq!(why.detail, "the site suspends nobody; name the organisation");
    assert!(site.check(&ctx()).await.unwrap().missing.is_empty());
}

#[tokio::test]
async fn tokens_of_a_managed_account_end_and_sessions_only_with_disabling() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|atlassian| atlassian.seed_token(&id, "2026-02-10"));
    let end = |scope| Operation::RevokeSessions { object: user(&id), scope };
    let error = apply(&connect(&fake), end(SessionScope::Web)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unsupported, Certainty::NotAttempted));
    assert!(apply(&connect(&fake), end(SessionScope::Tokens)).await.unwrap().changed());
    assert_eq!(fake.with(|atlassian| atlassian.tokens_of(&id)), 0);
    assert!(apply(&connect(&fake), end(SessionScope::All)).await.unwrap().is_already_so());
    fake.with(|atlassian| atlassian.scoped_key = true);
    let error = apply(&connect(&fake), end(SessionScope::All)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.detail()),
        (ErrorKind::Permission, "403: the key was created with scopes")
    );
}

#[tokio::test]
async fn the_last_activity_of_a_seat_is_a_day() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|atlassian| {
        let users = atlassian.seed_group("jira-users");
        atlassian.seed_member(&users, &id);
        atlassian.sell("jira-software", 10, &[&users]);
        atlassian.seed_token(&id, "2026-02-10");
    });
    let mut asked = config(&fake);
    asked.last_active = true;
    let seat = |held: Vec<tenure_connector::entitlement::GrantRecord>| {
        held.into_iter().find(|own| own.entitlement.kind == "licence").unwrap().last_used
    };
    let known = seat(grants(&connect_with(asked, TOKEN), &id).await).unwrap();
    assert_eq!(known.to_rfc3339(), "2026-02-10T00:00:00+00:00");
    assert_eq!(seat(grants(&connect(&fake), &id).await), None, "it takes a call for each user");
}

#[tokio::test]
async fn a_hidden_address_leaves_the_id_and_applications_are_no_accounts() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|atlassian| atlassian.set(&id, &json!({ "emailAddress": null })));
    let users = connect(&fake).list_all(&ctx(), ListQuery::new(ObjectClass::USER), 100).await.unwrap().items;
    let names: Vec<_> = users.iter().map(|own| own.resource.text("userName").unwrap().to_owned()).collect();
    assert_eq!(names, [EMAIL.to_owned(), id]);
}

#[tokio::test]
async fn who_is_removed_from_the_site_keeps_the_account_and_membership_answers_in_two_ways() {
    let fake = start();
    let id = anna(&fake);
    let group = fake.with(|atlassian| atlassian.seed_group("Marketing"));
    let connector = connect(&fake);
    assert!(apply(&connector, grant(&id, "group", &group)).await.unwrap().changed(), "201");
    assert!(apply(&connector, grant(&id, "group", &group)).await.unwrap().is_already_so());
    assert!(apply(&connector, revoke(&id, "group", &group)).await.unwrap().changed(), "200");
    assert!(apply(&connector, revoke(&id, "group", &group)).await.unwrap().is_already_so());
    let error = apply(&connector, grant(&id, "group", "nowhere")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let delete = Operation::Delete { object: user(&id), mode: DeleteMode::Permanent };
    assert!(apply(&connector, delete).await.unwrap().changed());
    assert_eq!(
        connector.get(&ctx(), &user(&id), &Fields::All).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn the_limit_ends_at_a_moment_without_seconds() {
    let fake = start();
    fake.with(|atlassian| atlassian.calls_left = Some(0));
    let error = connect(&fake).list(&ctx(), &ListQuery::new(ObjectClass::GROUP)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after().map(|wait| wait.as_secs())),
        (ErrorKind::RateLimited, Some(300))
    );
}

#[tokio::test]
async fn check_asks_the_site_and_the_organisation() {
    let fake = start();
    assert!(connect(&fake).check(&ctx()).await.unwrap().missing.is_empty());
    fake.with(|atlassian| atlassian.is_admin = false);
    let report = connect(&fake).check(&ctx()).await.unwrap();
    assert_eq!(report.missing[0].permission, "site admin");
    assert!(report.capabilities.allows(&ObjectClass::USER, OperationKind::SetStatus));
    let error = connect_with(config(&fake), "wrong").check(&ctx()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
}

#[tokio::test]
async fn a_role_in_a_project_is_given_to_people_and_one_by_a_group_is_the_groups() {
    let fake = start();
    let id = anna(&fake);
    let (role, other) = fake.with(|atlassian| {
        let group = atlassian.seed_group("Marketing");
        let role = atlassian.seed_project_role("SITE", "Developers");
        atlassian.seed_group_actor("SITE", &role, &group);
        (format!("SITE/{role}"), atlassian.seed_project_role("OTHER", "Developers"))
    });
    let mut config = config(&fake);
    config.projects = vec!["SITE".to_owned()];
    let connector = connect_with(config, TOKEN);
    let found = entitlements(&connector).await;
    let found = found.iter().find(|found| found.entitlement.kind == "project_role").unwrap();
    assert_eq!((&found.entitlement.id, found.display.as_deref()), (&role, Some("SITE: Developers")));
    assert!(apply(&connector, grant(&id, "project_role", &role)).await.unwrap().changed(), "200");
    assert!(apply(&connector, grant(&id, "project_role", &role)).await.unwrap().is_already_so());
    let held = grants(&connector, &id).await;
    assert!(held.iter().any(|held| held.entitlement.id == role), "{held:?}");
    assert!(apply(&connector, revoke(&id, "project_role", &role)).await.unwrap().changed(), "204");
    assert!(apply(&connector, revoke(&id, "project_role", &role)).await.unwrap().is_already_so());
    for unknown in ["SITE/1".to_owned(), format!("OTHER/{other}"), "SITE".to_owned()] {
        let error = apply(&connector, grant(&id, "project_role", &unknown)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{unknown}");
    }
}

#[tokio::test]
async fn a_project_that_is_not_there_is_found_out_by_check() {
    let fake = start();
    fake.with(|atlassian| atlassian.seed_project_role("SITE", "Developers"));
    let mut config = config(&fake);
    config.projects = vec!["SITE".to_owned(), "SIGHT".to_owned()];
    let report = connect_with(config, TOKEN).check(&ctx()).await.unwrap();
    assert_eq!(report.warnings, ["the project `SIGHT` is not there, or not open to the account"]);
}

#[tokio::test]
async fn a_key_with_scopes_manages_no_accounts_and_check_finds_out() {
    let fake = start();
    fake.with(|atlassian| atlassian.scoped_key = true);
    let report = connect(&fake).check(&ctx()).await.unwrap();
    assert_eq!(report.missing[0].permission, "organisation key");
    assert!(!report.capabilities.allows(&ObjectClass::USER, OperationKind::SetStatus));
    assert!(report.capabilities.allows(&ObjectClass::USER, OperationKind::Grant), "the site is open");
}
