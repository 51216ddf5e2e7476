//! A fake Slack and a connector to it.
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

use tenure_connector::Secret;
pub(crate) use tenure_connector_rest::testing::{apply, ctx, grant, revoke, user};
use tenure_connector_rest::{Auth, testing};
use tenure_connector_slack::{SlackConfig, SlackConnector};
use tenure_scim::Resource;
use tenure_testkit::conformance::address;
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::slack::Slack;

pub(crate) const TOKEN: &str = "xoxp-planted-4711";

pub(crate) fn start() -> Fake<Slack> {
    let fake = Fake::start(Slack::new(TOKEN)).unwrap();
    fake.checked(&["slack/slack-web-api-users-swagger2.json"]).unwrap()
}

pub(crate) fn config(fake: &Fake<Slack>) -> SlackConfig {
    let mut config = SlackConfig::workspace("T001");
    config.scim_url = format!("{}/scim/v2", fake.address()).parse().unwrap();
    config.api_url = format!("{}/api", fake.address()).parse().unwrap();
    config.timeout_seconds = 15;
    config.channels = true;
    config.login_lines = 2000;
    config
}

pub(crate) fn connect(fake: &Fake<Slack>) -> SlackConnector {
    connect_with(config(fake), TOKEN)
}

pub(crate) fn connect_with(config: SlackConfig, token: &str) -> SlackConnector {
    testing::connect(config, Auth::bearer(&Secret::new(token)), "slack")
}

pub(crate) fn person(name: &str) -> Resource {
    let email = address(name, "example.com");
    testing::person(&[("userName", name), ("displayName", name), ("email", &email)])
}
