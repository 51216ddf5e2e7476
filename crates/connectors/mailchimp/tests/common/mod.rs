//! A fake Mailchimp and a connector to it.
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use tenure_connector::Secret;
use tenure_connector_mailchimp::{MailchimpConfig, MailchimpConnector};
use tenure_connector_rest::{HttpOptions, http_client};
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::mailchimp::Mailchimp;

pub(crate) const KEY: &str = "planted4711-us21";

pub(crate) fn start() -> Fake<Mailchimp> {
    Fake::start(Mailchimp::new(KEY)).unwrap()
}

pub(crate) fn config() -> MailchimpConfig {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let directory =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{number}", std::process::id()));
    MailchimpConfig::new(directory.join("tasks.csv"))
}

pub(crate) fn connect(fake: &Fake<Mailchimp>, key: &str) -> MailchimpConnector {
    let mut config = config();
    config.base_url = Some(format!("{}/3.0", fake.address()).parse().unwrap());
    config.timeout_seconds = 15;
    let http = http_client(&HttpOptions::default()).unwrap();
    MailchimpConnector::new(config, Some(&Secret::new(key)), http).unwrap()
}
