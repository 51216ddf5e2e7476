use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::DateTime;

use crate::system::{System, SystemConnector};
use crate::{Auth, HarOptions, HarRecorder, HttpOptions, http_client};

/// Makes a connector. It records into the folder that `TENURE_HAR` names, one file for each connector, for a check of all
/// requests against the vendor's description; without that variable it does not.
///
/// # Panics
///
/// When the configuration cannot be used.
#[must_use]
#[expect(clippy::expect_used, reason = "a test fails with it")]
pub fn connect<S: System>(config: S::Config, auth: Auth, vendor: &str) -> SystemConnector<S> {
    let http = http_client(&HttpOptions::default()).expect("a client");
    recorded(SystemConnector::new(config, auth, http).expect("a configuration that can be used"), vendor)
}

/// Lets a connector record as [`connect`] does.
#[must_use]
pub fn recorded<S: System>(connector: SystemConnector<S>, vendor: &str) -> SystemConnector<S> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let Some(folder) = std::env::var_os("TENURE_HAR") else { return connector };
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let file = Path::new(&folder).join(format!("{vendor}-{}-{number}.har", std::process::id()));
    let options = HarOptions { max_entries: 10_000, ..HarOptions::default() };
    connector
        .with_har(HarRecorder::new(Arc::new(|| DateTime::UNIX_EPOCH)).with_options(options).saved_to(file))
}
