//! A fake GitHub and a connector to it.
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

use tenure_connector::Secret;
use tenure_connector_github::{Auth, GithubConfig, GithubConnector};
use tenure_connector_rest::testing;
pub(crate) use tenure_connector_rest::testing::{apply, ctx, grant, revoke, user};
use tenure_scim::Resource;
use tenure_testkit::conformance::address;
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::github::Github;

pub(crate) const TOKEN: &str = "ghp-planted-4711";

pub(crate) fn start() -> Fake<Github> {
    let fake = Fake::start(Github::new(TOKEN)).unwrap();
    fake.checked(&["github/github-org-members-v23.json", "github/github-ghec-scim-audit-v23.json"]).unwrap()
}

pub(crate) fn config(fake: &Fake<Github>) -> GithubConfig {
    let mut config = GithubConfig::organization("meridian");
    config.base_url = fake.address().parse().unwrap();
    config.enterprise_cloud = true;
    config.audit_lines = 200;
    config.timeout_seconds = 15;
    config
}

pub(crate) fn connect(fake: &Fake<Github>) -> GithubConnector {
    connect_with(config(fake), TOKEN)
}

pub(crate) fn connect_with(config: GithubConfig, token: &str) -> GithubConnector {
    testing::connect(config, Auth::bearer(&Secret::new(token)), "github")
}

/// Logins have letters, digits and hyphens only.
pub(crate) fn person(name: &str) -> Resource {
    let address = address(name, "");
    testing::person(&[("userName", &address.trim_end_matches('@').replace('_', "-"))])
}
