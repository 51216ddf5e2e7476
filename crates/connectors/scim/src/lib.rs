//! Any SCIM 2.0 service provider as a target system.
//!
//! ```
//! use tenure_connector::Connector as _;
//! use tenure_connector_scim::{ScimConfig, ScimConnector};
//!
//! let config = ScimConfig::new("https://scim.example.com/v2".parse()?).with_bearer("token");
//! let connector = ScimConnector::new(config, reqwest::Client::new())?;
//! assert_eq!(connector.info().instance, "scim.example.com");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `rustls-aws-lc`, `rustls-ring`, `native-tls` | a TLS backend for `reqwest`; with `rustls-ring` the program installs the provider |
//!
//! # Errors
//!
//! As the client of `tenure-scim-client` has them, as [`ConnectorError`](tenure_connector::ConnectorError): the peer's `scimType` decides what a 400 means.
//!
//! # Limits
//!
//! What the peer announces, and what its profile is known for: its pages, its bulk requests, its members in one PATCH. What it does not announce is asked for as if it were not there.
#![doc = include_str!("../docs.md")]

mod capabilities;
mod config;
mod connector;
mod error;
mod ignored;
mod object;
mod read;
mod recorded;
mod tokens;
mod write;

pub use self::config::{AuthConfig, OauthConfig, ScimConfig};
pub use self::connector::ScimConnector;
pub use self::recorded::Recorded;
