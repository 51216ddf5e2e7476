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
