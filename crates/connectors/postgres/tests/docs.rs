//! The page about the connector says what the code says.
#![allow(clippy::unwrap_used, reason = "tests")]

use tenure_connector::Connector as _;
use tenure_connector_postgres::{PostgresConfig, PostgresConnector};
use tenure_testkit::capability_tables;

#[test]
fn the_capability_tables_are_those_of_the_code() {
    let connector = PostgresConnector::new(PostgresConfig::new("host=127.0.0.1 user=tenure")).unwrap();
    let tables = capability_tables(&connector.capabilities());
    let page = include_str!("../docs.md");
    assert!(page.contains(&tables), "expected in docs.md:\n{tables}");
}
