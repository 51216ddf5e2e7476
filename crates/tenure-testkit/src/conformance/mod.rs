//! The rules of the connector contract as named trials.
//!
//! A trial is chosen by what the connector declares: one that a connector cannot be put to is skipped with the reason,
//! and the reason is always a missing capability or a missing hook of the [`Subject`], never a flag. Every trial makes
//! its own objects, named after the subject's prefix, and removes them at the end, so that the suite can run in a
//! sandbox of a live system.

mod bench;
mod failure;
mod live;
mod macros;
mod report;
mod subject;
mod table;
mod trials;

pub use self::bench::Bench;
pub use self::failure::{Failure, Skipped};
pub use self::live::{LiveReport, run_live, sweep};
pub use self::macros::assert_trial;
pub use self::report::{Report, Verdict, run_all, run_trial};
pub use self::subject::{FaultPort, MemorySecrets, Subject, address};
pub use self::table::{capability_table, check_table};
pub use self::trials::{Trial, trials};
