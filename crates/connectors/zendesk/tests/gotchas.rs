//! What surprises in Zendesk, one test each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::time::Duration;

use common::{apply, config, connect, connect_with, ctx, grant, revoke, start, user};
use serde_json::json;
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{
    AccountStatus, Certainty, Change, Connector as _, ConnectorExt as _, DeleteMode, EntitlementRef,
    ErrorKind, Fields, ListQuery, ObjectClass, ObjectRef, Operation, OperationKind, OutcomeStatus,
    OwnershipScope, Secret, SessionScope,
};
use tenure_connector_rest::Auth;
use tenure_connector_zendesk::{OpenTickets, People, ZendeskConnector, api_token};
use tenure_scim::{AttrPath, Filter, Patch, Resource};
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::zendesk::{Ticket, Zendesk};

const OWNER: u64 = 1;

fn ticket(assignee: u64, status: &str) -> Ticket {
    Ticket { requester: OWNER, assignee: Some(assignee), group: None, status: status.to_owned() }
}

fn status(id: u64, status: AccountStatus) -> Operation {
    Operation::SetStatus { object: user(id), status }
}

fn person(email: &str, external: Option<&str>) -> Resource {
    let person = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User")
        .with("userName", email)
        .unwrap()
        .with("displayName", "Anna Berg")
        .unwrap();
    match external {
        Some(external) => person.with("externalId", external).unwrap(),
        None => person,
    }
}

fn create(resource: Resource) -> Operation {
    Operation::Create { class: ObjectClass::USER, resource }
}

fn member(fake: &Fake<Zendesk>, id: u64, name: &str) -> serde_json::Value {
    fake.with(|zendesk| zendesk.user(id).unwrap()[name].clone())
}

fn sent(fake: &Fake<Zendesk>, part: &str) -> Vec<String> {
    fake.requests().into_iter().filter(|line| line.contains(part)).collect()
}

#[tokio::test]
async fn the_word_token_stands_behind_the_address_once() {
    let fake = start();
    for email in [common::EMAIL.to_owned(), format!("{}/token", common::EMAIL)] {
        let auth = api_token(&email, &Secret::new(common::TOKEN));
        connect_with(config(&fake), auth).check(&ctx()).await.unwrap();
    }
    let plain = Auth::basic(common::EMAIL, &Secret::new(common::TOKEN));
    let error = connect_with(config(&fake), plain).check(&ctx()).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Auth, Certainty::Refused));
}

#[tokio::test]
async fn suspending_keeps_the_seat_and_downgrading_frees_it() {
    let fake = start();
    let agent = fake.with(|zendesk| zendesk.seed_user("a@example.com", "A", "agent"));
    let connector = connect(&fake);
    apply(&connector, status(agent, AccountStatus::Suspended)).await.unwrap();
    assert_eq!(fake.with(|zendesk| zendesk.seats_taken()), 2);
    apply(&connector, revoke(agent, "role", "agent")).await.unwrap();
    assert_eq!(fake.with(|zendesk| zendesk.seats_taken()), 1);
    assert_eq!(
        (member(&fake, agent, "role"), member(&fake, agent, "suspended")),
        (json!("end-user"), json!(true))
    );
}

#[tokio::test]
async fn a_light_agent_has_a_role_and_no_seat() {
    let fake = start();
    let (agent, light) = fake.with(|zendesk| {
        zendesk.options.seats = Some(2);
        (zendesk.seed_user("a@example.com", "A", "agent"), zendesk.seed_role("Light agent", 1))
    });
    let mut config = config(&fake);
    config.seat.release_to = Some(light.to_string());
    let connector = connect_with(config, common::auth());
    let seat = EntitlementRef::new("licence", "professional");
    let released = Operation::ReleaseLicence { object: user(agent), licence: seat.clone() };
    assert!(apply(&connector, released.clone()).await.unwrap().changed());
    assert_eq!(member(&fake, agent, "custom_role_id"), light);
    assert_eq!(fake.with(|zendesk| zendesk.seats_taken()), 1);
    let again = apply(&connector, released).await.unwrap();
    assert_eq!(again.status, OutcomeStatus::AlreadySo { observed_missing: true });
    let grants = connector.list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 100).await.unwrap();
    let held: Vec<String> = grants.items.iter().map(|item| item.object.id.clone()).collect();
    assert_eq!(held, ["1/role:admin", &format!("{agent}/role:{light}"), "1/licence:professional"]);
    let catalogue = connector.list_all(&ctx(), ListQuery::new(ObjectClass::ENTITLEMENT), 100).await.unwrap();
    let mut all = catalogue.items.iter().map(|item| Entitlement::try_from(&item.resource).unwrap());
    assert_eq!(all.find(|found| found.entitlement == seat).unwrap().used, Some(1));
    let assign = Operation::AssignLicence { object: user(agent), licence: seat };
    assert!(apply(&connector, assign).await.unwrap().changed());
    assert_eq!(member(&fake, agent, "custom_role_id"), json!(null));
}

