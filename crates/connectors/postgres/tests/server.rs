//! The connector against a PostgreSQL server: `TENURE_POSTGRES` holds a connection string of a superuser. Without one the
//! tests pass untried, unless `TENURE_REQUIRE_SERVERS` is set.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;
use tenure_connector::{
    AccountStatus, Connector as _, ConnectorExt as _, Context, CredentialSource, DeleteMode, EntitlementRef,
    ErrorKind, Fields, ObjectClass, ObjectRef, Operation, Outcome, OwnershipScope, Result, Secret, SecretRef,
    SessionScope, WriteRequest,
};
use tenure_connector_postgres::{PostgresConfig, PostgresConnector};
use tenure_scim::{Patch, PatchPath, Resource, uri};
use tenure_testkit::conformance::{MemorySecrets, Subject};
use tokio_postgres::{Client, NoTls};

const ROLE: &str = "urn:tenure:params:scim:schemas:postgres:1.0:Role";

/// Roles belong to the whole server, so one test runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

struct Server {
    text: String,
    _alone: MutexGuard<'static, ()>,
}

fn server() -> Option<Server> {
    let text = std::env::var("TENURE_POSTGRES").ok();
    assert!(
        text.is_some() || std::env::var("TENURE_REQUIRE_SERVERS").is_err(),
        "expected a PostgreSQL server in TENURE_POSTGRES, found none"
    );
    if text.is_none() {
        eprintln!("not tried: TENURE_POSTGRES is not set");
    }
    Some(Server { text: text?, _alone: ALONE.lock().unwrap_or_else(PoisonError::into_inner) })
}

impl Server {
    fn connector(&self) -> PostgresConnector {
        PostgresConnector::new(PostgresConfig::new(&self.text)).unwrap()
    }

    /// A session of someone; nothing when the server refuses.
    async fn session(&self, change: impl FnOnce(&mut tokio_postgres::Config)) -> Option<Client> {
        let mut config: tokio_postgres::Config = self.text.parse().unwrap();
        change(&mut config);
        let (client, connection) = config.connect(NoTls).await.ok()?;
        tokio::spawn(connection);
        Some(client)
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
                if let Some(server) = super::server() {
                    let subject = super::Subject::new(super::Arc::new(server.connector()));
                    tenure_testkit::conformance::assert_trial(&subject, stringify!($name));
                }
            }
        )*
    };
}
use trial_tests;

fn ctx() -> Context {
    let secrets = MemorySecrets::default();
    secrets.put(&SecretRef::new("new"), Secret::new("Correct-Horse-1"));
    Context::new("test").with_secrets(Arc::new(secrets))
}

async fn apply(connector: &PostgresConnector, operation: Operation) -> Result<Outcome> {
    connector.apply(&ctx(), &WriteRequest::new("key", operation)).await
}

async fn add(connector: &PostgresConnector, name: &str) -> ObjectRef {
    let user = Resource::new(uri::USER).with("userName", name).unwrap();
    connector.create(&ctx(), "key", ObjectClass::USER, user).await.unwrap().object.unwrap()
}

async fn remove(connector: &PostgresConnector, object: &ObjectRef) -> Result<Outcome> {
    apply(connector, Operation::Delete { object: object.clone(), mode: DeleteMode::Permanent }).await
}

