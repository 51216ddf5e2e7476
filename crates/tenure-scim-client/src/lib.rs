//! A SCIM 2.0 client that survives real servers.
//!
//! A [`Client`] reads and writes the resources of one service provider, open ([`Resource`](struct@tenure_scim::Resource)) or typed. It
//! finds out what the peer can do without trusting it blindly ([`Client::discover`]), walks lists with either kind of
//! paging, shapes each write for the peer ([`Dialect`]), splits what is too large, sends only what changed in a
//! group, and says of every failure whether anything happened ([`Certainty`]).
//!
//! The crate has no clock and chooses no TLS: the program hands over a [`reqwest::Client`] or its own [`Transport`],
//! and a [`Timer`] when the client may wait and repeat.
//!
//! ```no_run
//! use tenure_scim::Resource;
//! use tenure_scim_client::{Auth, Client, Query};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new("https://scim.example.com/v2".parse()?, Auth::bearer("token"), reqwest::Client::new())?;
//! let client = client.knowing(client.discover().await?);
//!
//! let anna = Resource::new(tenure_scim::uri::USER).with("userName", "anna")?;
//! let anna = client.create("User", &anna).await?.value;
//! let found = client.list("User", &Query::new().filtered(r#"userName eq "anna""#.parse()?)).await?;
//! assert_eq!(found.resources.len(), 1);
//! client.delete("User", anna.id().unwrap_or_default()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! | to do this | use |
//! |---|---|
//! | read one resource, or all of them | [`Client::get`], [`Client::pages`] |
//! | write | [`Client::create`], [`Client::replace`], [`Client::patch`], [`Client::delete`] |
//! | change who is in a group | [`Client::add_members`], [`Client::remove_members`] |
//! | send many writes | [`Client::bulk`] |
//! | see the requests without sending them | [`Client::dry_run`] |
//! | work with Rust structs | [`Client::typed`] |
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `rustls-aws-lc`, `rustls-ring`, `native-tls` | a TLS backend for `reqwest`; with `rustls-ring` the program installs the provider |
//! | `tokio` | `TokioTimer`, for programs that run on tokio |
//!
//! # Errors
//!
//! [`ClientError`] says what went wrong, with the peer's own `scimType` and detail where there are any, and by [`Certainty`] whether a write happened. What a
//! peer's rate limit asks for is waited for, up to a limit; a longer wait is the error.
//!
//! # Limits
//!
//! [`Limits`] bounds what is accepted of a peer: 30 seconds an attempt, 64 MiB an answer, a million pages a walk, five minutes of waiting. What is sent is cut to
//! what the peer says it takes.
#![doc = include_str!("../deviations.md")]

mod auth;
mod base;
mod body;
mod bulk;
mod client;
mod dialect;
mod error;
mod exchange;
mod limits;
mod pace;
mod page;
mod peer;
mod query;
mod reply;
mod retry;
mod timer;
mod transport;
mod typed;

pub use self::auth::{Auth, Authorise};
pub use self::bulk::{BulkOperation, BulkResult};
pub use self::client::{Builder, Client, Recovery, WriteOptions};
pub use self::dialect::{Dialect, MemberRemoval, Rate, Update};
pub use self::error::{Certainty, ClientError, ErrorKind, Result};
pub use self::limits::Limits;
pub use self::page::{ListPage, Pages, Walk};
pub use self::peer::{BulkLimits, Claim, Features, Paging, Peer};
pub use self::query::{Projection, Query};
pub use self::reply::{Reply, request_id};
pub use self::retry::RetryPolicy;
pub use self::timer::Timer;
#[cfg(feature = "tokio")]
pub use self::timer::TokioTimer;
pub use self::transport::{
    DryRun, HttpTransport, Terms, Transport, TransportError, TransportFailure, WireRequest,
};
pub use self::typed::Typed;
