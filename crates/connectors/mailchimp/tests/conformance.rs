//! A ledger that somebody works through keeps the contract.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::{KEY, connect, start};
use tenure_connector::{Connector as _, EntitlementRef};
use tenure_connector_mailchimp::TaskStatus;
use tenure_testkit::conformance::{Subject, check_table};

fn subject() -> Subject {
    let fake = start();
    let connector = connect(&fake, KEY);
    let worker = connector.people().clone();
    Subject::new(Arc::new(connector))
        .with_entitlement(EntitlementRef::new("role", "Author"))
        .with_secret_text(KEY)
        .with_people(move |task| {
            let _running = &fake;
            worker.close(&task.id, TaskStatus::Done, None, None).unwrap();
        })
}

tenure_testkit::conformance!(subject);

#[test]
fn the_table_of_the_readme_is_what_the_code_says() {
    let capabilities = connect(&start(), KEY).capabilities();
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    check_table(&readme, &capabilities, std::env::var_os("UPDATE_GOLDEN").is_some()).unwrap();
}