#[tokio::test]
async fn a_stopped_account_cannot_log_in_and_its_sessions_can_be_ended() {
    let Some(server) = server() else { return };
    let connector = server.connector();
    let anna = add(&connector, "quirk \"anna\"").await;
    let login = |config: &mut tokio_postgres::Config| {
        config.user("quirk \"anna\"");
    };
    let session = server.session(login).await.unwrap();
    let stop = Operation::SetStatus { object: anna.clone(), status: AccountStatus::Disabled };
    apply(&connector, stop).await.unwrap();
    assert!(server.session(login).await.is_none());
    assert!(session.query_one("SELECT 1", &[]).await.is_ok(), "the running session goes on");
    let end = Operation::RevokeSessions { object: anna.clone(), scope: SessionScope::All };
    assert!(apply(&connector, end.clone()).await.unwrap().changed());
    assert!(session.query_one("SELECT 1", &[]).await.is_err());
    // The server takes a moment to forget a session that ended.
    let mut settled = false;
    for _ in 0..100 {
        settled = apply(&connector, end.clone()).await.unwrap().is_already_so();
        if settled {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(settled);
    remove(&connector, &anna).await.unwrap();
}

#[tokio::test]
async fn what_a_role_owns_is_given_away_before_it_is_dropped() {
    let Some(server) = server() else { return };
    let connector = server.connector();
    let (anna, ben) = (add(&connector, "quirk_anna").await, add(&connector, "quirk_ben").await);
    let admin = server.session(|_| {}).await.unwrap();
    admin.batch_execute("DROP DATABASE IF EXISTS quirk_second").await.unwrap();
    admin.batch_execute("CREATE DATABASE quirk_second").await.unwrap();
    let second = server
        .session(|config| {
            config.dbname("quirk_second");
        })
        .await
        .unwrap();
    // Owned in one database, allowed in both.
    let make = "CREATE TABLE quirk_t (a int); ALTER TABLE quirk_t OWNER TO quirk_anna; \
                CREATE TABLE quirk_u (a int); GRANT SELECT ON quirk_u TO quirk_anna";
    second.batch_execute(make).await.unwrap();
    admin.batch_execute("GRANT CREATE ON DATABASE quirk_second TO quirk_anna").await.unwrap();
    let refused = remove(&connector, &anna).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Policy);
    assert_eq!(refused.detail(), "`quirk_anna` owns objects in quirk_second");
    let give =
        Operation::TransferOwnership { object: anna.clone(), to: ben.clone(), scope: OwnershipScope::All };
    assert!(apply(&connector, give.clone()).await.unwrap().changed());
    assert!(apply(&connector, give).await.unwrap().is_already_so());
    assert!(remove(&connector, &anna).await.unwrap().changed());
    let owner = "SELECT tableowner::text AS owner FROM pg_tables WHERE tablename IN ('quirk_t', 'quirk_u') ORDER BY 1";
    let owners: Vec<String> =
        second.query(owner, &[]).await.unwrap().iter().map(|row| row.get("owner")).collect();
    assert_eq!((owners.len(), owners[0].as_str()), (2, "quirk_ben"), "nothing was dropped: {owners:?}");
    drop(second);
    admin.batch_execute("DROP DATABASE quirk_second WITH (FORCE)").await.unwrap();
    remove(&connector, &ben).await.unwrap();
}

/// An attempt of which nobody waited for the end goes on in the server, and may be ahead of its repeat.
#[tokio::test]
async fn what_somebody_else_drops_meanwhile_is_gone() {
    let Some(server) = server() else { return };
    let connector = server.connector();
    let anna = add(&connector, "quirk-meanwhile").await;
    let other = server.session(|_| {}).await.unwrap();
    other.batch_execute("BEGIN; DROP ROLE \"quirk-meanwhile\"").await.unwrap();
    let repeat = tokio::spawn(async move { remove(&connector, &anna).await });
    assert!(after_a_wait(&other, repeat).await.is_already_so());
}

#[tokio::test]
async fn what_somebody_else_writes_meanwhile_is_found() {
    let Some(server) = server() else { return };
    let connector = server.connector();
    let anna = add(&connector, "quirk-meanwhile").await;
    let team = Resource::new(uri::GROUP).with("displayName", "quirk-team").unwrap();
    let team = connector.create(&ctx(), "key", ObjectClass::GROUP, team).await.unwrap().object.unwrap();
    let entitlement = EntitlementRef::new("role", &team.id);
    let limit = PatchPath::parse(&format!("{ROLE}:connectionLimit")).unwrap();
    let update = Operation::Update { object: anna.clone(), patch: Patch::default().replace(limit, json!(3)) };
    let grant = Operation::Grant {
        object: anna.clone(),
        entitlement: entitlement.clone(),
        parameters: Default::default(),
    };
    let revoke = Operation::Revoke { object: anna.clone(), entitlement };
    let other = server.session(|_| {}).await.unwrap();
    for (before, operation) in [
        ("ALTER ROLE \"quirk-meanwhile\" CONNECTION LIMIT 3", update),
        ("GRANT \"quirk-team\" TO \"quirk-meanwhile\"", grant),
        ("REVOKE \"quirk-team\" FROM \"quirk-meanwhile\"", revoke),
    ] {
        other.batch_execute(&format!("BEGIN; {before}")).await.unwrap();
        let connector = server.connector();
        let repeat = tokio::spawn(async move { apply(&connector, operation).await });
        assert!(after_a_wait(&other, repeat).await.is_already_so(), "{before}");
    }
    remove(&connector, &anna).await.unwrap();
    let delete = Operation::Delete { object: team, mode: DeleteMode::Permanent };
    apply(&connector, delete).await.unwrap();
}

/// Ends a session's transaction as soon as somebody waits for it.
async fn after_a_wait(other: &Client, waiting: tokio::task::JoinHandle<Result<Outcome>>) -> Outcome {
    let waits =
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))";
    while other.query_one(waits, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        assert!(!waiting.is_finished(), "{:?}", waiting.await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    other.batch_execute("COMMIT").await.unwrap();
    waiting.await.unwrap().unwrap()
}

#[tokio::test]
async fn limits_and_names_round_trip() {
    let Some(server) = server() else { return };
    let connector = server.connector();
    let anna = add(&connector, "quirk_anna").await;
    let path = |name: &str| PatchPath::parse(&format!("{ROLE}:{name}")).unwrap();
    let patch = Patch::default()
        .replace(path("connectionLimit"), json!(3))
        .replace(path("validUntil"), "2030-01-31T12:00:00Z")
        .replace(PatchPath::parse("userName").unwrap(), "quirk_anne")
        .replace(PatchPath::parse("displayName").unwrap(), "Anne O'Hara \\ \"A\"");
    let update = Operation::Update { object: anna.clone(), patch };
    assert!(apply(&connector, update.clone()).await.unwrap().changed());
    assert!(apply(&connector, update).await.unwrap().is_already_so());
    let shown = connector.get(&ctx(), &anna, &Fields::All).await.unwrap().resource;
    assert_eq!(
        (shown.text("userName"), shown.text("displayName")),
        (Some("quirk_anne"), Some("Anne O'Hara \\ \"A\""))
    );
    assert_eq!(shown.text(&format!("{ROLE}:validUntil")), Some("2030-01-31T12:00:00Z"));
    let long = Resource::new(uri::USER).with("userName", "x".repeat(64)).unwrap();
    let error = connector.create(&ctx(), "key", ObjectClass::USER, long).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "the server would cut it off");
    let taken = Resource::new(uri::USER).with("userName", "QUIRK_ANNE").unwrap();
    let error = connector.create(&ctx(), "key", ObjectClass::USER, taken).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.conflicting().map(|own| &own.id)),
        (ErrorKind::AlreadyExists, Some(&anna.id))
    );
    remove(&connector, &anna).await.unwrap();
}

