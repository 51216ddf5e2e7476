//! A fake Zendesk and a connector to it.
#![allow(
    dead_code,
    unused_imports,
    clippy::needless_pass_by_value,
    reason = "each test file uses a part, and gives numbers and texts alike"
)]

use tenure_connector::{ObjectRef, Operation, Secret};
use tenure_connector_rest::testing;
pub(crate) use tenure_connector_rest::testing::{apply, ctx};
use tenure_connector_zendesk::{Auth, ZendeskConfig, ZendeskConnector, api_token};
use tenure_scim::Resource;
use tenure_testkit::conformance::address;
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::zendesk::Zendesk;

pub(crate) const EMAIL: &str = "olga@example.com";
pub(crate) const TOKEN: &str = "planted-api-token-4711";

/// An instance whose answers are checked against the vendor's description, where there is one.
pub(crate) fn start() -> Fake<Zendesk> {
    Fake::start(Zendesk::new(EMAIL, TOKEN)).unwrap().checked(&["zendesk/zendesk-support-users.json"]).unwrap()
}

pub(crate) fn config(fake: &Fake<Zendesk>) -> ZendeskConfig {
    let mut config = ZendeskConfig::new(fake.address().parse().unwrap());
    config.timeout_seconds = 15;
    config.seat.tier = "professional".to_owned();
    config
}

pub(crate) fn auth() -> Auth {
    api_token(EMAIL, &Secret::new(TOKEN))
}

pub(crate) fn connect(fake: &Fake<Zendesk>) -> ZendeskConnector {
    connect_with(config(fake), auth())
}

pub(crate) fn connect_with(config: ZendeskConfig, auth: Auth) -> ZendeskConnector {
    testing::connect(config, auth, "zendesk")
}

pub(crate) fn user(id: u64) -> ObjectRef {
    testing::user(&id.to_string())
}

pub(crate) fn grant(id: u64, kind: &str, entitlement: impl ToString) -> Operation {
    testing::grant(&id.to_string(), kind, &entitlement.to_string())
}

pub(crate) fn revoke(id: u64, kind: &str, entitlement: impl ToString) -> Operation {
    testing::revoke(&id.to_string(), kind, &entitlement.to_string())
}

pub(crate) fn person(name: &str) -> Resource {
    testing::person(&[("userName", &address(name, "example.com")), ("displayName", name)])
}
