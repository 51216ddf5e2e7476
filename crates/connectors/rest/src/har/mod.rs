//! Records HTTP traffic as HAR 1.2, without the secrets in it.

mod body;
mod entry;
mod names;
mod recorder;
mod redact;

pub use self::recorder::{HarExchange, HarOptions, HarRecorder};

#[cfg(test)]
mod tests;
