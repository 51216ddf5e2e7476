//! A SCIM service provider over a SQLite directory, for Okta, Entra or any client to drive.
//!
//!     cargo run --example scim_server               # serves until it is interrupted
//!     cargo run --example scim_server -- --try      # asks itself once and ends

#![allow(clippy::disallowed_methods, reason = "an example reads the clock")]

use std::sync::Arc;

use tenure::scim::{Profile, SchemaRegistry};
use tenure::server::{BearerTokens, Limits, Principal, Server};
use tenure::store::directory::DirectoryConnector;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let registry = SchemaRegistry::builtin();
    let clock = Arc::new(chrono::Utc::now);
    let directory = DirectoryConnector::builder(registry.clone(), clock.clone()).in_memory()?;

    let tokens = Arc::new(BearerTokens::new());
    tokens.add("a-long-random-token", Principal::new("okta"));
    let mut limits = Limits::default();
    limits.body_bytes = 256 * 1024;

    let trying = std::env::args().any(|argument| argument == "--try");
    let listener =
        tokio::net::TcpListener::bind(if trying { "127.0.0.1:0" } else { "127.0.0.1:8080" }).await?;
    let url = format!("http://{}/scim/v2", listener.local_addr()?);
    let server = Server::builder(Arc::new(directory), registry, clock)
        .base_url(&url)
        .profile(Profile::named("okta-custom").ok_or("no such profile")?)
        .authenticate(tokens)
        .limits(limits)
        .build()?;
    println!("listening on {url}");
    let serving = axum::serve(listener, server.router()).into_future();
    if !trying {
        return Ok(serving.await?);
    }
    tokio::select! {
        ended = serving => Ok(ended?),
        tried = try_it(&url) => tried,
    }
}

/// What a client sees: without the token nothing, with it a user that is created and found.
async fn try_it(url: &str) -> Result<(), Box<dyn std::error::Error>> {
    let http = reqwest::Client::new();
    assert_eq!(http.get(format!("{url}/Users")).send().await?.status(), 401);

    let anna = serde_json::json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "anna@example.com",
        "name": { "givenName": "Anna", "familyName": "Keller" }
    });
    let users = format!("{url}/Users");
    let made = http.post(&users).bearer_auth("a-long-random-token").json(&anna).send().await?;
    assert_eq!(made.status(), 201);
    let filter = [("filter", r#"userName eq "ANNA@example.com""#)];
    let found = http.get(&users).query(&filter).bearer_auth("a-long-random-token").send().await?;
    let found: serde_json::Value = found.json().await?;
    assert_eq!(found.get("totalResults"), Some(&1.into()));
    println!("{found:#}");
    Ok(())
}
