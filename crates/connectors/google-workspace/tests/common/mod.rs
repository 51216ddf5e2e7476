//! A fake Google and a connector to it.
#![allow(dead_code, reason = "each test file uses a part")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::DateTime;
use tenure_connector::{
    Connector as _, Context, EntitlementRef, ObjectClass, ObjectRef, Operation, Outcome, Result, Secret,
    WriteRequest,
};
use tenure_connector_google_workspace::{GoogleConfig, GoogleConnector, Sku, WorkersFrom};
use tenure_connector_rest::{Auth, HarOptions, HarRecorder, HttpOptions, http_client};
use tenure_scim::Resource;
use tenure_testkit::conformance::address;
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::google::Google;

pub(crate) const TOKEN: &str = "ya29-planted-4711";

pub(crate) fn start() -> Fake<Google> {
    let mut google = Google::new(TOKEN);
    google.buy("starter", 3);
    google.buy("plus", 30);
    let fake = Fake::start(google).unwrap();
    fake.checked(&[
        "google/admin-directory-v1.openapi.json",
        "google/licensing-v1.openapi.json",
        "google/admin-datatransfer-v1.openapi.json",
    ])
    .unwrap()
}

pub(crate) fn config(fake: &Fake<Google>) -> GoogleConfig {
    let sku = |sku: &str, owned| Sku {
        product: "Google-Apps".to_owned(),
        sku: sku.to_owned(),
        name: None,
        owned: Some(owned),
    };
    let address: url::Url = fake.address().parse().unwrap();
    GoogleConfig {
        base_url: address.clone(),
        licensing_url: address,
        licences: vec![sku("starter", 3), sku("plus", 30)],
        workers: Some(WorkersFrom::default()),
        timeout_seconds: 3,
        ..GoogleConfig::default()
    }
}

pub(crate) fn connect(fake: &Fake<Google>) -> GoogleConnector {
    connect_with(config(fake), TOKEN)
}

pub(crate) fn connect_with(config: GoogleConfig, token: &str) -> GoogleConnector {
    let http = http_client(&HttpOptions::default()).unwrap();
    let connector = GoogleConnector::new(config, Auth::bearer(&Secret::new(token)), http).unwrap();
    match recorder("google-workspace") {
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
        .with("name.givenName", "Anna")
        .unwrap()
        .with("name.familyName", "Berg")
        .unwrap()
}

pub(crate) fn ctx() -> Context {
    Context::new("test")
}

pub(crate) async fn apply(connector: &GoogleConnector, operation: Operation) -> Result<Outcome> {
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
