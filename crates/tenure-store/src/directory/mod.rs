//! A store of SCIM resources in SQLite that is a connector: a target, and what a SCIM server can stand on.
//!
//! Resources are rows, members of groups are rows, and the attributes that clients ask for by equality are indexed. User
//! names are unique by their PRECIS key. A write is one transaction; writes that wait for each other share a commit.
//!
//! Passwords are not kept: a `password` that a client sends is accepted and dropped.

mod builder;
mod candidates;
mod capabilities;
mod changes;
mod connector;
mod error;
mod list;
mod pool;
mod row;
mod shape;
mod sql;
mod write;

pub use self::builder::{DirectoryBuilder, OpenError};
pub use self::connector::DirectoryConnector;
pub use tenure_connector::Clock;