#[tokio::test]
async fn no_seat_left_is_no_capacity_whoever_counts() {
    let fake = start();
    let someone = fake.with(|zendesk| {
        zendesk.options.seats = Some(1);
        zendesk.seed_user("a@example.com", "A", "end-user")
    });
    let error = apply(&connect(&fake), grant(someone, "role", "agent")).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::NoCapacity, Certainty::Refused));
    let mut counted = config(&fake);
    counted.seat.owned = Some(1);
    let connector = connect_with(counted, common::auth());
    let error = apply(&connector, grant(someone, "role", "agent")).await.unwrap_err();
    assert_eq!(error.detail(), "all 1 seats of the tier `professional` are taken");
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::NoCapacity, Certainty::NotAttempted));
}

#[tokio::test]
async fn a_new_address_becomes_the_main_one_not_a_second() {
    let fake = start();
    let id = fake.with(|zendesk| zendesk.seed_user("anna@example.com", "Anna", "end-user"));
    let patch = Patch::default()
        .replace(AttrPath::parse("userName").unwrap(), "anna.berg@example.com")
        .replace(AttrPath::parse("displayName").unwrap(), "Anna Berg");
    let update = Operation::Update { object: user(id), patch };
    assert!(apply(&connect(&fake), update.clone()).await.unwrap().changed());
    assert_eq!(member(&fake, id, "email"), "anna.berg@example.com");
    assert_eq!(member(&fake, id, "name"), "Anna Berg");
    assert!(apply(&connect(&fake), update).await.unwrap().is_already_so());
    fake.with(|zendesk| zendesk.seed_user("b@example.com", "B", "end-user"));
    let taken = Patch::default().replace(AttrPath::parse("userName").unwrap(), "b@example.com");
    let error =
        apply(&connect(&fake), Operation::Update { object: user(id), patch: taken }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn external_ids_are_unique_without_case() {
    let fake = start();
    let connector = connect(&fake);
    let made = apply(&connector, create(person("anna@example.com", Some("W1001")))).await.unwrap();
    let error = apply(&connector, create(person("other@example.com", Some("w1001")))).await.unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::AlreadyExists, Some("DuplicateValue")));
    assert_eq!(error.attributes().collect::<Vec<_>>(), ["externalId"]);
    assert_eq!(error.conflicting().map(|object| &object.id), made.object.as_ref().map(|object| &object.id));
}

#[tokio::test]
async fn a_customer_with_the_address_is_named_as_the_conflict() {
    let fake = start();
    let customer = fake.with(|zendesk| zendesk.seed_user("anna@example.com", "Customer Anna", "end-user"));
    let error = apply(&connect(&fake), create(person("Anna@example.com", None))).await.unwrap_err();
    assert_eq!(error.attributes().collect::<Vec<_>>(), ["userName"]);
    assert_eq!(error.conflicting().map(|object| object.id.clone()), Some(customer.to_string()));
}

#[tokio::test]
async fn a_user_shared_from_another_account_refuses_updates() {
    let fake = start();
    let shared = fake.with(|zendesk| {
        let id = zendesk.seed_user("a@example.com", "A", "end-user");
        zendesk.set(id, "shared", json!(true));
        id
    });
    let error = apply(&connect(&fake), status(shared, AccountStatus::Suspended)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::Refused));
}

#[tokio::test]
async fn the_owner_is_neither_deleted_nor_downgraded() {
    let fake = start();
    let connector = connect(&fake);
    let delete = Operation::Delete { object: user(OWNER), mode: DeleteMode::Permanent };
    for operation in [delete, revoke(OWNER, "role", "admin")] {
        let error = apply(&connector, operation).await.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::Refused));
    }
}

