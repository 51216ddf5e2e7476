//! OpenLDAP, any directory of RFC 4511, and Active Directory as target systems.
//!
//! ```
//! use tenure_connector::Connector as _;
//! use tenure_connector_ldap::{Flavour, LdapConfig, LdapConnector};
//!
//! let url = "ldapi://%2Frun%2Fslapd%2Fldapi".parse()?;
//! let config = LdapConfig::new(url, Flavour::OpenLdap, "ou=People,dc=example,dc=com")
//!     .with_groups("ou=Groups,dc=example,dc=com");
//! let connector = LdapConnector::new(config)?;
//! assert_eq!(connector.info().system, "ldap");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `rustls-ring`, `rustls-aws-lc` | TLS with this provider |
//! | `tls` | TLS with the provider that the program installs for its process |
//!
//! # Errors
//!
//! Result codes of RFC 4511 become kinds with certainty; a connection that breaks during a write leaves the outcome unknown, and the next call reads it back.
//!
//! # Limits
//!
//! Pages of the size that the configuration names. A directory without `memberOf` sends a group as one entry, whose names are held. Nested groups are read as they are written. While
//! others write, OpenLDAP tells a change a second time. Client certificates are not built.
#![doc = include_str!("../docs.md")]

mod ber;
mod capabilities;
mod changes;
mod check;
mod code;
mod config;
mod connector;
mod dn;
mod entry;
mod flavour;
mod link;
mod mapping;
mod model;
mod read;
mod session;
mod show;
mod status;
mod value;
mod write;

pub use self::config::{Bind, Disable, Flavour, Follow, Layout, LdapConfig, Tls};
pub use self::connector::LdapConnector;
