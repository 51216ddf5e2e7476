//! The connector keeps the contract, over real sockets, in front of the stateful fake.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::path::Path;
use std::sync::Arc;

use tenure_connector::{Connector as _, EntitlementRef};
use tenure_testkit::conformance::{Subject, check_table};

fn subject() -> Subject {
    let fake = common::start();
    let group = fake.with(|atlassian| {
        let anna = atlassian.seed_user("anna@example.com", "Anna Berg");
        let users = atlassian.seed_group("jira-users");
        atlassian.seed_member(&users, &anna);
        atlassian.sell("jira-software", 500, &[&users]);
        atlassian.seed_group("Marketing")
    });
    Subject::new(Arc::new(common::connect(&fake)))
        .with_intruder(Arc::new(common::connect_with(common::config(&fake), "planted-wrong-token")))
        .with_user(common::person)
        .with_entitlement(EntitlementRef::new("group", group))
        .with_secret_text(common::TOKEN)
        .with_secret_text("planted-wrong-token")
        .with_faults(Arc::new(fake))
}

tenure_testkit::conformance!(subject);

#[test]
fn the_table_of_the_readme_is_what_the_code_says() {
    let capabilities = common::connect(&common::start()).capabilities();
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    check_table(&readme, &capabilities, std::env::var_os("UPDATE_GOLDEN").is_some()).unwrap();
}
