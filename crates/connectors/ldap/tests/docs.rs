//! The page about the connector says what the code says.
#![allow(clippy::unwrap_used, reason = "tests")]

use tenure_connector::Connector as _;
use tenure_connector_ldap::{Flavour, LdapConfig, LdapConnector};
use tenure_testkit::capability_tables;

#[test]
fn the_capability_tables_are_those_of_the_code() {
    let url = "ldapi://%2Frun%2Fldapi".parse().unwrap();
    let config = LdapConfig::new(url, Flavour::OpenLdap, "ou=People,dc=x").with_groups("ou=Groups,dc=x");
    let tables = capability_tables(&LdapConnector::new(config).unwrap().capabilities());
    let page = include_str!("../docs.md");
    assert!(page.contains(&tables), "expected in docs.md:\n{tables}");
}
