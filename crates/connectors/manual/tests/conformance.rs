//! A ledger that somebody works through keeps the contract.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tenure_connector::EntitlementRef;
use tenure_connector_manual::{ManualConfig, ManualConnector, TaskStatus};
use tenure_testkit::conformance::Subject;

fn subject() -> Subject {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let directory =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{number}", std::process::id()));
    let people = ManualConnector::new(ManualConfig::new("Mailchimp", directory.join("tasks.csv")));
    let worker = people.clone();
    Subject::new(Arc::new(people))
        .with_entitlement(EntitlementRef::new("role", "editor"))
        .with_people(move |task| worker.close(&task.id, TaskStatus::Done, None, None).unwrap())
}

tenure_testkit::conformance!(subject);
