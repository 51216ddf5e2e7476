//! What the `tenure` command is made of; for the binary and the examples, not a stable interface.

pub mod args;
pub mod clock;
pub mod command;
pub mod config;
pub mod exit;
pub mod failure;
pub mod present;
pub mod project;
pub mod schemas;
