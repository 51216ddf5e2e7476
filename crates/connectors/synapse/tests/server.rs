//! The connector against Synapse itself: `TENURE_SYNAPSE` has its address, `TENURE_SYNAPSE_PASSWORD` the password of its
//! administrator `tenure`. Without them the tests pass untried, unless `TENURE_REQUIRE_SERVERS` is set.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod common;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use common::{OWN, apply, ctx, grant, person, revoke, user};
use serde_json::{Value, json};
use tenure_connector::{
    AccountStatus, Connector as _, ConnectorExt as _, Context, CredentialSource, EntitlementRef, ErrorKind,
    Fields, ListQuery, ObjectClass, ObjectRef, Operation, OwnershipScope, Secret, SecretRef, SessionScope,
    WriteRequest,
};
use tenure_connector_synapse::{Rooms, SynapseConfig, SynapseConnector};
use tenure_scim::{AttrPath, Patch};
use tenure_testkit::conformance::{MemorySecrets, Subject};

const SERVER: &str = "tenure.test";
const PASSWORD: &str = "Correct-Horse-1";

/// Accounts never go, so that one test at a time counts them.
static ALONE: Mutex<()> = Mutex::new(());

struct Server {
    url: String,
    token: String,
    _alone: MutexGuard<'static, ()>,
}

async fn server() -> Option<Server> {
    let read = |name: &str| std::env::var(name).ok();
    let found = read("TENURE_SYNAPSE").zip(read("TENURE_SYNAPSE_PASSWORD"));
    assert!(
        found.is_some() || read("TENURE_REQUIRE_SERVERS").is_none(),
        "expected a homeserver in TENURE_SYNAPSE and its password in TENURE_SYNAPSE_PASSWORD, found none"
    );
    let Some((url, password)) = found else {
        eprintln!("not tried: TENURE_SYNAPSE is not set");
        return None;
    };
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut server = Server { url, token: String::new(), _alone: alone };
    server.token = server.login("tenure", &password).await.expect("the administrator signs in");
    Some(server)
}

/// A name that no account ever had, because none is ever free again.
fn name(of: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
    format!("{of}-{}-{now}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

impl Server {
    fn connector(&self) -> SynapseConnector {
        self.connector_with(&self.token)
    }

    fn connector_with(&self, token: &str) -> SynapseConnector {
        let mut config = SynapseConfig::new(self.url.parse().unwrap(), SERVER);
        (config.auth_provider, config.rooms) = (Some("oidc-corp".to_owned()), Rooms::All);
        common::connect_with(config, token)
    }

    /// What a client of a person does; the answer, when it is one of success.
    async fn call(&self, token: &str, method: &str, path: &str, body: Value) -> Option<Value> {
        let url = format!("{}/_matrix/client/v3/{path}", self.url);
        let request = reqwest::Client::new().request(method.parse().unwrap(), url);
        let request = if method == "GET" { request } else { request.body(body.to_string()) };
        let answer = request.header("authorization", format!("Bearer {token}")).send().await.unwrap();
        let success = answer.status().is_success();
        let body = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        success.then_some(body)
    }

    async fn login(&self, user: &str, password: &str) -> Option<String> {
        let who = json!({ "type": "m.id.user", "user": user });
        let body = json!({ "type": "m.login.password", "identifier": who, "password": password });
        let answer = self.call("", "POST", "login", body).await?;
        answer["access_token"].as_str().map(str::to_owned)
    }

    async fn works(&self, token: &str) -> bool {
        self.call(token, "GET", "account/whoami", Value::Null).await.is_some()
    }

    async fn make_room(&self, token: &str, version: &str, preset: &str) -> String {
        let body = json!({ "room_version": version, "preset": preset });
        let made = self.call(token, "POST", "createRoom", body).await.unwrap();
        made["room_id"].as_str().unwrap().to_owned()
    }

    /// Adds an account with a password, and signs it in.
    async fn joiner(&self, hint: &str) -> (String, String, String) {
        let name = name(hint);
        let made = self.connector().create(&ctx(), "key", ObjectClass::USER, person(&name)).await.unwrap();
        let id = made.object.unwrap().id;
        let secrets = MemorySecrets::default();
        secrets.put(&SecretRef::new("new"), Secret::new(PASSWORD));
        let ctx = Context::new("test").with_secrets(Arc::new(secrets));
        let credential = CredentialSource::Reference(SecretRef::new("new"));
        let operation = Operation::SetCredential { object: user(&id), credential };
        assert!(self.connector().apply(&ctx, &WriteRequest::new("key", operation)).await.unwrap().changed());
        let token = self.login(&name, PASSWORD).await.expect("a joiner signs in");
        (name, id, token)
    }

    async fn set_status(&self, id: &str, status: AccountStatus) {
        let operation = Operation::SetStatus { object: user(id), status };
        assert!(apply(&self.connector(), operation).await.unwrap().changed());
    }
}

mod conformance {
    tenure_testkit::__for_each_trial! { [super::trial_tests] }
}

macro_rules! trial_tests {
    (() $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                let Some(server) = runtime.block_on(super::server()) else { return };
                // A walk is tried through a list that has two objects.
                runtime.block_on(server.make_room(&server.token, "10", "public_chat"));
                let subject = super::Subject::new(super::Arc::new(server.connector()))
                    .with_intruder(super::Arc::new(server.connector_with("planted-wrong-token")))
                    .with_prefix(&super::name("conf"))
                    .with_user(super::person)
                    .with_entitlement(super::EntitlementRef::new("role", "admin"))
                    .with_secret_text(&server.token)
                    .with_secret_text("planted-wrong-token");
                tenure_testkit::conformance::assert_trial(&subject, stringify!($name));
            }
        )*
    };
}
use trial_tests;

