//! What the `tenure` command is made of; for the binary and the examples, not a stable interface.

pub mod config;
pub mod present;
