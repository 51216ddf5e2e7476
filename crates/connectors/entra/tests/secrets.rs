//! No credential stands in anything that comes out: logs, recordings, errors, debug forms.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{TOKEN, config, connect_with, grant, revoke, start};
use tenure_connector::{ObjectClass, Operation};
use tenure_connector_rest::testing::assert_nothing_secret;

const WRONG: &str = "planted-wrong-1234";

// The only test here: what is logged belongs to the thread, and a second test would switch the log off for it.
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
