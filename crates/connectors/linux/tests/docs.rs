//! The page about the connector says what the code says.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use tenure_connector::Connector as _;
use tenure_connector_linux::{LinuxConfig, LinuxConnector};
use tenure_testkit::conformance::check_table;

#[test]
fn the_capability_table_is_that_of_the_code() {
    let connector = LinuxConnector::new(LinuxConfig::new("h")).unwrap();
    let capabilities = connector.capabilities();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs.md");
    check_table(&page, &capabilities, std::env::var_os("UPDATE_GOLDEN").is_some()).unwrap();
}
