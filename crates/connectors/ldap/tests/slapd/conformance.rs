//! The suite of the contract, in the ways in which a directory of this kind is configured.

use std::sync::Arc;

use tenure_connector_ldap::{Disable, Flavour, Follow, LdapConfig, LdapConnector};
use tenure_testkit::conformance::Subject;

use crate::proxy::Proxy;
use crate::server::{ADMIN, PASSWORD, Place, Server};

const WRONG: &str = "Wrong-Secret-Of-The-Test";

fn on(change: impl FnOnce(&Place, &mut LdapConfig)) -> Option<Subject> {
    Server::find()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let place = runtime.block_on(Place::new())?;
    let mut config = place.config(Flavour::OpenLdap);
    change(&place, &mut config);
    let intruder = LdapConnector::new(config.clone().with_bind(ADMIN, WRONG)).unwrap();
    let subject = Subject::new(Arc::new(LdapConnector::new(config).unwrap()));
    Some(subject.with_intruder(Arc::new(intruder)).with_secret_text(PASSWORD).with_secret_text(WRONG))
}

/// Writes the tests of the suite for a way of configuring; they pass untried without a server.
macro_rules! conformance_of {
    ($name:ident, $subject:expr) => {
        mod $name {
            tenure_testkit::__for_each_trial! { [super::trial_tests] $subject }
        }
    };
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
use trial_tests;

fn overlays() -> Option<Subject> {
    on(|_, _| {})
}

fn moving() -> Option<Subject> {
    on(|place, config| {
        config.url = place.server.plain.parse().unwrap();
        config.tls.starttls = true;
        config.disable = Some(Disable::MoveTo(place.under("Former")));
        config.member_of = Some(true);
        config.referential_integrity = Some(true);
    })
}

fn generic() -> Option<Subject> {
    on(|_, config| {
        config.flavour = Flavour::Generic;
        config.disable = Some(Disable::Attribute("nsAccountLock".to_owned()));
        config.follow = Some(Follow::Never);
        let classes = ["inetOrgPerson", "organizationalPerson", "person", "top", "lockable"];
        config.people.object_classes = Some(classes.map(str::to_owned).to_vec());
    })
}

fn without_tls() -> Option<Subject> {
    let mut proxy = None;
    let subject = on(|place, config| {
        let started = Proxy::start(&place.server.plain);
        *config = place.plain(started.port());
        config.timeout = std::time::Duration::from_secs(15);
        proxy = Some(started);
    });
    Some(subject?.with_faults(Arc::new(proxy?)))
}

conformance_of!(overlays, super::overlays());
conformance_of!(moving, super::moving());
conformance_of!(generic, super::generic());
conformance_of!(plain, super::without_tls());
