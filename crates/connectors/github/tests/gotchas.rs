//! What surprises in GitHub, one test each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::time::Duration;

use common::{apply, config, connect, connect_with, ctx, grant, person, revoke, start, user};
use tenure_connector::{
    Certainty, Connector as _, ConnectorExt as _, DeleteMode, ErrorKind, Fields, ListQuery, Object,
    ObjectClass, Operation, OperationKind, SessionScope,
};
use tenure_connector_rest::testing::{self, entitlements, grants};
use tenure_scim::ValueRef;
use tenure_testkit::conformance::FaultPort as _;
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::github::Github;

const OWN: &str = "urn:tenure:params:scim:schemas:github:1.0:User";

fn member(fake: &Fake<Github>, login: &str) {
    fake.with(|github| github.seed_member(login, "member"));
}

fn invite(login: &str) -> Operation {
    Operation::Create { class: ObjectClass::USER, resource: testing::person(&[("userName", login)]) }
}

fn delete(login: &str) -> Operation {
    Operation::Delete { object: user(login), mode: DeleteMode::Permanent }
}

async fn people(fake: &Fake<Github>) -> Vec<Object> {
    connect(fake).list_all(&ctx(), ListQuery::new(ObjectClass::USER), 1000).await.unwrap().items
}

fn of<'a>(people: &'a [Object], login: &str) -> &'a Object {
    people.iter().find(|person| person.object.id == login).unwrap()
}

#[tokio::test]
async fn an_invitation_is_an_account_that_waits() {
    let fake = start();
    let connector = connect(&fake);
    let made = apply(&connector, invite("anna")).await.unwrap();
    assert_eq!(made.object.unwrap().id, "anna");
    assert_eq!(fake.with(|github| github.member("anna")), Some(("member".to_owned(), "pending")));
    let listed = people(&fake).await;
    let anna = of(&listed, "anna");
    assert_eq!(anna.resource.text(&format!("{OWN}:state")), Some("pending"));
    assert_eq!(anna.resource.attr("active").and_then(ValueRef::as_bool), Some(true), "nothing is left to do");
    fake.with(|github| github.accept("anna"));
    let anna = connector.get(&ctx(), &user("anna"), &Fields::All).await.unwrap();
    assert_eq!(anna.resource.text(&format!("{OWN}:state")), Some("active"));
}

#[tokio::test]
async fn a_member_is_not_invited_again_which_would_change_the_role() {
    let fake = start();
    fake.with(|github| github.seed_member("anna", "admin"));
    let error = apply(&connect(&fake), invite("Anna")).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::AlreadyExists, Certainty::Refused));
    assert_eq!(error.conflicting().map(|other| other.id.as_str()), Some("anna"));
    assert_eq!(fake.with(|github| github.member("anna")), Some(("admin".to_owned(), "active")));
}

#[tokio::test]
async fn a_login_that_nobody_has_is_wrong_input_and_no_missing_account() {
    let fake = start();
    fake.with(|github| github.nobody_is("annna"));
    let error = apply(&connect(&fake), invite("annna")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.detail(), "GitHub knows nobody with the login `annna`");
}

#[tokio::test]
async fn an_address_is_invited_and_gets_teams_when_it_has_a_login() {
    let fake = start();
    let team = fake.with(|github| github.seed_team("Core"));
    let connector = connect(&fake);
    let made = apply(&connector, invite("anna@example.com")).await.unwrap().object.unwrap();
    let listed = people(&fake).await;
    assert_eq!(of(&listed, "anna@example.com").resource.text(&format!("{OWN}:kind")), Some("invitation"));
    let error = apply(&connector, grant(&made.id, "team", &team)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::NotReady, Certainty::NotAttempted));
    let error = apply(&connector, invite("anna@example.com")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert!(apply(&connector, delete(&made.id)).await.unwrap().changed(), "an invitation is withdrawn");
    assert!(apply(&connector, delete(&made.id)).await.unwrap().is_already_so());
}

#[tokio::test]
async fn nothing_is_suspended_and_the_capabilities_say_what_to_do_instead() {
    let fake = start();
    let capabilities = connect(&fake).capabilities();
    let why = capabilities.why_not(&ObjectClass::USER, OperationKind::SetStatus).unwrap();
    assert_eq!(
        why.detail,
        "the account belongs to the person: take it out of the organisation (delete) instead"
    );
    member(&fake, "anna");
    assert!(apply(&connect(&fake), delete("anna")).await.unwrap().changed());
    assert_eq!(fake.with(|github| github.member("anna")), None);
}

#[tokio::test]
async fn the_last_owner_stays() {
    let fake = start();
    for operation in [delete("olga"), revoke("olga", "role", "admin")] {
        let error = apply(&connect(&fake), operation).await.unwrap_err();
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Policy, Some(403)));
    }
    fake.with(|github| github.seed_member("anna", "admin"));
    assert!(apply(&connect(&fake), revoke("olga", "role", "admin")).await.unwrap().changed());
}