#[tokio::test]
async fn a_requester_of_open_tickets_is_not_deleted() {
    let fake = start();
    let id = fake.with(|zendesk| {
        let id = zendesk.seed_user("a@example.com", "A", "end-user");
        zendesk.seed_ticket(Ticket { requester: id, assignee: None, group: None, status: "open".to_owned() });
        id
    });
    let delete = Operation::Delete { object: user(id), mode: DeleteMode::Soft };
    let error = apply(&connect(&fake), delete).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::Refused));
}

#[tokio::test]
async fn the_last_page_names_a_place_behind_it_and_is_the_last() {
    let fake = start();
    fake.with(|zendesk| zendesk.seed_user("a@example.com", "A", "end-user"));
    let page =
        connect(&fake).list(&ctx(), &ListQuery::new(ObjectClass::USER).with_page_size(2)).await.unwrap();
    assert_eq!((page.items.len(), page.next, page.complete), (2, None, true));
}

#[tokio::test]
async fn a_larger_page_than_zendesk_has_is_lowered() {
    let fake = start();
    connect(&fake).list(&ctx(), &ListQuery::new(ObjectClass::USER).with_page_size(5000)).await.unwrap();
    assert_eq!(sent(&fake, "size").len(), 1);
    assert!(fake.requests()[0].contains("page%5Bsize%5D=100 -> 200"));
}

#[tokio::test]
async fn the_search_finds_beginnings_and_only_the_whole_address_counts() {
    let fake = start();
    fake.with(|zendesk| zendesk.seed_user("anna@example.com.au", "Other", "end-user"));
    let by_name = Filter::parse("userName eq \"anna@example.com\"").unwrap();
    let query = ListQuery::new(ObjectClass::USER).with_filter(by_name);
    assert!(connect(&fake).list(&ctx(), &query).await.unwrap().items.is_empty());
    let id = fake.with(|zendesk| zendesk.seed_user("anna@example.com", "Anna", "end-user"));
    let found = connect(&fake).list(&ctx(), &query).await.unwrap();
    assert_eq!(found.items.iter().map(|item| item.object.id.clone()).collect::<Vec<_>>(), [id.to_string()]);
}

#[tokio::test]
async fn deletion_answers_200_keeps_the_user_and_erases_in_a_second_step() {
    let fake = start();
    let id = fake.with(|zendesk| zendesk.seed_user("a@example.com", "Anna", "end-user"));
    let connector = connect(&fake);
    let delete = |mode| Operation::Delete { object: user(id), mode };
    assert!(apply(&connector, delete(DeleteMode::Soft)).await.unwrap().changed());
    assert_eq!(member(&fake, id, "active"), false);
    let gone = connector.get(&ctx(), &user(id), &Fields::All).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    let again = apply(&connector, delete(DeleteMode::Soft)).await.unwrap();
    assert_eq!(again.status, OutcomeStatus::AlreadySo { observed_missing: true });
    assert!(apply(&connector, delete(DeleteMode::Anonymise)).await.unwrap().changed());
    assert_eq!(fake.with(|zendesk| zendesk.user(id)), None);
    let writes = sent(&fake, "DELETE");
    assert_eq!(
        writes,
        [format!("DELETE /api/v2/users/{id} -> 200"), format!("DELETE /api/v2/deleted_users/{id} -> 200"),]
    );
}

#[tokio::test]
async fn a_membership_is_removed_by_its_own_id() {
    let fake = start();
    let (agent, group, organization) = fake.with(|zendesk| {
        (
            zendesk.seed_user("a@example.com", "A", "agent"),
            zendesk.seed_group("Support"),
            zendesk.seed_organization("Meridian"),
        )
    });
    let connector = connect(&fake);
    for (kind, id, name) in
        [("group", group, "group_memberships"), ("organization", organization, "organization_memberships")]
    {
        assert!(apply(&connector, grant(agent, kind, id)).await.unwrap().changed());
        assert!(apply(&connector, grant(agent, kind, id)).await.unwrap().is_already_so());
        assert!(apply(&connector, revoke(agent, kind, id)).await.unwrap().changed());
        let deletions = sent(&fake, &format!("DELETE /api/v2/{name}/"));
        assert_eq!(deletions.len(), 1);
        assert!(
            !deletions[0].contains(&format!("/{id} ")) && deletions[0].ends_with("-> 204"),
            "{deletions:?}"
        );
    }
    let unknown = apply(&connector, grant(agent, "group", 999)).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_group_takes_agents_only_and_is_ready_once_there_is_a_role() {
    let fake = start();
    let (someone, group) = fake
        .with(|zendesk| (zendesk.seed_user("a@example.com", "A", "end-user"), zendesk.seed_group("Support")));
    let connector = connect(&fake);
    let error = apply(&connector, grant(someone, "group", group)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::NotReady, Certainty::NotAttempted));
    apply(&connector, grant(someone, "role", "agent")).await.unwrap();
    assert!(apply(&connector, grant(someone, "group", group)).await.unwrap().changed());
}

