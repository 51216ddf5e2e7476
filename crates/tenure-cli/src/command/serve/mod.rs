//! `tenure serve`: a directory as a SCIM 2.0 service provider, and beside it the pages for approvers and reviewers.

mod events;
mod listen;
mod registry;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "web")]
mod web;

use std::sync::Arc;

use tenure_scim::{Profile, SchemaRegistry};
use tenure_scim_server::Server;
use tenure_store::directory::DirectoryConnector;
use tokio::net::TcpListener;

use self::events::Accepted;
use self::listen::{Doors, Patience};
#[cfg(feature = "web")]
pub(super) use self::web::invite;
use super::{Session, stop};
use crate::args::ServeArgs;
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, chain};

const BASE_PATH: &str = "/scim/v2";
/// Holds the tables of the directory in PostgreSQL.
const POSTGRES_SCHEMA: &str = "scim";

pub(super) async fn run(session: &Session, args: &ServeArgs) -> Result<Exit, Failure> {
    let registry = registry::read(args)?;
    let doors = doors(args)?;
    let directory = open(&args.store, registry.clone()).await?;
    let cannot_listen = |e: std::io::Error| Failure::failed(format!("cannot listen on {}", args.listen), e);
    let listener = TcpListener::bind(args.listen).await.map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    let url = match &args.url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("{}://{address}{BASE_PATH}", doors.scheme()),
    };
    let mut server = Server::builder(Arc::new(directory.clone()), registry, Arc::new(clock::now))
        .base_path(BASE_PATH)
        .base_url(&url)
        .token(&token(args)?, "cli");
    if let Some(name) = &args.profile {
        server = server.profile(profile(name)?);
    }
    let accepted = Accepted::default();
    if let Some(path) = &args.events {
        server = server.async_answers(events::answers(path, &url, &accepted, &directory)?);
    }
    let server = server.build().map_err(|e| Failure::failed("cannot set up the server", e))?;
    if args.events.is_some() {
        events::resume(&server, args.store.starts_with("postgres")).await?;
    }
    #[cfg_attr(not(feature = "web"), expect(unused_mut, reason = "only the pages are added"))]
    let mut router = server.router();
    #[cfg(feature = "web")]
    if args.web {
        router = router.merge(web::pages(session, url.starts_with("https:")).await?);
    }
    #[cfg(not(feature = "web"))]
    let _ = session;
    // Before the ready line: whoever has read it may ask for a stop at once.
    let stop = stop::signal();
    println!("listening on {}://{address}{BASE_PATH}", doors.scheme());
    #[cfg(feature = "web")]
    if args.web {
        println!("pages on {}://{address}{}/", doors.scheme(), web::PATH);
    }
    let patience = Patience::default();
    listen::serve(listener, doors, router, patience, stop).await;
    accepted.finish(patience.stop).await;
    Ok(Exit::Done)
}

#[expect(clippy::disallowed_methods, reason = "an argument stands in the list of processes")]
fn token(args: &ServeArgs) -> Result<String, Failure> {
    let given = args.token.clone().or_else(|| std::env::var("TENURE_TOKEN").ok());
    given.filter(|token| !token.is_empty()).ok_or_else(|| {
        Failure::usage("no bearer token is given", "expected `--token`, or the variable TENURE_TOKEN")
    })
}

#[cfg(feature = "tls")]
fn doors(args: &ServeArgs) -> Result<Doors, Failure> {
    match (&args.tls_cert, &args.tls_key) {
        (Some(cert), Some(key)) => Ok(Doors::Tls(tls::acceptor(cert, key)?)),
        _ => Ok(Doors::Plain),
    }
}

#[cfg(not(feature = "tls"))]
fn doors(args: &ServeArgs) -> Result<Doors, Failure> {
    match &args.tls_cert {
        Some(_) => Err(Failure::usage(
            "this `tenure` has no TLS",
            "build it with `--features tls`, or put a proxy with TLS in front of it",
        )),
        None => Ok(Doors::Plain),
    }
}

async fn open(store: &str, registry: SchemaRegistry) -> Result<DirectoryConnector, Failure> {
    let builder = DirectoryConnector::builder(registry, Arc::new(clock::now));
    let opened = match store.split_once(':') {
        None if store == "memory" => builder.in_memory(),
        Some(("sqlite", path)) => builder.open(path),
        Some(("postgres" | "postgresql", _)) => builder.connect(store, POSTGRES_SCHEMA).await,
        _ => {
            return Err(Failure::usage(
                format!("`{store}` is no store"),
                "expected `memory`, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`",
            ));
        }
    };
    opened.map_err(|e| Failure::failed("cannot open the directory", chain(&e)))
}

fn profile(name: &str) -> Result<Profile, Failure> {
    Profile::named(name).ok_or_else(|| {
        let known: Vec<_> = Profile::all().map(|p| p.id().to_owned()).collect();
        Failure::usage(format!("`{name}` is no profile"), format!("expected one of: {}", known.join(", ")))
    })
}
