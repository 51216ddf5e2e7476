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
