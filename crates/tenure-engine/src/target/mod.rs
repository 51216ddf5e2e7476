//! How a target is treated: when it may be written to, how many operations at a time, and what happens when it fails.

mod health;
mod options;
mod quarantine;
mod window;

pub(crate) use health::{HEALTH, Tally};
pub use health::{Health, HealthState};
pub use options::TargetOptions;
pub use quarantine::Quarantine;
pub use window::Window;
