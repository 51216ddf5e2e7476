//! SCIM in front of something that never heard of it: a folder of CSV files becomes a service provider.
//!
//!     cargo run --example scim_gateway
//!
//! What the files cannot do is said in `/ServiceProviderConfig` and in the errors, and is never pretended.

#![allow(clippy::disallowed_methods, reason = "an example reads the clock")]

use std::sync::Arc;

use tenure::client::{Auth, Client, Query};
use tenure::connectors::csv::{CsvTarget, CsvTargetConfig};
use tenure::prelude::*;
use tenure::server::Server;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("tenure-gateway-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let files = CsvTarget::new(CsvTargetConfig::new(&folder));

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/scim/v2", listener.local_addr()?);
    let server = Server::builder(Arc::new(files), SchemaRegistry::builtin(), Arc::new(chrono::Utc::now))
        .base_url(&url)
        .token("gateway", "example")
        .build()?;
    tokio::select! {
        ended = axum::serve(listener, server.router()).into_future() => ended?,
        used = use_it(&url) => used?,
    }

    let mut names: Vec<_> = std::fs::read_dir(&folder)?.flatten().map(|entry| entry.path()).collect();
    names.sort();
    for file in names.iter().filter(|path| path.extension().is_some_and(|ending| ending == "csv")) {
        println!("{}\n{}", file.display(), std::fs::read_to_string(file)?);
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// An ordinary SCIM client, which does not know what stands behind the address.
async fn use_it(url: &str) -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new(url.parse()?, Auth::bearer("gateway"), reqwest::Client::new())?;
    let client = client.knowing(client.discover().await?);
    for name in ["anna", "bert"] {
        let user = Resource::new(tenure::scim::uri::USER).with("userName", name)?.with("active", true)?;
        client.create("User", &user).await?;
    }
    let filter = r#"userName sw "an""#.parse()?;
    let found = client.list("User", &Query::new().filtered(filter)).await?;
    assert_eq!(found.resources.len(), 1);
    Ok(())
}
