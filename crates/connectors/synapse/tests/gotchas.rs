//! What surprises in Synapse, one test each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use common::{OWN, apply, config, connect, connect_with, ctx, grant, person, revoke, start, user};
use serde_json::json;
use tenure_connector::entitlement::GrantRecord;
use tenure_connector::{
    AccountStatus, Certainty, Connector as _, ConnectorExt as _, Context, CredentialSource, DeleteMode,
    ErrorKind, Fields, ListQuery, ObjectClass, ObjectRef, Operation, OwnershipScope, Secret, SecretRef,
    SessionScope, WriteRequest,
};
use tenure_connector_synapse::{Rooms, Suspension};
use tenure_scim::{AttrPath, Filter, Patch, ValueRef};
use tenure_testkit::conformance::{FaultPort as _, MemorySecrets};
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::synapse::Synapse;

fn anna(fake: &Fake<Synapse>) -> String {
    fake.with(|synapse| synapse.seed_user("anna"))
}

fn status(id: &str, status: AccountStatus) -> Operation {
    Operation::SetStatus { object: user(id), status }
}

fn flag(fake: &Fake<Synapse>, id: &str, name: &str) -> bool {
    fake.with(|synapse| synapse.user(id).unwrap()[name] == true)
}

fn set(path: &str, value: &str) -> Patch {
    Patch::default().replace(AttrPath::parse(path).unwrap(), value)
}

async fn update(fake: &Fake<Synapse>, id: &str, patch: Patch) {
    let operation = Operation::Update { object: user(id), patch };
    assert!(apply(&connect(fake), operation).await.unwrap().changed());
}

async fn grants(fake: &Fake<Synapse>, id: &str) -> Vec<String> {
    let all = connect(fake).list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 1000).await.unwrap();
    let all = all.items.iter().map(|item| GrantRecord::try_from(&item.resource).unwrap());
    all.filter(|grant| grant.principal == id).map(|grant| grant.entitlement.to_string()).collect()
}

#[tokio::test]
async fn suspending_locks_and_disabling_takes_devices_and_rooms() {
    let fake = start();
    let id = anna(&fake);
    let room = fake.with(|synapse| {
        synapse.seed_device(&id, "PHONE");
        synapse.seed_room("club", &id, "10")
    });
    let connector = connect(&fake);
    assert!(apply(&connector, status(&id, AccountStatus::Suspended)).await.unwrap().changed());
    assert!(flag(&fake, &id, "locked"));
    assert_eq!(fake.with(|synapse| synapse.devices_of(&id)), ["PHONE"]);
    assert_eq!(grants(&fake, &id).await, [format!("room:{room}")]);
    assert!(apply(&connector, status(&id, AccountStatus::Disabled)).await.unwrap().changed());
    assert_eq!((flag(&fake, &id, "deactivated"), flag(&fake, &id, "erased")), (true, false));
    assert_eq!(fake.with(|synapse| synapse.devices_of(&id)), [""; 0]);
    assert_eq!(grants(&fake, &id).await, [""; 0]);
    assert!(apply(&connector, status(&id, AccountStatus::Suspended)).await.unwrap().is_already_so());
    assert!(apply(&connector, status(&id, AccountStatus::Active)).await.unwrap().changed());
    assert_eq!((flag(&fake, &id, "deactivated"), flag(&fake, &id, "locked")), (false, false));
}

#[tokio::test]
async fn a_suspension_to_read_counts_only_where_it_is_the_configured_one() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|synapse| synapse.set(&id, &json!({ "suspended": true })));
    let read = connect(&fake).get(&ctx(), &user(&id), &Fields::All).await.unwrap();
    assert_eq!(read.resource.attr("active").and_then(ValueRef::as_bool), Some(true));
    let mut read_only = config(&fake);
    read_only.suspension = Suspension::ReadOnly;
    let connector = connect_with(read_only, common::TOKEN);
    assert!(apply(&connector, status(&id, AccountStatus::Suspended)).await.unwrap().is_already_so());
    assert!(apply(&connector, status(&id, AccountStatus::Active)).await.unwrap().changed());
    assert!(!flag(&fake, &id, "suspended"));
    assert!(apply(&connector, status(&id, AccountStatus::Suspended)).await.unwrap().changed());
    assert_eq!((flag(&fake, &id, "suspended"), flag(&fake, &id, "locked")), (true, false));
}

