//! A fake Graph and a connector to it.
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

use tenure_connector::Secret;
use tenure_connector_entra::{AppRole, Auth, EntraConfig, EntraConnector, WorkersFrom};
use tenure_connector_rest::testing;
pub(crate) use tenure_connector_rest::testing::{apply, ctx, grant, revoke, status, user};
use tenure_scim::Resource;
use tenure_testkit::conformance::address;
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::graph::Graph;

pub(crate) const TOKEN: &str = "eyJ0-planted-4711";
pub(crate) const RESOURCE: &str = "00000000-0000-4000-9000-000000000001";
pub(crate) const ROLE: &str = "00000000-0000-4000-9000-000000000002";

pub(crate) fn start() -> Fake<Graph> {
    Fake::start(Graph::new(TOKEN))
        .unwrap()
        .checked(&["microsoft-graph/msgraph-v1.0-users.openapi.json"])
        .unwrap()
}

pub(crate) fn config(fake: &Fake<Graph>) -> EntraConfig {
    let app =
        AppRole { resource: RESOURCE.to_owned(), role: ROLE.to_owned(), name: "Wiki editor".to_owned() };
    EntraConfig {
        base_url: fake.address().parse().unwrap(),
        sign_in_activity: true,
        usage_location: Some("DE".to_owned()),
        app_roles: vec![app],
        workers: Some(WorkersFrom::default()),
        timeout_seconds: 3,
        ..EntraConfig::tenant("example.com")
    }
}

pub(crate) fn connect(fake: &Fake<Graph>) -> EntraConnector {
    connect_with(config(fake), TOKEN)
}

pub(crate) fn connect_with(config: EntraConfig, token: &str) -> EntraConnector {
    testing::connect(config, Auth::bearer(&Secret::new(token)), "entra")
}

pub(crate) fn person(name: &str) -> Resource {
    testing::person(&[("userName", &address(name, "example.com")), ("displayName", name)])
}
