//! A fake Google and a connector to it.
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

use tenure_connector::Secret;
use tenure_connector_google_workspace::{GoogleConfig, GoogleConnector, Sku, WorkersFrom};
pub(crate) use tenure_connector_rest::testing::{apply, ctx, grant, revoke, user};
use tenure_connector_rest::{Auth, testing};
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
    testing::connect(config, Auth::bearer(&Secret::new(token)), "google-workspace")
}

pub(crate) fn person(name: &str) -> Resource {
    let email = address(name, "example.com");
    testing::person(&[
        ("userName", &email),
        ("displayName", name),
        ("name.givenName", "Anna"),
        ("name.familyName", "Berg"),
    ])
}
