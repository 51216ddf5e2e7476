//! The page about the connector says what the code says.
#![allow(clippy::unwrap_used, reason = "tests")]

use tenure_connector::Connector as _;
use tenure_connector_sql::SqlConnector;
use tenure_testkit::capability_tables;

#[test]
fn the_capability_tables_are_those_of_the_code() {
    let table = serde_json::json!({
        "table": "t",
        "key": { "column": "id", "made_by": "database" },
        "columns": { "userName": "login" },
        "status": { "column": "state", "active": 1, "disabled": 0 },
        "deleted": { "column": "gone" },
    });
    let groups = serde_json::json!({
        "table": "g",
        "key": { "column": "id", "made_by": "database" },
        "columns": { "displayName": "title" },
        "deleted": { "column": "gone" },
    });
    let links = serde_json::json!({ "table": "m", "user": "u", "group": "g" });
    let config = serde_json::json!({
        "database": { "sqlite": "t.db" }, "users": table, "groups": groups, "memberships": links,
    });
    let connector = SqlConnector::new(serde_json::from_value(config).unwrap()).unwrap();
    let tables = capability_tables(&connector.capabilities());
    let page = include_str!("../docs.md");
    assert!(page.contains(&tables), "expected in docs.md:\n{tables}");
}
