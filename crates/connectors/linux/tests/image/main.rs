//! The connector on images of a host, each in a folder of its own: the accounts of this machine are never touched. The
//! tools work as root only; for anyone else the tests pass untried, unless `TENURE_REQUIRE_SERVERS` is set.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod quirks;
mod sessions;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tenure_connector_linux::{LinuxConfig, LinuxConnector};
use tenure_scim::{Resource, uri};
use tenure_testkit::conformance::Subject;

/// A folder with the files of a host.
pub(crate) struct Image {
    folder: TempDir,
}

pub(crate) fn may_try() -> bool {
    let root = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    let tools = ["/usr/sbin/useradd", "/sbin/useradd"].iter().any(|tool| fs::exists(tool).unwrap_or(false));
    let may = root && tools;
    assert!(may || std::env::var("TENURE_REQUIRE_SERVERS").is_err(), "expected root and shadow-utils");
    if !may {
        eprintln!("not tried: it needs root and shadow-utils");
    }
    may
}

impl Image {
    pub(crate) fn new() -> Option<Self> {
        if !may_try() {
            return None;
        }
        let image = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["etc", "home", "var/spool/mail"] {
            fs::create_dir_all(image.path(folder)).unwrap();
        }
        for (file, text) in [
            ("passwd", "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"),
            ("shadow", "root:*:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n"),
            ("group", "root:x:0:\ndaemon:x:1:\nsudo:x:27:\nadm:x:4:\n"),
            ("gshadow", "root:*::\ndaemon:*::\nsudo:*::\nadm:*::\n"),
            ("login.defs", "UID_MIN 1000\nUID_MAX 60000\nGID_MIN 1000\nGID_MAX 60000\nUSERGROUPS_ENAB yes\n"),
        ] {
            fs::write(image.path("etc").join(file), text).unwrap();
        }
        Some(image)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(&self, name: &str) -> String {
        fs::read_to_string(self.path("etc").join(name)).unwrap()
    }

    pub(crate) fn config(&self) -> LinuxConfig {
        LinuxConfig {
            root: Some(self.folder.path().to_str().unwrap().to_owned()),
            grantable: vec!["sudo".to_owned()],
            ..LinuxConfig::new("image")
        }
    }

    pub(crate) fn connector(&self) -> LinuxConnector {
        LinuxConnector::new(self.config()).unwrap()
    }
}

/// A name that a host takes, another one for each name.
fn plain(name: &str) -> String {
    let digest = Sha256::digest(name.as_bytes());
    digest.iter().take(12).fold("t".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

fn subject(image: &Image) -> Subject {
    Subject::new(Arc::new(image.connector()))
        .with_user(|name| {
            let user = Resource::new(uri::USER).with("userName", plain(name)).unwrap();
            // The tools refuse control characters.
            user.with("displayName", format!("Trial {}", name.replace('\t', " "))).unwrap()
        })
        .with_group(|name| Resource::new(uri::GROUP).with("displayName", plain(name)).unwrap())
}

mod conformance {
    tenure_testkit::__for_each_trial! { [super::trial_tests] }
}

macro_rules! trial_tests {
    (() $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                if let Some(image) = super::Image::new() {
                    tenure_testkit::conformance::assert_trial(&super::subject(&image), stringify!($name));
                }
            }
        )*
    };
}
use trial_tests;
