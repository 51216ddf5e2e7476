//! A SCIM client at work: it learns what the peer can do, walks pages, changes only what differs, and removes a user.
//!
//!     cargo run --example scim_client                      # against a service provider in this process
//!     cargo run --example scim_client -- URL TOKEN         # against yours; it makes one user there and deletes it

#![allow(clippy::disallowed_methods, reason = "an example reads the clock")]

use std::sync::Arc;

use tenure::client::{Auth, Client, Query, WriteOptions};
use tenure::memory::MemoryConnector;
use tenure::scim::{Resource, SchemaRegistry, uri};
use tenure::server::Server;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [url, token] = arguments.as_slice() {
        return walk(url, token).await;
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/scim/v2", listener.local_addr()?);
    let behind = Arc::new(MemoryConnector::new("crm"));
    let server = Server::builder(behind, SchemaRegistry::builtin(), Arc::new(chrono::Utc::now));
    let server = server.base_url(&url).token("client", "example").build()?;
    tokio::select! {
        ended = axum::serve(listener, server.router()).into_future() => Ok(ended?),
        walked = walk(&url, "client") => walked,
    }
}

async fn walk(url: &str, token: &str) -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new(url.parse()?, Auth::bearer(token), reqwest::Client::new())?;
    let client = client.knowing(client.discover().await?);

    let zoe = Resource::new(uri::USER)
        .with("userName", "zoe.lindqvist.example")?
        .with("name.familyName", "Lindqvist")?
        .with("active", true)?;
    let made = client.create("User", &zoe).await?.value;
    let id = made.id().ok_or("a service provider gives ids")?.to_owned();
    println!("created {id}");

    // The difference of two resources is a PATCH; nothing is sent for what is the same.
    let wanted = made.clone().with("title", "Lead")?.with("active", false)?;
    let schema = SchemaRegistry::builtin();
    let users = schema.resource("User").ok_or("no such resource type")?;
    let patch = tenure::scim::diff(&made, &wanted, users);
    println!("PATCH with {} operations", patch.operations.len());
    assert_eq!(patch.operations.len(), 2);
    client.patch("User", &id, &patch, &WriteOptions::default()).await?;

    let mut pages = client.pages("User", Query::new().with_page_size(50));
    let mut seen = 0;
    while let Some(page) = pages.next().await? {
        seen += page.resources.len();
    }
    println!("{seen} users on all pages");
    assert_eq!(seen, 1);

    client.delete("User", &id).await?;
    println!("deleted {id}");
    Ok(())
}
