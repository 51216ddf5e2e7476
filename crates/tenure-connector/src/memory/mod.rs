//! The reference connector: a complete target system in memory.
//!
//! It shows what every method of the contract means, backs the samples of the documentation, and is what the
//! conformance suite is proved on. [`Tenant`] is the system itself, as plain data without async; a connector that keeps
//! its objects in files or in a table can use it as its rules.

mod capabilities;
mod connector;
mod tenant;

pub use self::capabilities::memory_capabilities;
pub use self::connector::MemoryConnector;
pub use self::tenant::{SavedObject, Tenant, TenantRules};
