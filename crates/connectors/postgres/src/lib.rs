//! The roles of a PostgreSQL server as a target system: who may log in is an account, who may not is a group.
//!
//! ```
//! use tenure_connector::Connector as _;
//! use tenure_connector_postgres::{PostgresConfig, PostgresConnector};
//!
//! let config = PostgresConfig::new("host=127.0.0.1 user=tenure dbname=postgres");
//! let connector = PostgresConnector::new(config)?;
//! assert_eq!(connector.info().instance, "127.0.0.1:5432");
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
//! SQLSTATE classes become kinds with certainty; a connection that breaks before an answer leaves the outcome unknown.
//!
//! # Limits
//!
//! One server. Memberships are read page by page, each of which looks at all roles. Privileges on tables are not entitlements: grant them to groups.
#![doc = include_str!("../docs.md")]

mod capabilities;
mod config;
mod connector;
mod error;
mod list;
mod password;
mod role;
mod schema;
mod session;
mod write;

pub use self::config::PostgresConfig;
pub use self::connector::PostgresConnector;
