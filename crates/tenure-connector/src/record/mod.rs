//! What sources state about workers and services, as typed records and as SCIM resources.
//!
//! A source connector answers resources of the classes [`WORKER`](crate::ObjectClass::WORKER) and
//! [`WORKLOAD`](crate::ObjectClass::WORKLOAD); whoever consumes them turns them into these records and back without
//! loss.

mod error;
pub(crate) mod field;
mod schemas;
#[cfg(test)]
mod tests;
mod worker;
mod workload;

pub use self::error::RecordError;
pub(crate) use self::field::Members;
pub(crate) use self::schemas::class;
pub use self::schemas::{account_registry, account_schema, worker_class, workload_class};
pub use self::worker::{LeaveRecord, WorkerRecord, WorkerStatus};
pub use self::workload::WorkloadRecord;

/// The URI of the schema of [`WorkerRecord`].
pub const WORKER_SCHEMA: &str = "urn:tenure:params:scim:schemas:1.0:Worker";
/// The URI of the schema of [`WorkloadRecord`].
pub const WORKLOAD_SCHEMA: &str = "urn:tenure:params:scim:schemas:1.0:Workload";
/// The URI of the extension that tells an account's exact status and its last login.
pub const ACCOUNT_SCHEMA: &str = "urn:tenure:params:scim:schemas:1.0:Account";