#[tokio::test]
async fn owners_are_made_and_unmade() {
    let fake = start();
    member(&fake, "anna");
    let connector = connect(&fake);
    assert!(apply(&connector, grant("anna", "role", "admin")).await.unwrap().changed());
    assert!(apply(&connector, grant("anna", "role", "admin")).await.unwrap().is_already_so());
    assert!(grants(&connector, "anna").await.iter().any(|grant| grant.entitlement.kind == "role"));
    assert!(apply(&connector, revoke("anna", "role", "admin")).await.unwrap().changed());
    assert!(apply(&connector, revoke("anna", "role", "admin")).await.unwrap().is_already_so());
    let error = apply(&connector, grant("anna", "role", "king")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_maintainer_is_a_member_already_and_does_not_become_less() {
    let fake = start();
    member(&fake, "anna");
    let team = fake.with(|github| {
        let team = github.seed_team("Core Team");
        github.seed_team_member(&team, "anna", "maintainer");
        team
    });
    assert_eq!(team, "core-team");
    assert!(apply(&connect(&fake), grant("anna", "team", &team)).await.unwrap().is_already_so());
    assert_eq!(
        fake.with(|github| github.team_role(&team, "anna").map(str::to_owned)).as_deref(),
        Some("maintainer")
    );
    assert!(apply(&connect(&fake), revoke("anna", "team", &team)).await.unwrap().changed());
    let again = apply(&connect(&fake), revoke("anna", "team", &team)).await.unwrap();
    assert!(again.is_already_so(), "GitHub itself answers 204 each time");
}

#[tokio::test]
async fn a_team_of_an_identity_provider_does_not_change_here() {
    let fake = start();
    member(&fake, "anna");
    let team = fake.with(|github| {
        let team = github.seed_team("Synced");
        github.sync(&team);
        team
    });
    let error = apply(&connect(&fake), grant("anna", "team", &team)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::Refused));
}

#[tokio::test]
async fn an_outside_collaborator_is_an_account_without_teams() {
    let fake = start();
    let team = fake.with(|github| {
        github.seed_outside("guest");
        github.seed_team("Core")
    });
    let connector = connect(&fake);
    let listed = people(&fake).await;
    assert_eq!(of(&listed, "guest").resource.text(&format!("{OWN}:kind")), Some("outside_collaborator"));
    let error = apply(&connector, grant("guest", "team", &team)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::NotAttempted));
    assert!(apply(&connector, delete("guest")).await.unwrap().changed());
    assert!(apply(&connector, delete("guest")).await.unwrap().is_already_so());
    let mut without = config(&fake);
    without.outside_collaborators = false;
    fake.with(|github| github.seed_outside("guest"));
    let error =
        connect_with(without, common::TOKEN).get(&ctx(), &user("guest"), &Fields::All).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn who_is_a_member_through_the_enterprise_does_not_go_here() {
    let fake = start();
    fake.with(|github| github.seed_enterprise_member("anna"));
    let error = apply(&connect(&fake), delete("anna")).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::NotAttempted));
}

#[tokio::test]
async fn second_factors_are_known_to_owners() {
    let fake = start();
    member(&fake, "anna");
    fake.with(|github| github.take_factor("anna"));
    let factor = format!("{OWN}:twoFactor");
    let path = tenure_scim::AttrPath::parse(&factor).unwrap();
    let known = |person: &Object| person.resource.get(&path).and_then(ValueRef::as_bool);
    let listed = people(&fake).await;
    assert_eq!((known(of(&listed, "anna")), known(of(&listed, "olga"))), (Some(false), Some(true)));
    fake.with(|github| github.is_owner = false);
    let connector = connect(&fake);
    let page = connector.list(&ctx(), &ListQuery::new(ObjectClass::USER)).await.unwrap();
    assert_eq!(known(of(&page.items, "anna")), None);
}

#[tokio::test]
async fn seats_are_those_of_members_and_of_people_who_are_invited() {
    let fake = start();
    member(&fake, "anna");
    fake.with(|github| {
        github.seats = 4;
        github.seed_line("anna", 1_772_000_000);
        github.seed_line("anna", 1_772_100_000);
    });
    let connector = connect(&fake);
    apply(&connector, invite("bo@example.com")).await.unwrap();
    let seats =
        entitlements(&connector).await.into_iter().find(|found| found.entitlement.kind == "licence").unwrap();
    assert_eq!((seats.entitlement.id.as_str(), seats.capacity, seats.used), ("team", Some(4), Some(3)));
    let anna = grants(&connector, "anna").await.pop().unwrap();
    assert_eq!((anna.immutable, anna.last_used.unwrap().timestamp()), (true, 1_772_100_000));
    assert_eq!(grants(&connector, "bo@example.com").await.len(), 1);
    apply(&connector, invite("cy")).await.unwrap();
    let error = apply(&connector, invite("dee")).await.unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::NoCapacity, Some(422)));
    let mut blind = config(&fake);
    blind.audit_lines = 0;
    assert_eq!(grants(&connect_with(blind, common::TOKEN), "anna").await[0].last_used, None);
}