#[tokio::test]
async fn downgrading_drops_the_groups() {
    let fake = start();
    let (agent, group) = fake
        .with(|zendesk| (zendesk.seed_user("a@example.com", "A", "agent"), zendesk.seed_group("Support")));
    let connector = connect(&fake);
    apply(&connector, grant(agent, "group", group)).await.unwrap();
    apply(&connector, revoke(agent, "role", "agent")).await.unwrap();
    assert!(fake.with(|zendesk| zendesk.groups_of(agent).is_empty()));
    let gone = apply(&connector, revoke(agent, "group", group)).await.unwrap();
    assert_eq!(gone.status, OutcomeStatus::AlreadySo { observed_missing: true });
}

#[tokio::test]
async fn open_tickets_are_dealt_with_before_a_downgrade_and_closed_ones_stay() {
    for (choice, expected) in [(OpenTickets::Unassign, None), (OpenTickets::GiveTo(0), Some(()))] {
        let fake = start();
        let (agent, other, open, closed) = fake.with(|zendesk| {
            let agent = zendesk.seed_user("a@example.com", "A", "agent");
            let other = zendesk.seed_user("b@example.com", "B", "agent");
            (
                agent,
                other,
                zendesk.seed_ticket(ticket(agent, "open")),
                zendesk.seed_ticket(ticket(agent, "closed")),
            )
        });
        let mut config = config(&fake);
        config.open_tickets = match choice {
            OpenTickets::GiveTo(_) => OpenTickets::GiveTo(other),
            choice => choice,
        };
        apply(&connect_with(config, common::auth()), revoke(agent, "role", "agent")).await.unwrap();
        let assignee = |id| fake.with(|zendesk| zendesk.ticket(id).unwrap().assignee);
        assert_eq!(
            assignee(open),
            expected.map(|()| other),
            "not the owner, to whom Zendesk would give them"
        );
        assert_eq!(assignee(closed), Some(agent));
    }
}

#[tokio::test]
async fn a_downgrade_can_be_refused_while_tickets_are_open() {
    let fake = start();
    let agent = fake.with(|zendesk| {
        let agent = zendesk.seed_user("a@example.com", "A", "agent");
        zendesk.seed_ticket(ticket(agent, "open"));
        agent
    });
    let mut config = config(&fake);
    config.open_tickets = OpenTickets::Refuse;
    let error =
        apply(&connect_with(config, common::auth()), revoke(agent, "role", "agent")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.detail()),
        (ErrorKind::Policy, "1 open tickets are assigned to the account")
    );
    assert_eq!(member(&fake, agent, "role"), "agent");
}

fn transfer(from: u64, to: u64) -> Operation {
    Operation::TransferOwnership { object: user(from), to: user(to), scope: OwnershipScope::All }
}

async fn to_the_end(
    connector: &ZendeskConnector,
    operation: Operation,
) -> (u32, tenure_connector::Result<()>) {
    let mut outcome = apply(connector, operation).await.unwrap();
    for asked in 0..10 {
        let OutcomeStatus::Accepted { job, .. } = &outcome.status else { return (asked, Ok(())) };
        match connector.poll(&ctx(), job).await {
            Ok(next) => outcome = next,
            Err(error) => return (asked, Err(error)),
        }
    }
    panic!("the job does not end");
}

