//! A fake OneLogin and a connector to it.
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

use tenure_connector::Secret;
use tenure_connector_onelogin::{Auth, OneloginConfig, OneloginConnector};
use tenure_connector_rest::testing;
pub(crate) use tenure_connector_rest::testing::{apply, ctx, grant, revoke, status, user};
use tenure_scim::Resource;
use tenure_testkit::conformance::address;
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::onelogin::Onelogin;

pub(crate) const TOKEN: &str = "planted-4711-abcdef";

pub(crate) fn start() -> Fake<Onelogin> {
    Fake::start(Onelogin::new(TOKEN)).unwrap().checked(&["onelogin/onelogin-users-3.1.1.json"]).unwrap()
}

pub(crate) fn config(fake: &Fake<Onelogin>) -> OneloginConfig {
    let mut config = OneloginConfig::new(fake.address().parse().unwrap());
    config.timeout_seconds = 15;
    config
}

pub(crate) fn connect(fake: &Fake<Onelogin>) -> OneloginConnector {
    connect_with(config(fake), TOKEN)
}

pub(crate) fn connect_with(config: OneloginConfig, token: &str) -> OneloginConnector {
    testing::connect(config, Auth::bearer(&Secret::new(token)), "onelogin")
}

pub(crate) fn person(name: &str) -> Resource {
    let email = address(name, "example.com");
    testing::person(&[("userName", &email), ("email", &email), ("title", name)])
}