#[tokio::test]
async fn an_erased_account_is_gone_and_its_name_is_never_free() {
    let fake = start();
    let id = anna(&fake);
    let connector = connect(&fake);
    let delete = || Operation::Delete { object: user(&id), mode: DeleteMode::Permanent };
    assert!(apply(&connector, delete()).await.unwrap().changed());
    assert!(flag(&fake, &id, "erased"));
    assert!(apply(&connector, delete()).await.unwrap().is_already_so());
    let create = Operation::Create { class: ObjectClass::USER, resource: person("anna") };
    let error = apply(&connector, create).await.unwrap_err();
    assert_eq!((error.kind(), error.vendor_code()), (ErrorKind::AlreadyExists, Some("M_USER_IN_USE")));
    assert!(flag(&fake, &id, "erased"), "the put of a create would have changed it");
    assert!(apply(&connector, Operation::Restore { object: user(&id) }).await.unwrap().changed());
    assert!(!flag(&fake, &id, "erased"));
}

#[tokio::test]
async fn the_list_shows_what_only_the_account_itself_tells() {
    let fake = start();
    let id = anna(&fake);
    update(&fake, &id, set(&format!("{OWN}:email"), "anna@example.com")).await;
    update(&fake, &id, set("externalId", "e-7")).await;
    apply(&connect(&fake), status(&id, AccountStatus::Disabled)).await.unwrap();
    update(&fake, &id, set(&format!("{OWN}:email"), "anna@example.com")).await;
    for size in [1, 100] {
        let query = ListQuery::new(ObjectClass::USER).with_page_size(size);
        let users = connect(&fake).list_all(&ctx(), query, 100).await.unwrap();
        let found = users.items.iter().find(|item| item.object.id == id).unwrap();
        assert_eq!(found.object.secondary(ObjectRef::EMAIL), Some("anna@example.com"));
        assert_eq!(found.resource.text("externalId"), Some("e-7"));
        assert_eq!(found.resource.attr("active").and_then(ValueRef::as_bool), Some(false));
    }
}

#[tokio::test]
async fn an_address_and_an_external_id_of_somebody_else_are_refused() {
    let fake = start();
    let id = anna(&fake);
    update(&fake, &id, set(&format!("{OWN}:email"), "anna@example.com")).await;
    update(&fake, &id, set("externalId", "e-7")).await;
    for (path, value) in [(format!("{OWN}:email"), "Anna@example.com"), ("externalId".to_owned(), "e-7")] {
        let resource = person("bo").with(path.as_str(), value).unwrap();
        let create = Operation::Create { class: ObjectClass::USER, resource };
        let error = apply(&connect(&fake), create).await.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::AlreadyExists, Certainty::Refused));
        assert_eq!(error.conflicting().map(|other| other.id.as_str()), Some(id.as_str()));
        assert!(fake.with(|synapse| synapse.user("@bo:example.com").is_none()), "no half of an account");
    }
    assert_eq!(
        fake.with(|synapse| synapse.user(&id).unwrap()["threepids"].clone()),
        json!([{ "medium": "email", "address": "anna@example.com" }])
    );
}

#[tokio::test]
async fn further_addresses_and_ids_of_other_providers_stay() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|synapse| {
        let addresses = json!([
            { "medium": "msisdn", "address": "4930", "added_at": 1 },
            { "medium": "email", "address": "old@example.com", "added_at": 1 },
            { "medium": "email", "address": "more@example.com", "added_at": 1 }
        ]);
        let external = json!([{ "auth_provider": "saml", "external_id": "s-1" }]);
        synapse.set(&id, &json!({ "threepids": addresses, "external_ids": external }));
    });
    let patch = set(&format!("{OWN}:email"), "new@example.com");
    update(&fake, &id, patch.replace(AttrPath::parse("externalId").unwrap(), "e-7")).await;
    let kept = fake.with(|synapse| synapse.user(&id).unwrap().clone());
    assert_eq!(
        kept["threepids"],
        json!([
            { "medium": "email", "address": "new@example.com" },
            { "medium": "msisdn", "address": "4930" },
            { "medium": "email", "address": "more@example.com" }
        ])
    );
    assert_eq!(
        kept["external_ids"],
        json!([
            { "auth_provider": "oidc-corp", "external_id": "e-7" },
            { "auth_provider": "saml", "external_id": "s-1" }
        ])
    );
    update(&fake, &id, Patch::default().remove(AttrPath::parse("displayName").unwrap())).await;
    assert!(fake.with(|synapse| synapse.user(&id).unwrap()["displayname"].is_null()));
}

