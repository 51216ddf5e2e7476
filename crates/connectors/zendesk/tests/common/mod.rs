//! A fake Zendesk and a connector to it.
#![allow(
    dead_code,
    clippy::needless_pass_by_value,
    reason = "each test file uses a part, and gives numbers and texts alike"
)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::DateTime;
use tenure_connector::{
    Connector as _, Context, EntitlementRef, ObjectClass, ObjectRef, Operation, Outcome, Result, Secret,
    WriteRequest,
};
use tenure_connector_rest::{Auth, HarOptions, HarRecorder, HttpOptions, http_client};
use tenure_connector_zendesk::{ZendeskConfig, ZendeskConnector, api_token};
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::zendesk::Zendesk;

pub(crate) const EMAIL: &str = "olga@example.com";
pub(crate) const TOKEN: &str = "planted-api-token-4711";

/// An instance whose answers are checked against the vendor's description, where there is one.
pub(crate) fn start() -> Fake<Zendesk> {
    let fake = Fake::start(Zendesk::new(EMAIL, TOKEN)).unwrap();
    match std::env::var_os("TENURE_VENDOR_SPECS") {
        Some(folder) => {
            fake.checked_against(&Path::new(&folder).join("zendesk/zendesk-support-users.json")).unwrap()
        }
        None => {
            println!("answers are not checked: TENURE_VENDOR_SPECS is not set");
            fake
        }
    }
}

pub(crate) fn config(fake: &Fake<Zendesk>) -> ZendeskConfig {
    let mut config = ZendeskConfig::new(fake.address().parse().unwrap());
    config.timeout = Duration::from_secs(3);
    config.seat.tier = "professional".to_owned();
    config
}

pub(crate) fn auth() -> Auth {
    api_token(EMAIL, &Secret::new(TOKEN))
}

pub(crate) fn connect(fake: &Fake<Zendesk>) -> ZendeskConnector {
    connect_with(config(fake), auth())
}

pub(crate) fn connect_with(config: ZendeskConfig, auth: Auth) -> ZendeskConnector {
    let http = http_client(&HttpOptions::default()).unwrap();
    let connector = ZendeskConnector::new(config, auth, http).unwrap();
    match recorder("zendesk") {
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

pub(crate) fn ctx() -> Context {
    Context::new("test")
}

pub(crate) async fn apply(connector: &ZendeskConnector, operation: Operation) -> Result<Outcome> {
    connector.apply(&ctx(), &WriteRequest::new("key", operation)).await
}

pub(crate) fn user(id: u64) -> ObjectRef {
    ObjectRef::new(ObjectClass::USER, id.to_string())
}

pub(crate) fn grant(id: u64, kind: &str, entitlement: impl ToString) -> Operation {
    let entitlement = EntitlementRef::new(kind, entitlement.to_string());
    Operation::Grant { object: user(id), entitlement, parameters: Default::default() }
}

pub(crate) fn revoke(id: u64, kind: &str, entitlement: impl ToString) -> Operation {
    Operation::Revoke { object: user(id), entitlement: EntitlementRef::new(kind, entitlement.to_string()) }
}
