//! The register of findings: what is not as it should be, whose it is to put right, by when, and whether it was.

mod coverage;
mod detect;
mod model;
mod register;
mod report;

pub use self::model::{Finding, FindingKind, FindingState};
pub use self::register::FindingAdvance;
