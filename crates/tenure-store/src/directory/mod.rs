//! A store of SCIM resources in SQLite or PostgreSQL that is a connector: a target, and what a SCIM server can stand on.
//!
//! Resources are rows, members of groups are rows. Filters and sorts are answered by the database, from indexes where the
//! schema says that clients will ask: unique attributes, names, `externalId`, e-mail addresses, `active`, the time of the last
//! change. User names are unique by their PRECIS key. A write is one transaction; on SQLite, writes that wait for each other
//! share a commit.
//!
//! Passwords are not kept: a `password` that a client sends is accepted and dropped.

mod accepted;
mod builder;
mod capabilities;
mod changes;
mod connector;
mod db;
mod derived;
mod error;
mod fields;
mod open;
mod query;
mod read;
mod row;
mod shape;
#[cfg(feature = "postgres")]
mod together;
mod write;

pub use self::accepted::{AcceptedText, AcceptedWork};
pub use self::builder::{DirectoryBuilder, OpenError};
pub use self::connector::DirectoryConnector;
pub use tenure_connector::Clock;
