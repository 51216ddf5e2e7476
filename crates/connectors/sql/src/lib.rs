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
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `sqlite` | tables in SQLite, over the system's library |
//! | `sqlite-bundled` | the same, over a SQLite that is compiled in |
//! | `postgres` | tables in PostgreSQL |
//! | `mysql` | tables in MySQL and MariaDB |
//! | `rustls-ring`, `rustls-aws-lc` | TLS to PostgreSQL with this provider |
//! | `tls` | TLS with the provider that the program installs for its process |
//!
//! # Errors
//!
//! Codes of the database become kinds with certainty: what breaks a constraint is refused, a connection that breaks before an answer leaves the outcome unknown. A layout that does not fit the tables is refused when `check` asks.
//!
//! # Limits
//!
//! A user and a group have one column as key. TLS is spoken to PostgreSQL only. All values are bound; names of tables and columns are quoted.
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