#[tokio::test]
async fn a_password_arrives_as_a_verifier() {
    let Some(server) = server() else { return };
    let connector = server.connector();
    let anna = add(&connector, "quirk_anna").await;
    let credential = CredentialSource::Reference(SecretRef::new("new"));
    apply(&connector, Operation::SetCredential { object: anna.clone(), credential }).await.unwrap();
    let admin = server.session(|_| {}).await.unwrap();
    let row =
        admin.query_one("SELECT rolpassword FROM pg_authid WHERE rolname = 'quirk_anna'", &[]).await.unwrap();
    let stored: String = row.get(0);
    assert!(stored.starts_with("SCRAM-SHA-256$4096:"), "{stored}");
    remove(&connector, &anna).await.unwrap();
}

#[tokio::test]
async fn superusers_and_the_own_role_are_protected() {
    let Some(server) = server() else { return };
    let connector = server.connector();
    let own = ObjectRef::by(ObjectClass::USER, ObjectRef::USER_NAME, "tenure");
    for operation in [
        Operation::SetStatus { object: own.clone(), status: AccountStatus::Disabled },
        Operation::Delete { object: own.clone(), mode: DeleteMode::Permanent },
    ] {
        assert_eq!(apply(&connector, operation).await.unwrap_err().kind(), ErrorKind::Policy);
    }
}

#[tokio::test]
async fn a_role_is_granted_by_its_name() {
    let Some(server) = server() else { return };
    let connector = server.connector();
    let anna = add(&connector, "quirk_anna").await;
    let entitlement = EntitlementRef::new("role", "pg_read_all_data");
    let grant = Operation::Grant {
        object: anna.clone(),
        entitlement: entitlement.clone(),
        parameters: Default::default(),
    };
    assert!(apply(&connector, grant.clone()).await.unwrap().changed());
    assert!(apply(&connector, grant).await.unwrap().is_already_so());
    let revoke = Operation::Revoke { object: anna.clone(), entitlement };
    assert!(apply(&connector, revoke.clone()).await.unwrap().changed());
    assert!(apply(&connector, revoke).await.unwrap().is_already_so());
    remove(&connector, &anna).await.unwrap();
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn the_server_is_spoken_to_with_tls_and_its_certificate_is_checked() {
    let Some(server) = server() else { return };
    let authority =
        std::env::var("TENURE_POSTGRES_CA").expect("the authority of the server in TENURE_POSTGRES_CA");
    let named = server.text.replace("127.0.0.1", "localhost");
    let config = |text: &str, file: Option<&str>| PostgresConfig {
        ca_file: file.map(Into::into),
        ..PostgresConfig::new(text)
    };
    let admin = server.session(|_| {}).await.unwrap();
    admin.batch_execute("DROP ROLE IF EXISTS secretive").await.unwrap();
    admin.batch_execute("CREATE ROLE secretive LOGIN CREATEROLE PASSWORD 'Hidden-1'").await.unwrap();
    for mode in ["require", "verify-full"] {
        let text = format!("{} sslmode={mode}", named.replace("user=tenure", "user=secretive"));
        let missing = PostgresConnector::new(config(&text, Some(&authority))).unwrap();
        let error = missing.check(&ctx()).await.unwrap_err();
        assert_ne!(
            error.kind(),
            ErrorKind::Config,
            "the certificate is fine, a password is missing: {error}"
        );
        let mut known = config(&text, Some(&authority));
        known.password = Some(Secret::new("Hidden-1"));
        let known = PostgresConnector::new(known).unwrap();
        assert!(known.check(&ctx()).await.unwrap().missing.is_empty());
        let anna = add(&known, "quirk_anna").await;
        remove(&known, &anna).await.unwrap();
        // The certificate is for a name, and by an authority that the system does not know.
        for (text, file) in [(text.replace("localhost", "127.0.0.1"), Some(authority.as_str())), (text, None)]
        {
            let Ok(other) = PostgresConnector::new(config(&text, file)) else { continue };
            let error = other.check(&ctx()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{error}");
            assert!(error.detail().contains("invalid peer certificate"), "{error}");
        }
    }
    admin.batch_execute("DROP ROLE secretive").await.unwrap();
}
