//! Everything of the governance, in one program: it is linked once.
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

mod account_actions;
mod commands;
mod concerned;
mod events;
mod findings;
mod measures;
mod moves;
mod playbooks;
mod requests;
mod reviews;
mod rules;
mod saved_playbooks;
mod terms;
mod timers;
