//! Repository checks: arrows between crates, file sizes, tables that must be true.
//!
//! Every promise about the repository that a compiler cannot check is a rule here, one file a rule. A rule is a
//! function from a [`Workspace`] to [`Finding`]s; `tests/repository.rs` runs each one on this repository, and each
//! rule's own tests show it a small bad fixture, so that a rule that never fires is noticed.

mod files;
mod finding;
mod packages;
pub mod rules;
mod workspace;

pub use files::Files;
pub use finding::Finding;
pub use packages::{Dependency, Kind, Package, TreePackage};
pub use workspace::{LoadError, Workspace};
