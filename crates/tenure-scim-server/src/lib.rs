//! A SCIM 2.0 service provider (RFC 7643, RFC 7644, RFC 9865, the asynchronous answers of RFC 9967) in front of any connector.
//!
//! [`Server`] turns HTTP requests into calls of a [`Connector`](tenure_connector::Connector) and back. It holds no socket:
//! requests and responses are values of the `http` crate, so that any HTTP library can carry them. With the feature `axum`
//! there is a ready router.
//!
//! What `/ServiceProviderConfig` does not announce is refused. A filter that cannot be answered is an error and never a
//! list of everything: where a connector cannot filter or sort, the server does it, up to a limit.
//!
//! ```
//! use std::sync::Arc;
//! use bytes::Bytes;
//! use tenure_connector::memory::MemoryConnector;
//! use tenure_scim::SchemaRegistry;
//! use tenure_scim_server::Server;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::builder(
//!     Arc::new(MemoryConnector::new("crm")),
//!     SchemaRegistry::builtin(),
//!     Arc::new(|| chrono::DateTime::UNIX_EPOCH),
//! )
//! .token("a-long-random-token", "okta")
//! .build()?;
//! assert_eq!(server.base_path(), "/scim/v2");
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `axum` | `Server::router`: the service as an `axum::Router` |
//!
//! # Errors
//!
//! A client gets the error messages of RFC 7644 with status and `scimType`; a connector's error becomes the status that means the same. [`BuildError`] says what does not
//! fit when a server is made.
//!
//! # Limits
//!
//! [`Limits`] holds all of them with their defaults: bodies of 1 MiB and 32 levels, filters of 8 KiB, pages of 500, 1,000 operations in a PATCH or a bulk request, 256
//! requests at a time, 30 seconds for a call of the connector. [`RateLimit`] is off unless a program sets it; guessing of tokens is slowed always.

mod audit;
mod auth;
mod authorize;
#[cfg(feature = "axum")]
mod axum;
mod body;
mod bounded;
mod builder;
mod call;
mod config;
mod dispatch;
mod etag;
mod fault;
mod gate;
#[cfg(all(doctest, feature = "axum"))]
mod guide;
mod handlers;
mod job;
mod later;
mod message;
mod projection;
mod query;
mod rate;
mod references;
mod reply;
mod route;
mod server;
mod service;
mod tenants;
mod walk;

pub use audit::{Audit, AuditEntry};
pub use auth::{AuthFailure, AuthScheme, Authenticate, BearerTokens, Me, Principal, TokenHash};
pub use authorize::{Action, ActionKind, AllowAll, Authorize, ReadOnly};
pub use builder::{BuildError, ServerBuilder};
pub use config::{Deletion, Features, Limits, PatchAnswer, PersonalFilters};
pub use later::{AsyncAnswers, Backlog, BacklogError, EventSink, Remembered, Work};
pub use rate::RateLimit;
pub use server::Server;
pub use tenants::Tenants;
pub use tenure_connector::Clock;
pub use tenure_scim::cursor::CursorKey;
