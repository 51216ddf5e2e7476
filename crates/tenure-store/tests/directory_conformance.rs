//! The directory keeps the contract that every connector keeps, in memory and in a file.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::DateTime;
use tenure_connector::EntitlementRef;
use tenure_scim::SchemaRegistry;
use tenure_store::directory::{DirectoryBuilder, DirectoryConnector};
use tenure_testkit::conformance::Subject;

fn builder() -> DirectoryBuilder {
    DirectoryConnector::builder(SchemaRegistry::builtin(), Arc::new(|| DateTime::UNIX_EPOCH))
}

fn in_file() -> Subject {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("directory-{}-{number}.db", std::process::id()));
    let subject = Subject::new(Arc::new(builder().open(&file).unwrap()));
    subject.with_entitlement(EntitlementRef::new("role", "agent"))
}

mod memory {
    fn subject() -> super::Subject {
        super::Subject::new(super::Arc::new(super::builder().in_memory().unwrap()))
            .with_entitlement(super::EntitlementRef::new("role", "agent"))
    }

    tenure_testkit::conformance!(subject);
}

mod file {
    use super::in_file;

    tenure_testkit::conformance!(in_file);
}
