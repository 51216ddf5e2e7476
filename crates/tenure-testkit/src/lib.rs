//! What proves a connector: the conformance suite, a connector that misbehaves on schedule, and made-up companies.
//!
//! ```
//! use std::sync::Arc;
//! use tenure_connector::memory::MemoryConnector;
//! use tenure_testkit::conformance::{Subject, run_all};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let report = run_all(&Subject::new(Arc::new(MemoryConnector::new("mine")))).await;
//! assert_eq!(report.failed().count(), 0, "{report}");
//! # }
//! ```
//!
//! * [`conformance!`] turns the rules of the contract into named tests, chosen by what a connector says it can do.
//! * [`chaos`] wraps a connector and loses answers, throttles, serves stale pages and crashes, the same way for the same
//!   seed; an independent [`model`] judges what is left at the end.
//! * [`generate`] makes populations and years of human resources history out of a seed.
//! * `vendor`, behind the feature `fakes`, has stateful stand-ins for vendors' systems, over HTTP on loopback.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `fakes` | `vendor`: stateful stand-ins for vendors' systems, which listen on loopback |
//!
//! # Errors
//!
//! Everything here is for tests: what does not hold panics with a sentence that says which rule of the contract it was, what was expected and what was found.
//!
//! # Limits
//!
//! A trial drops a call at its first 48 awaits. Stand-ins know the vendors' published documents and the surprises that are told of them, not the vendors.

pub mod chaos;
pub mod conformance;
pub mod generate;
pub mod model;
mod random;
#[cfg(feature = "fakes")]
pub mod vendor;

pub use self::random::Random;
