//! Playbooks: steps for a person, begun by people or by the policy's triggers.

mod advance;
mod finish;
mod model;
mod perform;
mod saved;
mod start;
mod stop;
mod trigger;

pub use self::advance::PlaybookAdvance;
pub use self::model::{Run, StepState};
