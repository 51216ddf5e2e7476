//! A fake Okta and a connector to it.
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

use tenure_connector::Secret;
use tenure_connector_okta::{OktaConfig, OktaConnector, WorkersFrom, api_token};
use tenure_connector_rest::testing;
pub(crate) use tenure_connector_rest::testing::{apply, ctx, grant, revoke, user};
use tenure_scim::Resource;
use tenure_testkit::conformance::address;
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::okta::Okta;

pub(crate) const TOKEN: &str = "00planted-4711";

pub(crate) fn start() -> Fake<Okta> {
    let fake = Fake::start(Okta::new(TOKEN)).unwrap();
    fake.checked(&["okta/okta-management-users-2026.06.3.json"]).unwrap()
}

pub(crate) fn config(fake: &Fake<Okta>) -> OktaConfig {
    let mut config = OktaConfig::new(fake.address().parse().unwrap());
    config.timeout_seconds = 15;
    config.workers = Some(WorkersFrom::default());
    config
}

pub(crate) fn connect(fake: &Fake<Okta>) -> OktaConnector {
    connect_with(config(fake), TOKEN)
}

pub(crate) fn connect_with(config: OktaConfig, token: &str) -> OktaConnector {
    testing::connect(config, api_token(&Secret::new(token)), "okta")
}

pub(crate) fn person(name: &str) -> Resource {
    testing::person(&[("userName", &address(name, "example.com")), ("displayName", name)])
}
