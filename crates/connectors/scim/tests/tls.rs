//! The connector over TLS, against the workspace's own service provider.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "../../../tenure-scim-client/tests/secure/mod.rs"]
mod secure;

use std::sync::Arc;

use chrono::DateTime;
use secure::{Authority, serve};
use tenure_connector::{
    Certainty, Connector, Context, ErrorKind, ListQuery, ObjectClass, Operation, WriteRequest,
};
use tenure_connector_scim::{ScimConfig, ScimConnector};
use tenure_scim::{Resource, SchemaRegistry, uri};
use tenure_scim_server::Server;
use tenure_store::directory::DirectoryConnector;

const TOKEN: &str = "secret-of-the-test";

/// A service provider over a directory in memory.
async fn provider(
    authority: &Authority,
    name: &str,
    clients: Option<&Authority>,
) -> (DirectoryConnector, ScimConfig) {
    let clock = || Arc::new(|| DateTime::UNIX_EPOCH);
    let directory = DirectoryConnector::builder(SchemaRegistry::builtin(), clock()).in_memory().unwrap();
    let behind = Arc::new(directory.clone());
    let router = |address: std::net::SocketAddr| {
        let base = format!("https://localhost:{}/scim/v2", address.port());
        let server = Server::builder(behind, SchemaRegistry::builtin(), clock()).base_url(base);
        server.token(TOKEN, "test").build().unwrap().router()
    };
    let port = serve(router, authority.signs(name), clients).await;
    let base = format!("https://localhost:{port}/scim/v2");
    (directory, ScimConfig::new(base.parse().unwrap()).with_bearer(TOKEN))
}

fn anna() -> WriteRequest {
    let anna = Resource::new(uri::USER).with("userName", "anna").unwrap();
    WriteRequest::new("step-1", Operation::Create { class: ObjectClass::USER, resource: anna })
}

#[tokio::test]
async fn a_target_with_a_trusted_certificate_is_provisioned() {
    let (authority, staff) = (Authority::new(), Authority::new());
    let (directory, config) = provider(&authority, "localhost", Some(&staff)).await;
    let http = authority.client().identity(staff.signs("tenure").identity()).build().unwrap();
    let connector = ScimConnector::new(config, http).unwrap();
    let ctx = Context::new("test");
    connector.check(&ctx).await.unwrap();
    assert!(connector.apply(&ctx, &anna()).await.unwrap().changed());
    let made = directory.list(&ctx, &ListQuery::new(ObjectClass::USER)).await.unwrap();
    assert_eq!(made.items[0].resource.text("userName"), Some("anna"));
}

#[tokio::test]
async fn a_target_that_is_not_trusted_is_unavailable_and_nothing_happened() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let staff = Authority::new();
    let cases = [
        provider(&theirs, "localhost", None).await,
        provider(&ours, "scim.example.com", None).await,
        provider(&ours, "localhost", Some(&staff)).await,
    ];
    let ctx = Context::new("test");
    for (n, (directory, config)) in cases.into_iter().enumerate() {
        let connector = ScimConnector::new(config, ours.client().build().unwrap()).unwrap();
        assert!(connector.check(&ctx).await.is_err(), "{n}");
        let refused = connector.apply(&ctx, &anna()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unavailable, "{n}: {refused}");
        if n < 2 {
            assert_eq!(refused.certainty(), Certainty::NotAttempted, "{n}: {refused}");
        }
        let made = directory.list(&ctx, &ListQuery::new(ObjectClass::USER)).await.unwrap();
        assert!(made.items.is_empty(), "{n}");
    }
}