#[tokio::test]
async fn tickets_change_hands_in_jobs_of_a_hundred() {
    let fake = start();
    let (from, to) = fake.with(|zendesk| {
        let from = zendesk.seed_user("a@example.com", "A", "agent");
        for _ in 0..150 {
            zendesk.seed_ticket(ticket(from, "open"));
        }
        (from, zendesk.seed_user("b@example.com", "B", "agent"))
    });
    let connector = connect(&fake);
    let (asked, ended) = to_the_end(&connector, transfer(from, to)).await;
    assert_eq!((asked, ended.is_ok()), (2, true));
    assert_eq!(sent(&fake, "update_many").len(), 2);
    assert!(apply(&connector, transfer(from, to)).await.unwrap().is_already_so());
    let end_user = fake.with(|zendesk| zendesk.seed_user("c@example.com", "C", "end-user"));
    let error = apply(&connector, transfer(to, end_user)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::NotAttempted));
}

#[tokio::test]
async fn a_ticket_that_comes_while_the_jobs_run_is_not_forgotten() {
    let fake = start();
    let (from, to) = fake.with(|zendesk| {
        let from = zendesk.seed_user("a@example.com", "A", "agent");
        zendesk.seed_ticket(ticket(from, "open"));
        (from, zendesk.seed_user("b@example.com", "B", "agent"))
    });
    let connector = connect(&fake);
    let begun = apply(&connector, transfer(from, to)).await.unwrap();
    let OutcomeStatus::Accepted { job, .. } = begun.status else { panic!("{begun:?}") };
    assert_eq!((job.operation, job.object.as_ref()), (OperationKind::TransferOwnership, Some(&user(from))));
    fake.with(|zendesk| zendesk.seed_ticket(ticket(from, "new")));
    let mut last = connector.poll(&ctx(), &job).await;
    while matches!(&last, Ok(outcome) if matches!(outcome.status, OutcomeStatus::Accepted { .. })) {
        last = connector.poll(&ctx(), &job).await;
    }
    assert_eq!(last.unwrap_err().kind(), ErrorKind::NotReady);
    let (_, ended) = to_the_end(&connector, transfer(from, to)).await;
    assert!(ended.is_ok());
}

#[tokio::test]
async fn a_new_address_stays_when_the_rest_of_the_update_fails() {
    let fake = start();
    let id = fake.with(|zendesk| zendesk.seed_user("a@example.com", "A", "end-user"));
    let connector = connect(&fake);
    for n in 0..5 {
        let status_now = if n % 2 == 0 { AccountStatus::Suspended } else { AccountStatus::Active };
        apply(&connector, status(id, status_now)).await.unwrap();
    }
    let patch = Patch::default()
        .replace(AttrPath::parse("userName").unwrap(), "b@example.com")
        .replace(AttrPath::parse("displayName").unwrap(), "B");
    let error = apply(&connector, Operation::Update { object: user(id), patch }).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::RateLimited, Certainty::Unknown));
    assert_eq!((member(&fake, id, "email"), member(&fake, id, "name")), (json!("b@example.com"), json!("A")));
}

#[tokio::test]
async fn the_roles_of_which_one_is_held_are_those_of_the_product_and_those_of_the_instance() {
    let fake = start();
    let light = fake.with(|zendesk| zendesk.seed_role("Light agent", 1));
    let connector = connect(&fake);
    let schema = connector.schema(&ctx()).await.unwrap();
    let roles = schema.exclusive.iter().find(|group| group.name == "role").unwrap();
    let ids: Vec<&str> = roles.members.iter().map(|role| role.id.as_str()).collect();
    assert_eq!(ids, ["agent", "admin", &light.to_string()]);
    let query = ListQuery::new(ObjectClass::ENTITLEMENT);
    let all = connector.list_all(&ctx(), query, 10).await.unwrap().items;
    let all = all.iter().map(|item| Entitlement::try_from(&item.resource).unwrap());
    let grouped = all.filter(|one| one.exclusive_group.as_deref() == Some("role"));
    assert_eq!(grouped.count(), 3);
}

#[tokio::test]
async fn a_job_that_fails_for_tickets_says_so() {
    let fake = start();
    let (from, light) = fake.with(|zendesk| {
        let from = zendesk.seed_user("a@example.com", "A", "agent");
        zendesk.seed_ticket(ticket(from, "open"));
        let role = zendesk.seed_role("Light agent", 1);
        let light = zendesk.seed_user("b@example.com", "B", "agent");
        zendesk.set(light, "custom_role_id", json!(role));
        (from, light)
    });
    let (_, ended) = to_the_end(&connect(&fake), transfer(from, light)).await;
    let error = ended.unwrap_err();
    assert_eq!(error.detail(), "1 tickets were not given to the new assignee");
    assert_eq!(error.certainty(), Certainty::Unknown);
}

