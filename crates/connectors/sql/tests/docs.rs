//! The page about the connector says what the code says.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use tenure_connector::Connector as _;
use tenure_connector_sql::SqlConnector;
use tenure_testkit::conformance::check_table;

#[test]
fn the_capability_table_is_that_of_the_code() {
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
    let capabilities = connector.capabilities();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs.md");
    check_table(&page, &capabilities, std::env::var_os("UPDATE_GOLDEN").is_some()).unwrap();
}