#[tokio::test]
async fn an_account_is_found_by_name_by_address_and_by_external_id() {
    let fake = start();
    let id = anna(&fake);
    update(&fake, &id, set(&format!("{OWN}:email"), "anna@example.com")).await;
    update(&fake, &id, set("externalId", "e-7")).await;
    let by = [(ObjectRef::USER_NAME, "anna"), (ObjectRef::EMAIL, "Anna@Example.com"), ("externalId", "e-7")];
    for (name, value) in by {
        let wanted = ObjectRef::by(ObjectClass::USER, name, value);
        assert_eq!(connect(&fake).get(&ctx(), &wanted, &Fields::All).await.unwrap().object.id, id);
    }
    let filter = Filter::parse("externalId eq \"e-7\"").unwrap();
    let query = ListQuery::new(ObjectClass::USER).with_filter(filter);
    assert_eq!(connect(&fake).list(&ctx(), &query).await.unwrap().items.len(), 1);
    let mut none = config(&fake);
    none.auth_provider = None;
    let operation = Operation::Update { object: user(&id), patch: set("externalId", "e-8") };
    let error = apply(&connect_with(none, common::TOKEN), operation).await.unwrap_err();
    assert_eq!(error.attributes().collect::<Vec<_>>(), ["externalId"]);
}

#[tokio::test]
async fn only_rooms_with_an_alias_are_entitlements_and_people_of_other_servers_no_accounts() {
    let fake = start();
    let id = anna(&fake);
    let (team, talk) = fake.with(|synapse| {
        let team = synapse.seed_room("team", &id, "10");
        let talk = synapse.seed_room("talk", &id, "10");
        synapse.set(&team, &json!({ "members": [id, "@guest:elsewhere.example"] }));
        synapse.set(&talk, &json!({ "canonical_alias": null }));
        (team, talk)
    });
    let all = connect(&fake).list_all(&ctx(), ListQuery::new(ObjectClass::GRANT), 100).await.unwrap();
    let held: Vec<_> = all.items.iter().map(|item| item.object.id.clone()).collect();
    assert_eq!(held, ["@olga:example.com/role:admin".to_owned(), format!("{id}/room:{team}")]);
    let mut wide = config(&fake);
    wide.rooms = Rooms::All;
    let wide = connect_with(wide, common::TOKEN);
    let all = wide.list_all(&ctx(), ListQuery::new(ObjectClass::ENTITLEMENT), 100).await.unwrap();
    let known: Vec<_> = all.items.iter().map(|item| item.object.id.clone()).collect();
    assert_eq!(known, ["role:admin".to_owned(), format!("room:{team}"), format!("room:{talk}")]);
}

#[tokio::test]
async fn a_closed_room_needs_the_connectors_own_account_in_it() {
    let fake = start();
    let id = anna(&fake);
    let closed = fake.with(|synapse| {
        let bo = synapse.seed_user("bo");
        let room = synapse.seed_room("board", &bo, "10");
        synapse.set(&room, &json!({ "public": false }));
        room
    });
    let error = apply(&connect(&fake), grant(&id, "room", &closed)).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Permission, Certainty::Refused));
    let owner = fake.with(|synapse| synapse.owner());
    fake.with(|synapse| synapse.set(&closed, &json!({ "members": [owner], "powers": { owner: 100 } })));
    assert!(apply(&connect(&fake), grant(&id, "room", &closed)).await.unwrap().changed());
    assert!(apply(&connect(&fake), grant(&id, "room", &closed)).await.unwrap().is_already_so());
    assert!(apply(&connect(&fake), revoke(&id, "room", &closed)).await.unwrap().changed());
    assert!(apply(&connect(&fake), revoke(&id, "room", &closed)).await.unwrap().is_already_so());
}

#[tokio::test]
async fn nobody_takes_the_own_administration_away() {
    let fake = start();
    let (id, owner) = (anna(&fake), fake.with(|synapse| synapse.owner()));
    assert!(apply(&connect(&fake), grant(&id, "role", "admin")).await.unwrap().changed());
    assert!(apply(&connect(&fake), revoke(&id, "role", "admin")).await.unwrap().changed());
    let error = apply(&connect(&fake), revoke(&owner, "role", "admin")).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Policy, Certainty::Refused));
}

#[tokio::test]
async fn the_walk_is_in_the_order_in_which_accounts_came() {
    let fake = start();
    fake.with(|synapse| ["zoe", "anna"].map(|name| synapse.seed_user(name)));
    let query = ListQuery::new(ObjectClass::USER).with_page_size(2);
    let first = connect(&fake).list(&ctx(), &query).await.unwrap();
    fake.with(|synapse| synapse.seed_user("aaron"));
    let rest = connect(&fake).list(&ctx(), &query.with_cursor(first.next.unwrap())).await.unwrap();
    let all: Vec<_> = first.items.iter().chain(&rest.items).map(|item| item.object.id.as_str()).collect();
    assert_eq!(all, ["@olga:example.com", "@zoe:example.com", "@anna:example.com", "@aaron:example.com"]);
}

