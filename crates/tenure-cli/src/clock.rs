//! The one place of the command that reads a clock.

use chrono::{DateTime, Utc};

/// The time of the machine.
#[expect(clippy::disallowed_methods, reason = "the command line is where the clock is read")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}
