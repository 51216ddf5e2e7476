//! A fake Trello and a connector to it.
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

use tenure_connector::Secret;
use tenure_connector_rest::testing;
pub(crate) use tenure_connector_rest::testing::{apply, ctx, grant, revoke, status, user};
use tenure_connector_trello::{TrelloConfig, TrelloConnector, token};
use tenure_scim::Resource;
use tenure_testkit::conformance::address;
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::trello::Trello;

pub(crate) const TOKEN: &str = "ATTA-planted-4711";
pub(crate) const KEY: &str = "0a1b2c3d";

pub(crate) fn start() -> Fake<Trello> {
    Fake::start(Trello::new(KEY, TOKEN))
        .unwrap()
        .checked(&["trello/trello-members.doc-derived.json"])
        .unwrap()
}

pub(crate) fn config(fake: &Fake<Trello>) -> TrelloConfig {
    let mut config = TrelloConfig::workspace("meridian", KEY);
    config.base_url = format!("{}/1", fake.address()).parse().unwrap();
    config.seats = Some(50);
    config.timeout_seconds = 15;
    config
}

pub(crate) fn connect(fake: &Fake<Trello>) -> TrelloConnector {
    connect_with(config(fake), TOKEN)
}

pub(crate) fn connect_with(config: TrelloConfig, secret: &str) -> TrelloConnector {
    let auth = token(&config.key, &Secret::new(secret));
    testing::connect(config, auth, "trello")
}

pub(crate) fn person(name: &str) -> Resource {
    testing::person(&[("userName", &address(name, "example.com")), ("displayName", name)])
}
