//! Records HTTP traffic as HAR 1.2, without the secrets in it.

mod body;
mod entry;
mod names;
mod recorder;
mod recording;
mod redact;

pub use self::recorder::{HarExchange, HarOptions, HarRecorder};
pub(crate) use self::recording::Recording;

#[cfg(test)]
mod tests;
