//! The page about the connector says what the code says.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use tenure_connector::Connector as _;
use tenure_connector_ldap::{Flavour, LdapConfig, LdapConnector};
use tenure_testkit::conformance::check_table;

#[test]
fn the_capability_table_is_that_of_the_code() {
    let url = "ldapi://%2Frun%2Fldapi".parse().unwrap();
    let config = LdapConfig::new(url, Flavour::OpenLdap, "ou=People,dc=x").with_groups("ou=Groups,dc=x");
    let capabilities = LdapConnector::new(config).unwrap().capabilities();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs.md");
    check_table(&page, &capabilities, std::env::var_os("UPDATE_GOLDEN").is_some()).unwrap();
}