#[tokio::test]
async fn credentials_lose_their_authorisation_and_sessions_are_the_persons() {
    let fake = start();
    member(&fake, "anna");
    fake.with(|github| github.seed_authorisation("anna"));
    let end = |scope| Operation::RevokeSessions { object: user("anna"), scope };
    let error = apply(&connect(&fake), end(SessionScope::Web)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unsupported, Certainty::NotAttempted));
    assert!(apply(&connect(&fake), end(SessionScope::All)).await.unwrap().changed(), "202 is done");
    assert!(!fake.with(|github| github.is_authorised("anna")));
    let mut plain = config(&fake);
    plain.enterprise_cloud = false;
    let capabilities = connect_with(plain, common::TOKEN).capabilities();
    assert!(!capabilities.allows(&ObjectClass::USER, OperationKind::RevokeSessions));
}

#[tokio::test]
async fn used_up_is_403_and_so_is_a_burst() {
    let fake = start();
    fake.with(|github| github.calls_an_hour = 1);
    let connector = connect(&fake);
    let query = ListQuery::new(ObjectClass::GROUP);
    assert!(connector.list(&ctx(), &query).await.unwrap().rate.unwrap().is_exhausted());
    fake.advance(Duration::from_secs(600));
    let error = connector.list(&ctx(), &query).await.unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::RateLimited, Some(403)));
    assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(3000));
    fake.with(|github| github.calls_an_hour = 1000);
    for wait in [None, Some(Duration::from_secs(60))] {
        fake.throttle_next(wait);
        let error = connector.list(&ctx(), &query).await.unwrap_err();
        assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, wait));
    }
    fake.with(|github| github.invitations_left = 0);
    let error = apply(&connector, invite("anna")).await.unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::RateLimited, Some(422)));
}

