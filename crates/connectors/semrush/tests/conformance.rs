//! A ledger that somebody works through keeps the contract.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tenure_connector::{Connector as _, EntitlementRef};
use tenure_connector_semrush::{SemrushConfig, TaskStatus, semrush};
use tenure_testkit::conformance::{Subject, check_table};

fn subject() -> Subject {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let directory =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{number}", std::process::id()));
    let people = semrush(SemrushConfig::new(directory.join("tasks.csv")));
    let worker = people.clone();
    Subject::new(Arc::new(people))
        .with_entitlement(EntitlementRef::new("role", "Admin"))
        .with_people(move |task| worker.close(&task.id, TaskStatus::Done, None, None).unwrap())
}

tenure_testkit::conformance!(subject);

#[test]
fn the_table_of_the_readme_is_what_the_code_says() {
    let capabilities = semrush(SemrushConfig::new("tasks.csv")).capabilities();
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    check_table(&readme, &capabilities, std::env::var_os("UPDATE_GOLDEN").is_some()).unwrap();
}
