//! No credential stands in anything that comes out: logs, recordings, errors, debug forms.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::sync::Arc;

use common::{TOKEN, config, connect_with, ctx, grant, revoke, start, user};
use tenure_connector::{
    Connector as _, CredentialSource, ObjectClass, Operation, Secret, SecretRef, WriteRequest,
};
use tenure_connector_rest::testing::assert_nothing_secret;
use tenure_testkit::conformance::MemorySecrets;

const WRONG: &str = "planted-wrong-1234";

#[tokio::test]
async fn no_planted_secret_comes_out_anywhere() {
    let fake = start();
    let (id, sku) = fake
        .with(|graph| (graph.seed_user("anna@example.com", "Anna", "Berg"), graph.buy("ENTERPRISEPACK", 1)));
    let operations = [
        Operation::Create { class: ObjectClass::USER, resource: common::person("bo") },
        grant(&id, "licence", &sku),
        revoke(&id, "licence", &sku),
        grant(&id, "group", "00000000-0000-4000-9000-000000000009"),
    ];
    for token in [TOKEN, WRONG] {
        let connector = connect_with(config(&fake), token);
        assert_nothing_secret(connector, operations.clone(), &[TOKEN, WRONG]).await;
    }
}

#[tokio::test]
async fn a_password_goes_to_the_system_and_nowhere_else() {
    let fake = start();
    let id = fake.with(|graph| graph.seed_user("anna@example.com", "Anna", "Berg"));
    let (store, name) = (Arc::new(MemorySecrets::default()), SecretRef::new("anna"));
    store.put(&name, Secret::new("Correct-Horse-1"));
    let set = Operation::SetCredential { object: user(&id), credential: CredentialSource::Reference(name) };
    let ctx = ctx().with_secrets(store);
    let outcome =
        connect_with(config(&fake), TOKEN).apply(&ctx, &WriteRequest::new("key", set)).await.unwrap();
    assert!(outcome.changed() && !format!("{outcome:?}").contains("Horse"));
    assert!(fake.with(|graph| graph.user(&id).unwrap().get("passwordProfile").is_none()));
}
