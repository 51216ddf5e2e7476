//! A connector that misbehaves on schedule: the same faults for the same seed, and again from a log.

mod connector;
mod fault;
mod schedule;

pub use self::connector::ChaosConnector;
pub use self::fault::{ChaosEvent, Fault};
pub use self::schedule::Schedule;
