//! A fake Atlassian and a connector to it.
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

use tenure_connector::Secret;
use tenure_connector_atlassian::{AtlassianConfig, AtlassianConnector, Auth, with_organization};
use tenure_connector_rest::testing::recorded;
pub(crate) use tenure_connector_rest::testing::{apply, ctx, grant, revoke, status, user};
use tenure_connector_rest::{HttpOptions, http_client, testing};
use tenure_scim::Resource;
use tenure_testkit::conformance::address;
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::atlassian::Atlassian;

pub(crate) const EMAIL: &str = "olga@example.com";
pub(crate) const TOKEN: &str = "ATATT-planted-4711";
pub(crate) const KEY: &str = "ATCTT-planted-0815";

pub(crate) fn start() -> Fake<Atlassian> {
    let fake = Fake::start(Atlassian::new(EMAIL, TOKEN, KEY)).unwrap();
    fake.checked(&[
        "jira/jira-cloud-platform-users-2022-07.json",
        "atlassian/atlassian-admin.doc-derived.json",
    ])
    .unwrap()
}

pub(crate) fn config(fake: &Fake<Atlassian>) -> AtlassianConfig {
    let mut config = AtlassianConfig::site(fake.address().parse().unwrap());
    config.organization_url = fake.address().parse().unwrap();
    config.organization = Some("O1".to_owned());
    config.managed = true;
    config.timeout_seconds = 15;
    config
}

pub(crate) fn connect(fake: &Fake<Atlassian>) -> AtlassianConnector {
    connect_with(config(fake), TOKEN)
}

pub(crate) fn connect_with(config: AtlassianConfig, token: &str) -> AtlassianConnector {
    let site = Auth::basic(EMAIL, &Secret::new(token));
    let http = http_client(&HttpOptions::default()).unwrap();
    let connector = with_organization(config, site, Auth::bearer(&Secret::new(KEY)), http).unwrap();
    recorded(connector, "atlassian")
}

pub(crate) fn person(name: &str) -> Resource {
    testing::person(&[("userName", &address(name, "example.com")), ("displayName", name)])
}
