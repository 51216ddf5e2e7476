//! What proves a connector: the conformance suite, a connector that misbehaves on schedule, and made-up companies.
//!
//! * [`conformance!`] turns the rules of the contract into named tests, chosen by what a connector says it can do.
//! * [`chaos`] wraps a connector and loses answers, throttles, serves stale pages and crashes, the same way for the same
//!   seed; an independent [`model`] judges what is left at the end.
//! * [`generate`] makes populations and years of human resources history out of a seed.
//! * `vendor`, behind the feature `fakes`, has stateful stand-ins for vendors' systems, over HTTP on loopback.

pub mod chaos;
pub mod conformance;
pub mod generate;
pub mod model;
mod random;
mod table;
#[cfg(feature = "fakes")]
pub mod vendor;

pub use self::random::Random;
pub use self::table::capability_tables;
