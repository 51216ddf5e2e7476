//! Serves a directory over HTTP on loopback.
//!
//! `cargo run -p tenure-scim-server --features axum --example serve -- 127.0.0.1:8080 a-long-random-token [FILE]`
#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::error::Error;
use std::sync::Arc;

use tenure_scim::{Profile, SchemaRegistry};
use tenure_scim_server::Server;
use tenure_store::directory::DirectoryConnector;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let address = arguments.first().map_or("127.0.0.1:0", String::as_str);
    let token = arguments.get(1).map_or("a-long-random-token", String::as_str);

    #[allow(clippy::disallowed_methods, reason = "an example reads the clock")]
    let clock = Arc::new(chrono::Utc::now);
    let builder = DirectoryConnector::builder(SchemaRegistry::builtin(), clock.clone());
    let directory = match arguments.get(2) {
        Some(file) => builder.open(file)?,
        None => builder.in_memory()?,
    };

    let listener = tokio::net::TcpListener::bind(address).await?;
    let url = format!("http://{}/scim/v2", listener.local_addr()?);
    let server = Server::builder(Arc::new(directory), SchemaRegistry::builtin(), clock)
        .base_url(&url)
        .profile(Profile::strict())
        .token(token, "example")
        .build()?;
    println!("ready on {url}");
    axum::serve(listener, server.router()).await?;
    Ok(())
}
