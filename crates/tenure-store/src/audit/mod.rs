//! The append-only, hash-chained record of what was done and why.

mod record;
mod verify;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use record::NewRecord;
pub use record::{AuditDraft, AuditHead, AuditRecord};
pub use verify::{AuditCheck, AuditError, AuditSummary, export_trailer, verify_audit};

#[cfg(test)]
mod tests;
