//! The file target and the file source keep the contract.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tenure_connector_csv::{CsvSource, CsvSourceConfig, CsvTarget, CsvTargetConfig, FileFormat};
use tenure_testkit::conformance::Subject;

const CATALOGUE: &str = "kind,value,display,exclusiveGroup,capacity,immutable\n\
                         role,agent,Agent,,,\nlicence,basic,,tier,,\nlicence,pro,,tier,2,\n";

fn directory() -> PathBuf {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let directory =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{number}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

mod csv_target {
    fn subject() -> super::Subject {
        let directory = super::directory();
        std::fs::write(directory.join("entitlements.csv"), super::CATALOGUE).unwrap();
        super::Subject::new(super::Arc::new(super::CsvTarget::new(super::CsvTargetConfig::new(directory))))
    }

    tenure_testkit::conformance!(subject);
}

mod json_target {
    fn subject() -> super::Subject {
        let config = super::CsvTargetConfig::new(super::directory()).with_format(super::FileFormat::Json);
        super::Subject::new(super::Arc::new(super::CsvTarget::new(config)))
    }

    tenure_testkit::conformance!(subject);
}

mod source {
    fn subject() -> super::Subject {
        let data = super::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../examples/data");
        let config = super::CsvSourceConfig::workers(data.join("workers.csv"))
            .with_services(data.join("services.csv"));
        super::Subject::new(super::Arc::new(super::CsvSource::new(config).unwrap()))
    }

    tenure_testkit::conformance!(subject);
}
