//! Turns operations into tasks for people and takes their completion back.
//!
//! For systems that no program can reach: every write becomes a line of a ledger, with instructions in words; a person
//! does it and marks the line as done; the next poll reads that back. What the ledger says was done is also what the
//! connector answers when it is asked who has an account and who holds what.
//!
//! ```
//! use tenure_connector::Connector as _;
//! use tenure_connector_manual::{ManualConfig, ManualConnector};
//!
//! let post_room = ManualConnector::new(ManualConfig::new("Post room", "post-room.csv"));
//! assert_eq!(post_room.info().system, "manual");
//! assert!(post_room.tasks()?.is_empty());
//! # Ok::<(), tenure_connector::ConnectorError>(())
//! ```
//!
//! # Errors
//!
//! A ledger that cannot be read or written, or that somebody has changed into something else, is the error of the call. That a task is not done yet is no error:
//! the operation is accepted and its end is read later.
//!
//! # Limits
//!
//! The ledger is one file, read whole. Nothing is known of the system but what people report.

mod capabilities;
mod config;
mod connector;
mod guide;
mod instructions;
mod ledger;
mod replay;
mod task;
#[cfg(test)]
mod tests;

pub use self::config::ManualConfig;
pub use self::connector::ManualConnector;
pub use self::guide::Guide;
pub use self::task::{Task, TaskStatus};
