//! Wrappers of any connector: audit, guard, dry run, cache, timeouts, retry, pacing, breaker, recording, capability check.
//!
//! A [`Layer`] sees every call as data and decides what happens around it. [`Stack`] puts the layers into the order in
//! which they are safe, outermost first:
//!
//! | layer | why it is there |
//! |---|---|
//! | [`Audit`] | sees everything that is asked for, also what is refused further in |
//! | [`Guard`] | refuses before anything below waits, pays or retries |
//! | [`DryRun`] | lets no write through, after the guard had its say |
//! | [`ReadCache`] | saves whole calls, so it stands above what measures calls |
//! | [`Timeout`] (total) | bounds the call with all its attempts |
//! | [`Retry`] | repeats what is below it |
//! | [`Pace`] | each attempt takes its turn |
//! | [`Breaker`] | an attempt that cannot succeed is not made |
//! | [`Timeout`] (attempt) | ends one attempt, so that retry sees an error and not a dropped future |
//! | [`Recording`] | writes down what really went out |
//! | [`CapabilityCheck`] | stands next to the connector |
//!
//! Nothing here sleeps or reads a clock of its own: time comes from a [`Timer`](tenure_connector::Timer).
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use tenure_connector::memory::MemoryConnector;
//! use tenure_layers::{Breaker, Retry, Stack, Timeout, TokioTimer};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let timer = Arc::new(TokioTimer::new());
//! let desk = Stack::new(Arc::new(MemoryConnector::new("desk")))
//!     .attempt_timeout(Timeout::new(timer.clone(), Duration::from_secs(10)))
//!     .retry(Retry::new(timer.clone()))
//!     .breaker(Breaker::new(timer))
//!     .build();
//! assert_eq!(desk.info().instance, "desk");
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `tokio` | `TokioTimer`, for programs that run on tokio |
//!
//! # Errors
//!
//! A layer that refuses says so as a [`ConnectorError`](tenure_connector::ConnectorError) whose certainty is "not attempted"; what came from further in passes as it
//! is. A time that ran out leaves a write's outcome unknown.
//!
//! # Limits
//!
//! Each layer states its own with defaults: how often [`Retry`] repeats and how long it waits, how many failures open a [`Breaker`], how much a [`ReadCache`] or a
//! [`Recording`] holds. State is in memory: two programs in front of one system do not know of each other.

mod audit;
mod breaker;
mod cache;
mod call;
mod capability;
mod dry_run;
mod guard;
mod layer;
mod notice;
mod pace;
mod recording;
mod retry;
mod stack;
mod timeout;
#[cfg(feature = "tokio")]
mod tokio_timer;

pub use self::audit::{Audit, AuditEntry, AuditPhase, AuditSink};
pub use self::breaker::Breaker;
pub use self::cache::ReadCache;
pub use self::call::{Call, Reply};
pub use self::capability::CapabilityCheck;
pub use self::dry_run::DryRun;
pub use self::guard::Guard;
pub use self::layer::{Layer, Next, wrap};
pub use self::notice::{Notice, Observer};
pub use self::pace::Pace;
pub use self::recording::{Recorded, Recording};
pub use self::retry::Retry;
pub use self::stack::Stack;
pub use self::timeout::Timeout;
#[cfg(feature = "tokio")]
pub use self::tokio_timer::TokioTimer;