#[tokio::test]
async fn a_user_takes_five_updates_a_minute() {
    let fake = start();
    let id = fake.with(|zendesk| zendesk.seed_user("a@example.com", "A", "end-user"));
    let connector = connect(&fake);
    let flip = |n: u32| {
        status(id, if n.is_multiple_of(2) { AccountStatus::Suspended } else { AccountStatus::Active })
    };
    for n in 0..5 {
        apply(&connector, flip(n)).await.unwrap();
    }
    fake.advance(Duration::from_secs(20));
    let error = apply(&connector, flip(5)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::RateLimited, Certainty::Refused));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(40)));
    assert_eq!(error.rate().and_then(|rate| rate.bucket.clone()).as_deref(), Some("user-updates"));
    fake.advance(Duration::from_secs(40));
    apply(&connector, flip(5)).await.unwrap();
}

#[tokio::test]
async fn the_limit_of_the_account_is_told_with_every_answer() {
    let fake = start();
    fake.with(|zendesk| zendesk.options.calls_a_minute = 3);
    let connector = connect(&fake);
    let query = ListQuery::new(ObjectClass::GROUP);
    let rate = connector.list(&ctx(), &query).await.unwrap().rate.unwrap();
    assert_eq!((rate.limit, rate.remaining), (Some(3), Some(2)));
    connector.list(&ctx(), &query).await.unwrap();
    connector.list(&ctx(), &query).await.unwrap();
    let error = connector.list(&ctx(), &query).await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(60))));
}

#[tokio::test]
async fn what_changed_in_the_last_minute_is_told_a_minute_later() {
    let fake = start();
    let connector = connect(&fake);
    let token = connector.changes(&ctx(), &ObjectClass::USER, None).await.unwrap().token;
    apply(&connector, create(person("anna@example.com", None))).await.unwrap();
    let early = connector.changes(&ctx(), &ObjectClass::USER, Some(&token)).await.unwrap();
    assert!(early.changes.is_empty() && !early.more);
    fake.advance(Duration::from_secs(60));
    let late = connector.changes(&ctx(), &ObjectClass::USER, Some(&early.token)).await.unwrap();
    let [Change::Upserted(object)] = late.changes.as_slice() else { panic!("{:?}", late.changes) };
    assert_eq!(object.resource.text("userName"), Some("anna@example.com"));
}

#[tokio::test]
async fn an_export_takes_ten_calls_a_minute() {
    let fake = start();
    let connector = connect(&fake);
    let token = connector.changes(&ctx(), &ObjectClass::USER, None).await.unwrap().token;
    for _ in 0..9 {
        connector.changes(&ctx(), &ObjectClass::USER, Some(&token)).await.unwrap();
    }
    let error = connector.changes(&ctx(), &ObjectClass::USER, Some(&token)).await.unwrap_err();
    assert_eq!(error.rate().and_then(|rate| rate.bucket.clone()).as_deref(), Some("incremental-exports"));
}

#[tokio::test]
async fn the_last_login_is_there_and_stands_at_the_seat() {
    let fake = start();
    fake.with(|zendesk| zendesk.set(OWNER, "last_login_at", json!("2026-02-01T08:00:00Z")));
    let connector = connect(&fake);
    let owner = connector.get(&ctx(), &user(OWNER), &Fields::All).await.unwrap().resource;
    let path = "urn:tenure:params:scim:schemas:1.0:Account:lastLogin";
    assert_eq!(owner.text(path), Some("2026-02-01T08:00:00Z"));
    let grants = connector.list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 10).await.unwrap();
    let seat = GrantRecord::try_from(&grants.items[1].resource).unwrap();
    assert_eq!(seat.entitlement.kind, "licence");
    assert_eq!(seat.last_used, Some("2026-02-01T08:00:00Z".parse().unwrap()));
}

