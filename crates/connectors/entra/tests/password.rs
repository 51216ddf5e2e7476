//! Passwords come from the store of secrets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::sync::Arc;

use common::{TOKEN, config, connect_with, ctx, start, user};
use tenure_connector::{Connector as _, CredentialSource, Operation, Secret, SecretRef, WriteRequest};
use tenure_testkit::conformance::MemorySecrets;

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