#[tokio::test]
async fn rooms_change_hands_in_every_version_and_others_stay() {
    let fake = start();
    let (from, to) = (anna(&fake), fake.with(|synapse| synapse.seed_user("bo")));
    let [old, new, closed, foreign] = fake.with(|synapse| {
        let old = synapse.seed_room("old", &from, "10");
        let new = synapse.seed_room("new", &from, "12");
        let closed = synapse.seed_room("closed", &from, "10");
        synapse.set(&closed, &json!({ "public": false }));
        let owner = synapse.owner();
        let foreign = synapse.seed_room("foreign", &owner, "10");
        synapse.set(&foreign, &json!({ "members": [owner, from] }));
        [old, new, closed, foreign]
    });
    let transfer = |scope| Operation::TransferOwnership { object: user(&from), to: user(&to), scope };
    let unknown = OwnershipScope::Only(BTreeSet::from(["documents".to_owned()]));
    let error = apply(&connect(&fake), transfer(unknown)).await.unwrap_err();
    assert_eq!(error.detail(), "expected `rooms`, found `documents`");
    let outcome = apply(&connect(&fake), transfer(OwnershipScope::All)).await.unwrap();
    assert!(outcome.changed() && format!("{outcome:?}").contains("3 rooms"));
    for room in [&old, &new, &closed] {
        assert_eq!(fake.with(|synapse| synapse.room(room).unwrap()["powers"][&to].clone()), 100);
    }
    assert_eq!(fake.with(|synapse| synapse.room(&closed).unwrap()["members"].clone()), json!([from, to]));
    assert_eq!(
        fake.with(|synapse| synapse.lent_tokens()),
        0,
        "the token by which the receiver came in has ended"
    );
    assert!(fake.with(|synapse| synapse.room(&foreign).unwrap()["powers"].get(&to).is_none()));
    assert!(apply(&connect(&fake), transfer(OwnershipScope::All)).await.unwrap().is_already_so());
}

#[tokio::test]
async fn sessions_are_devices_and_a_new_password_ends_none() {
    let fake = start();
    let id = anna(&fake);
    fake.with(|synapse| synapse.seed_device(&id, "PHONE"));
    let secrets = MemorySecrets::default();
    secrets.put(&SecretRef::new("new"), Secret::new("Correct-Horse-1"));
    let ctx = Context::new("test").with_secrets(Arc::new(secrets));
    let credential = CredentialSource::Reference(SecretRef::new("new"));
    let request = WriteRequest::new("key", Operation::SetCredential { object: user(&id), credential });
    assert!(connect(&fake).apply(&ctx, &request).await.unwrap().changed());
    assert_eq!(fake.with(|synapse| synapse.password_of(&id).map(str::to_owned)).unwrap(), "Correct-Horse-1");
    assert_eq!(fake.with(|synapse| synapse.devices_of(&id)), ["PHONE"]);
    let end = Operation::RevokeSessions { object: user(&id), scope: SessionScope::All };
    assert!(apply(&connect(&fake), end.clone()).await.unwrap().changed());
    assert_eq!(fake.with(|synapse| synapse.devices_of(&id)), [""; 0]);
    assert!(apply(&connect(&fake), end).await.unwrap().is_already_so());
}

#[tokio::test]
async fn the_wait_stands_in_the_body_in_milliseconds() {
    let fake = start();
    let id = anna(&fake);
    fake.throttle_next(Some(Duration::from_secs(7)));
    let error = connect(&fake).get(&ctx(), &user(&id), &Fields::All).await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(7))));
}

#[tokio::test]
async fn check_says_whose_token_it_is_not() {
    let fake = start();
    let report = connect(&fake).check(&ctx()).await.unwrap();
    assert!(report.missing.is_empty());
    let mut other = config(&fake);
    other.server_name = "other.example".to_owned();
    let error = connect_with(other, common::TOKEN).check(&ctx()).await.unwrap_err();
    assert_eq!(
        error.detail(),
        "expected an account of `other.example`, found the token of `@olga:example.com`"
    );
    fake.with(|synapse| synapse.owner_is_admin = false);
    let report = connect(&fake).check(&ctx()).await.unwrap();
    assert_eq!(report.missing[0].permission, "server administrator");
    assert!(!report.capabilities.allows(&ObjectClass::USER, tenure_connector::OperationKind::Create));
}
