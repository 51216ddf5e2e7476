//! No credential stands in anything that comes out: logs, recordings, errors, debug forms.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{EMAIL, TOKEN, auth, config, connect_with, grant, person, revoke, start, user};
use tenure_connector::{AccountStatus, ObjectClass, Operation, Secret};
use tenure_connector_rest::testing::assert_nothing_secret;
use tenure_connector_zendesk::{Auth, api_token};

const BEARER: &str = "planted-bearer-0815";
const WRONG: &str = "planted-wrong-1234";
/// What goes over the wire for the token; the address of an account is no secret.
const ENCODED: &str = "b2xnYUBleGFtcGxlLmNvbS90b2tlbjp";

#[tokio::test]
async fn no_planted_secret_comes_out_anywhere() {
    let fake = start();
    let (someone, group) = fake.with(|zendesk| {
        zendesk.allow_bearer(BEARER, &["read"]);
        (zendesk.seed_user("a@example.com", "A", "agent"), zendesk.seed_group("Support"))
    });
    let operations = [
        Operation::Create { class: ObjectClass::USER, resource: person("bo") },
        Operation::Create { class: ObjectClass::USER, resource: person("bo") },
        grant(someone, "group", group),
        revoke(someone, "role", "agent"),
        Operation::SetStatus { object: user(someone), status: AccountStatus::Suspended },
    ];
    let wrong = api_token(EMAIL, &Secret::new(WRONG));
    for auth in [auth(), Auth::bearer(&Secret::new(BEARER)), wrong] {
        assert!(!format!("{auth:?}").contains("planted"));
        let connector = connect_with(config(&fake), auth);
        assert_nothing_secret(connector, operations.clone(), &[TOKEN, BEARER, WRONG, ENCODED]).await;
    }
}
