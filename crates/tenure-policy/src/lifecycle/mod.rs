//! Lifecycle states: where a person stands on a given instant, and why.

mod config;
mod current;
mod standing;
mod state;

pub use self::config::{
    AccessEnd, LastDay, LeaveAccess, LeaveRule, LeaverConfig, LifecycleConfig, Reinstatement, TemporaryConfig,
};
pub(crate) use self::current::current_engagements;
pub(crate) use self::standing::{EngagementPhase, EngagementStanding, NextChange, Standing};
pub use self::state::{LifecycleState, Phase};
