//! The connector against Samba as a domain controller. Needs a server: `TENURE_SAMBA` holds its URL, `TENURE_SAMBA_CA` the
//! file with its authority. Without them the tests pass untried, unless `TENURE_REQUIRE_SERVERS` is set.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod domain;
mod quirks;

use std::sync::Arc;

use domain::Place;
use tenure_connector_ldap::LdapConnector;
use tenure_testkit::conformance::Subject;

const WRONG: &str = "Wrong-Secret-Of-The-Test";

fn subject() -> Option<Subject> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let place = runtime.block_on(Place::new())?;
    let config = place.config();
    let intruder = LdapConnector::new(config.clone().with_bind(domain::ADMIN, WRONG)).unwrap();
    let subject = Subject::new(Arc::new(LdapConnector::new(config).unwrap()));
    Some(subject.with_intruder(Arc::new(intruder)).with_secret_text(domain::PASSWORD).with_secret_text(WRONG))
}

macro_rules! trial_tests {
    (($subject:expr) $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                if let Some(subject) = $subject {
                    tenure_testkit::conformance::assert_trial(&subject, stringify!($name));
                }
            }
        )*
    };
}

mod conformance {
    tenure_testkit::__for_each_trial! { [super::trial_tests] super::subject() }
}
use trial_tests;
