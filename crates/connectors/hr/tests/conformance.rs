//! The source keeps the contract, over each way of writing a file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::PathBuf;
use std::sync::Arc;

use chrono::DateTime;
use tenure_connector_hr::{Field, HrConfig, HrSource, Mapping};
use tenure_testkit::conformance::Subject;

fn subject(file: &str) -> Subject {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file);
    let map = Mapping::plain().with("timeZone", Field::named("zone"));
    let source = HrSource::file(data, HrConfig::new(map), Arc::new(|| DateTime::UNIX_EPOCH)).unwrap();
    Subject::new(Arc::new(source))
}

mod csv {
    fn subject() -> super::Subject {
        super::subject("staff.csv")
    }

    tenure_testkit::conformance!(subject);
}

mod json {
    fn subject() -> super::Subject {
        super::subject("staff.json")
    }

    tenure_testkit::conformance!(subject);
}

mod ndjson {
    fn subject() -> super::Subject {
        super::subject("staff.ndjson")
    }

    tenure_testkit::conformance!(subject);
}