#[tokio::test]
async fn sessions_end_with_204_and_only_all_at_once() {
    let fake = start();
    fake.with(|zendesk| (0..2).for_each(|_| zendesk.seed_session(OWNER)));
    let connector = connect(&fake);
    let end = |scope| Operation::RevokeSessions { object: user(OWNER), scope };
    assert!(apply(&connector, end(SessionScope::All)).await.unwrap().changed());
    assert_eq!(fake.with(|zendesk| zendesk.sessions_of(OWNER)), 0);
    assert!(apply(&connector, end(SessionScope::All)).await.unwrap().is_already_so());
    let error = apply(&connector, end(SessionScope::Mobile)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_plan_without_custom_roles_and_audit_logs_is_found_out() {
    let fake = start();
    fake.with(|zendesk| zendesk.options.enterprise = false);
    let report = connect(&fake).check(&ctx()).await.unwrap();
    assert!(!report.capabilities.classes.contains_key(&ObjectClass::known("AuditLog")));
    assert_eq!(report.warnings.len(), 2);
    assert!(report.missing.is_empty());
}

#[tokio::test]
async fn check_names_the_scopes_that_a_token_lacks() {
    let fake = start();
    fake.with(|zendesk| {
        zendesk.allow_bearer("planted-reader", &["read"]);
        zendesk.allow_bearer("planted-users", &["read", "users:write"]);
        zendesk.allow_bearer("planted-writer", &["read", "write"]);
    });
    let check = async |token: &str| {
        let connector = connect_with(config(&fake), Auth::bearer(&Secret::new(token)));
        let report = connector.check(&ctx()).await.unwrap();
        let missing: Vec<String> = report.missing.into_iter().map(|missing| missing.permission).collect();
        (missing, report.capabilities.allows(&ObjectClass::USER, OperationKind::Create))
    };
    assert_eq!(
        check("planted-reader").await,
        (vec!["tickets:write".to_owned(), "users:write".to_owned()], false)
    );
    assert_eq!(check("planted-users").await, (vec!["tickets:write".to_owned()], true));
    assert_eq!(check("planted-writer").await, (Vec::new(), true));
    let reader = connect_with(config(&fake), Auth::bearer(&Secret::new("planted-reader")));
    let error = apply(&reader, create(person("a@example.com", None))).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Permission, Certainty::Refused));
}

#[tokio::test]
async fn customers_are_out_of_sight_and_former_agents_are_not() {
    let fake = start();
    let (meridian, agent) = fake.with(|zendesk| {
        zendesk.seed_user("customer@elsewhere.example", "Customer", "end-user");
        (zendesk.seed_organization("Meridian"), zendesk.seed_user("a@example.com", "A", "agent"))
    });
    let mut config = config(&fake);
    config.people = People::Organization(meridian);
    let connector = connect_with(config, common::auth());
    let made = apply(&connector, create(person("anna@example.com", None))).await.unwrap().object.unwrap();
    let listed = async || {
        let listing =
            connector.list_all(&ctx(), ListQuery::new(ObjectClass::USER).with_page_size(1), 10).await;
        listing.unwrap().items.into_iter().map(|item| item.object.id).collect::<Vec<_>>()
    };
    assert_eq!(listed().await, ["1".to_owned(), agent.to_string(), made.id.clone()]);
    let new = ObjectRef::new(ObjectClass::USER, made.id.clone());
    let new = new.id.parse().unwrap();
    apply(&connector, grant(new, "role", "agent")).await.unwrap();
    apply(&connector, revoke(new, "role", "agent")).await.unwrap();
    assert_eq!(listed().await, ["1".to_owned(), agent.to_string(), made.id]);
}

#[tokio::test]
async fn the_audit_log_is_read_by_actor() {
    let fake = start();
    let connector = connect(&fake);
    apply(&connector, create(person("anna@example.com", None))).await.unwrap();
    let class = ObjectClass::known("AuditLog");
    let lines = connector.list_all(&ctx(), ListQuery::new(class.clone()), 10).await.unwrap();
    assert_eq!(lines.items[0].resource.text("action"), Some("create"));
    assert_eq!(lines.items[0].resource.text("sourceLabel"), Some("Anna Berg"));
    let nobody = ListQuery::new(class).with_filter(Filter::parse("actor eq \"77\"").unwrap());
    assert!(connector.list_all(&ctx(), nobody, 10).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_new_user_is_not_mailed_unless_asked_for() {
    let fake = start();
    let connector = connect(&fake);
    let declared = |connector: &ZendeskConnector| {
        let capabilities = connector.capabilities();
        capabilities.operation(&ObjectClass::USER, OperationKind::Create).unwrap().effects.len()
    };
    assert_eq!(declared(&connector), 0);
    let mut mailing = config(&fake);
    mailing.welcome_mail = true;
    assert_eq!(declared(&connect_with(mailing, common::auth())), 1);
}
