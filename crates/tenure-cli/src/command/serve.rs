//! `tenure serve`: a directory as a SCIM 2.0 service provider.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tenure_scim::{Profile, ResourceType, Schema, SchemaRegistry};
use tenure_scim_server::Server;
use tenure_store::directory::DirectoryConnector;
use tokio::net::TcpListener;

use crate::args::ServeArgs;
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, chain};
use crate::present::Diagnostic;

const BASE_PATH: &str = "/scim/v2";

pub(super) async fn run(args: &ServeArgs) -> Result<Exit, Failure> {
    let registry = registry(args)?;
    let directory = open(&args.store, registry.clone())?;
    let cannot_listen = |e: std::io::Error| Failure::failed(format!("cannot listen on {}", args.listen), e);
    let listener = TcpListener::bind(args.listen).await.map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    let url = format!("http://{address}{BASE_PATH}");
    let mut server = Server::builder(Arc::new(directory), registry, Arc::new(clock::now))
        .base_path(BASE_PATH)
        .base_url(&url)
        .token(&args.token, "cli");
    if let Some(name) = &args.profile {
        server = server.profile(profile(name)?);
    }
    let server = server.build().map_err(|e| Failure::failed("cannot set up the server", e))?;
    println!("listening on {url}");
    let serving = axum::serve(listener, server.router()).with_graceful_shutdown(stop_signal());
    serving.await.map_err(|e| Failure::failed("the server stopped", e))?;
    Ok(Exit::Done)
}

fn open(store: &str, registry: SchemaRegistry) -> Result<DirectoryConnector, Failure> {
    let builder = DirectoryConnector::builder(registry, Arc::new(clock::now));
    let opened = match store.split_once(':') {
        None if store == "memory" => builder.in_memory(),
        Some(("sqlite", path)) => builder.open(path),
        _ => {
            return Err(Failure::usage(
                format!("`{store}` is no store"),
                "expected `memory` or `sqlite:PATH`",
            ));
        }
    };
    opened.map_err(|e| Failure::failed("cannot open the directory", chain(&e)))
}

fn registry(args: &ServeArgs) -> Result<SchemaRegistry, Failure> {
    let mut registry = SchemaRegistry::builtin();
    for path in &args.schema {
        for value in documents(path)? {
            registry.add_schema(Schema::from_json(value).map_err(|e| wrong(path, &e))?);
        }
    }
    for path in &args.resource_type {
        for value in documents(path)? {
            let resource_type = ResourceType::from_json(value).map_err(|e| wrong(path, &e))?;
            registry.add_resource_type(resource_type).map_err(|e| wrong(path, &e))?;
        }
    }
    Ok(registry)
}

// /Schemas and /ResourceTypes answer one object, a list, or a ListResponse; all three are accepted.
fn documents(path: &Path) -> Result<Vec<Value>, Failure> {
    let text = fs::read_to_string(path).map_err(|e| wrong(path, &e))?;
    let value: Value = serde_json::from_str(&text).map_err(|e| wrong(path, &e))?;
    Ok(match value {
        Value::Array(all) => all,
        Value::Object(mut object) => match object.remove("Resources") {
            Some(Value::Array(all)) => all,
            _ => vec![Value::Object(object)],
        },
        other => vec![other],
    })
}

fn wrong(path: &Path, e: &dyn std::fmt::Display) -> Failure {
    let title = e.to_string();
    Failure::Input(vec![Diagnostic { title, path: path.display().to_string(), place: None, help: None }])
}

fn profile(name: &str) -> Result<Profile, Failure> {
    Profile::named(name).ok_or_else(|| {
        let known: Vec<_> = Profile::all().map(|p| p.id().to_owned()).collect();
        Failure::usage(format!("`{name}` is no profile"), format!("expected one of: {}", known.join(", ")))
    })
}

#[cfg(unix)]
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn stop_signal() {
    drop(tokio::signal::ctrl_c().await);
}
