//! Users, groups and memberships in the tables of any application.
//!
//! ```
//! use tenure_connector::Connector as _;
//! use tenure_connector_sql::{SqlConfig, SqlConnector};
//!
//! let config: SqlConfig = serde_json::from_str(r#"{
//!     "database": { "sqlite": "/var/lib/wiki/wiki.db" },
//!     "users": {
//!         "table": "accounts",
//!         "key": { "column": "id", "made_by": "database" },
//!         "columns": { "userName": "login", "displayName": "name", "emails[type eq \"work\"].value": "mail" },
//!         "status": { "column": "state", "active": "on", "disabled": "off" },
//!         "version": "revision"
//!     }
//! }"#)?;
//! # #[cfg(feature = "sqlite")] {
//! let connector = SqlConnector::new(config)?;
//! assert_eq!(connector.info().instance, "wiki.db");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![doc = include_str!("../docs.md")]

mod capabilities;
mod config;
mod connector;
mod db;
mod error;
mod filter;
mod layout;
mod read;
mod write;

pub use self::config::{Database, Deletion, Key, KeyKind, MadeBy, Memberships, SqlConfig, Status, Table};
pub use self::connector::SqlConnector;
