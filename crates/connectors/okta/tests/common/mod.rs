//! A fake Okta and a connector to it.
#![allow(dead_code, reason = "each test file uses a part")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::DateTime;
use tenure_connector::{
    Connector as _, Context, EntitlementRef, ObjectClass, ObjectRef, Operation, Outcome, Result, Secret,
    WriteRequest,
};
use tenure_connector_okta::{OktaConfig, OktaConnector, WorkersFrom, api_token};
use tenure_connector_rest::{HarOptions, HarRecorder, HttpOptions, http_client};
use tenure_scim::Resource;
use tenure_testkit::conformance::address;
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::okta::Okta;

pub(crate) const TOKEN: &str = "00planted-4711";

pub(crate) fn start() -> Fake<Okta> {
    let fake = Fake::start(Okta::new(TOKEN)).unwrap();
    fake.checked(&["okta/okta-management-users-2026.06.3.json"]).unwrap()
}

pub(crate) fn config(fake: &Fake<Okta>) -> OktaConfig {
    let mut config = OktaConfig::new(fake.address().parse().unwrap());
    config.timeout_seconds = 3;
    config.workers = Some(WorkersFrom::default());
    config
}

pub(crate) fn connect(fake: &Fake<Okta>) -> OktaConnector {
    connect_with(config(fake), TOKEN)
}

pub(crate) fn connect_with(config: OktaConfig, token: &str) -> OktaConnector {
    let http = http_client(&HttpOptions::default()).unwrap();
    let connector = OktaConnector::new(config, api_token(&Secret::new(token)), http).unwrap();
    match recorder("okta") {
        Some(har) => connector.with_har(har),
        None => connector,
    }
}

/// Records into the folder `TENURE_HAR`, one file for each connector, for a check of all requests.
pub(crate) fn recorder(vendor: &str) -> Option<HarRecorder> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let folder = std::env::var_os("TENURE_HAR")?;
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let file = Path::new(&folder).join(format!("{vendor}-{}-{number}.har", std::process::id()));
    let options = HarOptions { max_entries: 10_000, ..HarOptions::default() };
    Some(HarRecorder::new(Arc::new(|| DateTime::UNIX_EPOCH)).with_options(options).saved_to(file))
}

pub(crate) fn person(name: &str) -> Resource {
    Resource::new("urn:ietf:params:scim:schemas:core:2.0:User")
        .with("userName", address(name, "example.com"))
        .unwrap()
        .with("displayName", name)
        .unwrap()
}

pub(crate) fn ctx() -> Context {
    Context::new("test")
}

pub(crate) async fn apply(connector: &OktaConnector, operation: Operation) -> Result<Outcome> {
    connector.apply(&ctx(), &WriteRequest::new("key", operation)).await
}

pub(crate) fn user(id: &str) -> ObjectRef {
    ObjectRef::new(ObjectClass::USER, id)
}

pub(crate) fn grant(id: &str, kind: &str, entitlement: &str) -> Operation {
    let entitlement = EntitlementRef::new(kind, entitlement);
    Operation::Grant { object: user(id), entitlement, parameters: Default::default() }
}

pub(crate) fn revoke(id: &str, kind: &str, entitlement: &str) -> Operation {
    Operation::Revoke { object: user(id), entitlement: EntitlementRef::new(kind, entitlement) }
}