#[tokio::test]
async fn the_ladder_of_a_leaver_is_felt_by_the_leavers_client() {
    let Some(server) = server().await else { return };
    let (name, id, token) = server.joiner("leaver").await;
    assert!(server.works(&token).await);
    server.set_status(&id, AccountStatus::Suspended).await;
    assert!(!server.works(&token).await && server.login(&name, PASSWORD).await.is_none(), "it is locked");
    server.set_status(&id, AccountStatus::Active).await;
    assert!(server.works(&token).await, "the session is as it was");
    let end = Operation::RevokeSessions { object: user(&id), scope: SessionScope::All };
    assert!(apply(&server.connector(), end.clone()).await.unwrap().changed());
    assert!(!server.works(&token).await, "the token ends with its device");
    assert!(apply(&server.connector(), end).await.unwrap().is_already_so());
    let token = server.login(&name, PASSWORD).await.unwrap();
    server.set_status(&id, AccountStatus::Disabled).await;
    assert!(!server.works(&token).await && server.login(&name, PASSWORD).await.is_none());
    server.set_status(&id, AccountStatus::Active).await;
    assert!(server.login(&name, PASSWORD).await.is_none(), "the password went with the deactivation");
}

#[tokio::test]
async fn attributes_come_and_go_and_are_listed() {
    let Some(server) = server().await else { return };
    let (name, id, _) = server.joiner("attributes").await;
    let address = format!("{name}@example.com");
    let at = |path: &str| AttrPath::parse(path).unwrap();
    let update = |patch| Operation::Update { object: user(&id), patch };
    let patch = Patch::default()
        .replace(at("displayName"), "Anna Berg")
        .replace(at("externalId"), name.as_str())
        .replace(at("userType"), "bot")
        .replace(at(&format!("{OWN}:email")), address.as_str())
        .replace(at(&format!("{OWN}:phone")), format!("49{}", std::process::id()).as_str())
        .replace(at(&format!("{OWN}:avatarUrl")), "mxc://tenure.test/anna");
    assert!(apply(&server.connector(), update(patch.clone())).await.unwrap().changed());
    assert!(apply(&server.connector(), update(patch)).await.unwrap().is_already_so());
    for (by, value) in [(ObjectRef::EMAIL, &address), (ObjectRef::EXTERNAL_ID, &name), ("userName", &name)] {
        let wanted = ObjectRef::by(ObjectClass::USER, by, value.as_str());
        assert_eq!(server.connector().get(&ctx(), &wanted, &Fields::All).await.unwrap().object.id, id);
    }
    let users = server.connector().list_all(&ctx(), ListQuery::new(ObjectClass::USER), 1000).await.unwrap();
    let listed = users.items.iter().find(|item| item.object.id == id).unwrap();
    assert_eq!(listed.object.secondary(ObjectRef::EMAIL), Some(address.as_str()));
    let taken = person(&self::name("thief")).with(format!("{OWN}:email").as_str(), address.as_str()).unwrap();
    let create = Operation::Create { class: ObjectClass::USER, resource: taken };
    let error = apply(&server.connector(), create).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.conflicting().map(|other| &*other.id)),
        (ErrorKind::AlreadyExists, Some(&*id))
    );
    let gone =
        ["displayName", "externalId", "userType"].map(at).into_iter().fold(Patch::default(), Patch::remove);
    let own = ["email", "phone", "avatarUrl"].map(|name| at(&format!("{OWN}:{name}")));
    let gone = own.into_iter().fold(gone, Patch::remove);
    assert!(apply(&server.connector(), update(gone.clone())).await.unwrap().changed());
    assert!(apply(&server.connector(), update(gone)).await.unwrap().is_already_so());
}