#[tokio::test]
async fn check_reads_the_scopes_of_a_classic_token_and_tries_any_other() {
    let fake = start();
    fake.with(|github| github.scopes = Some("repo".to_owned()));
    let report = connect(&fake).check(&ctx()).await.unwrap();
    assert_eq!(report.missing[0].permission, "admin:org");
    assert!(!report.capabilities.allows(&ObjectClass::USER, OperationKind::Create));
    fake.with(|github| (github.scopes, github.is_owner) = (None, false));
    let report = connect(&fake).check(&ctx()).await.unwrap();
    assert_eq!((report.missing.len(), report.warnings.len()), (1, 1));
    let error = connect_with(config(&fake), "wrong").check(&ctx()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    let mut elsewhere = config(&fake);
    elsewhere.organization = "nowhere".to_owned();
    let error = connect_with(elsewhere, common::TOKEN).check(&ctx()).await.unwrap_err();
    assert_eq!(error.detail(), "expected the organisation `nowhere`, found none");
}

#[tokio::test]
async fn a_name_of_a_team_is_unique_and_its_address_is_the_id() {
    let fake = start();
    let create = || {
        let resource = tenure_scim::Resource::new("urn:ietf:params:scim:schemas:core:2.0:Group");
        let resource = resource.with("displayName", "Core Team").unwrap();
        Operation::Create { class: ObjectClass::GROUP, resource }
    };
    let made = apply(&connect(&fake), create()).await.unwrap();
    assert_eq!(made.object.unwrap().id, "core-team");
    let error = apply(&connect(&fake), create()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn a_login_has_no_case() {
    let fake = start();
    member(&fake, "Anna");
    let found = connect(&fake).get(&ctx(), &user("anna"), &Fields::All).await.unwrap();
    assert_eq!(found.object.id, "Anna");
    assert_eq!(person("anna").text("userName"), Some("anna"));
}

fn with_repository(fake: &Fake<Github>) -> tenure_connector_github::GithubConnector {
    fake.with(|github| github.seed_repository("site"));
    let mut config = config(fake);
    config.repositories = vec!["site".to_owned()];
    connect_with(config, common::TOKEN)
}

#[tokio::test]
async fn a_permission_in_a_repository_takes_the_place_of_the_one_before() {
    let fake = start();
    member(&fake, "anna");
    let connector = with_repository(&fake);
    assert!(apply(&connector, grant("anna", "repository", "site/pull")).await.unwrap().changed());
    assert!(apply(&connector, grant("anna", "repository", "site/pull")).await.unwrap().is_already_so());
    assert!(apply(&connector, grant("anna", "repository", "site/push")).await.unwrap().changed());
    let role = || fake.with(|github| github.collaborator("site", "anna").map(str::to_owned));
    assert_eq!(role().as_deref(), Some("write"), "answers call it by another word");
    let held = grants(&connector, "anna").await;
    assert!(held.iter().any(|held| held.entitlement.id == "site/push"), "{held:?}");
    let gone = apply(&connector, revoke("anna", "repository", "site/pull")).await.unwrap();
    assert!(gone.is_already_so() && role().is_some(), "what is held now is not what is taken");
    assert!(apply(&connector, revoke("anna", "repository", "site/push")).await.unwrap().changed());
    assert!(apply(&connector, revoke("anna", "repository", "site/push")).await.unwrap().is_already_so());
    for unknown in ["site/king", "other/pull", "site"] {
        let error = apply(&connector, grant("anna", "repository", unknown)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{unknown}");
    }
    let schema = connector.schema(&ctx()).await.unwrap();
    assert_eq!(schema.exclusive[0].members.len(), 5);
}

#[tokio::test]
async fn a_repository_that_is_not_there_is_found_out_by_check() {
    let fake = start();
    fake.with(|github| github.seed_repository("site"));
    let mut config = config(&fake);
    config.repositories = vec!["site".to_owned(), "sight".to_owned()];
    let report = connect_with(config, common::TOKEN).check(&ctx()).await.unwrap();
    assert_eq!(report.warnings, ["the repository `sight` is not there, or not open to the token"]);
}

#[tokio::test]
async fn owners_and_teams_are_no_collaborators_by_themselves() {
    let fake = start();
    let connector = with_repository(&fake);
    assert!(!grants(&connector, "olga").await.iter().any(|held| held.entitlement.kind == "repository"));
    assert!(fake.requests().iter().any(|line| line.contains("affiliation=direct")));
}

#[tokio::test]
async fn who_is_no_member_is_invited_to_a_repository_and_the_invitation_changes_with_the_permission() {
    let fake = start();
    fake.with(|github| github.seed_outside("guest"));
    let connector = with_repository(&fake);
    assert!(apply(&connector, grant("guest", "repository", "site/pull")).await.unwrap().changed(), "201");
    assert!(apply(&connector, grant("guest", "repository", "site/pull")).await.unwrap().is_already_so());
    assert!(apply(&connector, grant("guest", "repository", "site/triage")).await.unwrap().changed());
    let held = grants(&connector, "guest").await;
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].entitlement.id, "site/triage");
    assert!(apply(&connector, revoke("guest", "repository", "site/triage")).await.unwrap().changed());
    assert_eq!(fake.with(|github| github.repository_invitations()), 0);
}

#[tokio::test]
async fn a_role_that_somebody_made_in_a_repository_is_shown_and_can_be_taken() {
    let fake = start();
    member(&fake, "anna");
    let connector = with_repository(&fake);
    fake.with(|github| github.seed_collaborator("site", "anna", "release-manager"));
    let held = grants(&connector, "anna").await;
    assert!(held.iter().any(|held| held.entitlement.id == "site/release-manager"));
    assert!(apply(&connector, revoke("anna", "repository", "site/release-manager")).await.unwrap().changed());
}

#[tokio::test]
async fn roles_of_the_organisation_are_found_and_one_that_comes_by_a_team_stays() {
    let fake = start();
    member(&fake, "anna");
    let connector = connect(&fake);
    let kinds = |found: Vec<tenure_connector::entitlement::Entitlement>| {
        found.into_iter().filter(|found| found.entitlement.kind == "organization_role").count()
    };
    assert_eq!(kinds(entitlements(&connector).await), 0, "404 is a server without them");
    let (own, team) = fake.with(|github| (github.seed_role("Security manager"), github.seed_role("CI/CD")));
    fake.with(|github| github.seed_role_by_team(&team, "anna"));
    assert_eq!(kinds(entitlements(&connector).await), 2);
    assert!(apply(&connector, grant("anna", "organization_role", &own)).await.unwrap().changed());
    assert!(apply(&connector, grant("anna", "organization_role", &own)).await.unwrap().is_already_so());
    let held = grants(&connector, "anna").await;
    let by_team = |role: &str| held.iter().find(|held| held.entitlement.id == role).unwrap().immutable;
    assert_eq!((by_team(&own), by_team(&team)), (false, true));
    let error = apply(&connector, revoke("anna", "organization_role", &team)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::NotAttempted));
    assert!(apply(&connector, revoke("anna", "organization_role", &own)).await.unwrap().changed());
    assert!(apply(&connector, revoke("anna", "organization_role", &own)).await.unwrap().is_already_so());
    let error = apply(&connector, grant("anna", "organization_role", "1")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
