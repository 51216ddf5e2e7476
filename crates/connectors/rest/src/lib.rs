//! What connectors over HTTP share.

mod rate;

pub use self::rate::{rate_signal, retry_after};
