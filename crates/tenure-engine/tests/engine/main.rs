//! Everything of the engine that needs no server, in one program: it is linked once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../cut/mod.rs"]
mod cut;
#[path = "../flaky/mod.rs"]
mod flaky;
#[path = "../fuse/mod.rs"]
mod fuse;
#[path = "../mixed/mod.rs"]
mod mixed;
#[path = "../real/mod.rs"]
mod real;
#[path = "../told/mod.rs"]
mod told;
#[path = "../troubled/mod.rs"]
mod troubled;

mod answers;
mod bad_reads;
mod chaos;
mod convergence;
mod crash;
mod dispositions;
mod doubt;
mod due;
mod gates;
mod given_anew;
mod group_guards;
mod lifecycle;
mod pilot;
mod progress;
mod recognised;
mod resumed_looks;
mod resumed_sources;
mod running;
mod safety;
mod seat_tiers;
mod seats;
mod sensitive;
mod settled;
mod situations;
mod spawned;
mod stores;
mod targets;
mod trail;
mod versions;
mod workers;

/// How long a worker has its works for: longer than any disk holds it up, for the stores' clocks here are those of the tests.
const LEASE: std::time::Duration = std::time::Duration::from_secs(60);
