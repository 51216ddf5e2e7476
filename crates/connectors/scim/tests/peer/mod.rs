//! The workspace's own service provider on a loopback port, over a directory in memory.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "shared by tests, none of which needs all of it"
)]

use std::sync::Arc;

use chrono::DateTime;
use tenure_connector::Context;
use tenure_connector_scim::{ScimConfig, ScimConnector};
use tenure_scim::SchemaRegistry;
use tenure_scim_server::Server;
use tenure_store::directory::DirectoryConnector;

pub const TOKEN: &str = "secret-of-the-test";

/// Starts the service provider and gives the configuration that reaches it.
pub async fn start() -> ScimConfig {
    let clock = || Arc::new(|| DateTime::UNIX_EPOCH);
    let directory = DirectoryConnector::builder(SchemaRegistry::builtin(), clock()).in_memory().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/scim/v2", listener.local_addr().unwrap());
    let server = Server::builder(Arc::new(directory), SchemaRegistry::builtin(), clock())
        .base_url(base.as_str())
        .token(TOKEN, "test")
        .build()
        .unwrap();
    let router = server.router();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    ScimConfig::new(base.parse().unwrap()).with_bearer(TOKEN)
}

pub fn connect(config: ScimConfig) -> ScimConnector {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    ScimConnector::new(config, http).unwrap()
}

pub fn ctx() -> Context {
    Context::new("test")
}
