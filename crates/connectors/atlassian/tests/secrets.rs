//! No credential stands in anything that comes out: logs, recordings, errors, debug forms.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{TOKEN, config, connect_with, grant, revoke, start};
use tenure_connector::{ObjectClass, Operation};
use tenure_connector_rest::testing::assert_nothing_secret;

const WRONG: &str = "planted-wrong-1234";

#[tokio::test]
async fn no_planted_secret_comes_out_anywhere() {
    let fake = start();
    let (id, group) = fake.with(|atlassian| {
        (atlassian.seed_user("anna@example.com", "Anna Berg"), atlassian.seed_group("Marketing"))
    });
    let operations = [
        Operation::Create { class: ObjectClass::USER, resource: common::person("bo") },
        grant(&id, "group", &group),
        revoke(&id, "group", &group),
        grant(&id, "group", "nowhere"),
    ];
    for token in [TOKEN, WRONG] {
        let connector = connect_with(config(&fake), token);
        assert_nothing_secret(
            connector,
            operations.clone(),
            &[TOKEN, WRONG, common::KEY, "b2xnYUBleGFtcGxlLmNvbTpBVEFUV"],
        )
        .await;
    }
}