#[tokio::test]
async fn people_are_led_into_rooms_and_out_of_them() {
    let Some(server) = server().await else { return };
    let (_, id, token) = server.joiner("member").await;
    for preset in ["public_chat", "private_chat"] {
        let room = server.make_room(&server.token, "10", preset).await;
        // A message that was sent before is sent once more by the same number.
        let path = |number: u8| format!("rooms/{room}/send/m.room.message/{number}");
        let message = json!({ "msgtype": "m.text", "body": "hello" });
        let connector = server.connector();
        assert!(server.call(&token, "PUT", &path(1), message.clone()).await.is_none(), "not in {preset} yet");
        assert!(apply(&connector, grant(&id, "room", &room)).await.unwrap().changed());
        assert!(server.call(&token, "PUT", &path(2), message.clone()).await.is_some(), "in {preset}");
        assert!(apply(&connector, grant(&id, "room", &room)).await.unwrap().is_already_so());
        assert!(apply(&connector, revoke(&id, "room", &room)).await.unwrap().changed());
        assert!(server.call(&token, "PUT", &path(3), message).await.is_none(), "out of {preset}");
        assert!(apply(&connector, revoke(&id, "room", &room)).await.unwrap().is_already_so());
    }
    let closed = server.make_room(&token, "10", "private_chat").await;
    let (_, other, _) = server.joiner("stranger").await;
    let error = apply(&server.connector(), grant(&other, "room", &closed)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission, "the connector's account is not in it");
    let error = apply(&server.connector(), grant(&other, "room", "!nothing:tenure.test")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn rooms_of_a_leaver_have_another_owner_before_the_leaver_goes() {
    let Some(server) = server().await else { return };
    let (_, from, leaver) = server.joiner("owner").await;
    let (_, to, heir) = server.joiner("heir").await;
    let mut rooms = Vec::new();
    for (version, preset) in [("10", "public_chat"), ("10", "private_chat"), ("12", "public_chat")] {
        rooms.push(server.make_room(&leaver, version, preset).await);
    }
    let transfer =
        Operation::TransferOwnership { object: user(&from), to: user(&to), scope: OwnershipScope::All };
    let outcome = apply(&server.connector(), transfer.clone()).await.unwrap();
    assert!(format!("{outcome:?}").contains("3 rooms"), "{outcome:?}");
    assert!(apply(&server.connector(), transfer).await.unwrap().is_already_so());
    server.set_status(&from, AccountStatus::Disabled).await;
    for room in rooms {
        let topic = json!({ "topic": "under new management" });
        let path = format!("rooms/{room}/state/m.room.topic");
        assert!(server.call(&heir, "PUT", &path, topic).await.is_some(), "an owner changes what it is about");
    }
}

#[tokio::test]
async fn check_tells_an_administrator_from_others() {
    let Some(server) = server().await else { return };
    let report = server.connector().check(&ctx()).await.unwrap();
    assert!(report.missing.is_empty());
    let (_, _, token) = server.joiner("nobody").await;
    let report = server.connector_with(&token).check(&ctx()).await.unwrap();
    assert_eq!(report.missing[0].permission, "server administrator");
}
