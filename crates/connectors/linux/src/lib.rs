//! The local accounts and groups of a Linux host, provisioned by the host's own tools.
//!
//! ```
//! use tenure_connector::Connector as _;
//! use tenure_connector_linux::{LinuxConfig, LinuxConnector};
//!
//! let config: LinuxConfig = serde_json::from_str(
//!     r#"{ "host": "build-7", "through": ["ssh", "-o", "BatchMode=yes", "root@build-7"], "remote_shell": true }"#,
//! )?;
//! let connector = LinuxConnector::new(config)?;
//! assert_eq!(connector.info().instance, "build-7");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Errors
//!
//! What the host's tools say is told by their exit codes, as their manuals list them; a connection that breaks during a change leaves the outcome unknown.
//!
//! # Limits
//!
//! One command at a time on a host. Local accounts only: what a directory brings in is looked at and left alone.
//! `useradd` may give the number of a deleted account, which is its id, to the next one; with a `match` rule the engine
//! tells the two apart.
#![doc = include_str!("../docs.md")]

mod account;
mod capabilities;
mod config;
mod connector;
mod files;
mod list;
mod runner;
mod schema;
mod write;

pub use self::config::LinuxConfig;
pub use self::connector::LinuxConnector;
pub use self::runner::{Command, Finished, Runner, Through};
