use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::millis;

/// What a system said about its rate limit with an answer.
///
/// Every field is what the vendor sent, none is guessed. Times are lengths counted from the answer, so that no clock
/// is needed to read them.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure_connector::RateSignal;
///
/// let signal = RateSignal { remaining: Some(0), reset_after: Some(Duration::from_secs(9)), ..RateSignal::default() };
/// assert!(signal.is_exhausted());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RateSignal {
    /// The vendor's bucket that was charged, for instance `users` or `tier-2`; `None` for the whole instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// Calls allowed in one window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Calls left in this window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u64>,
    /// How long until the window starts again.
    #[serde(with = "millis::option", skip_serializing_if = "Option::is_none")]
    pub reset_after: Option<Duration>,
}

impl RateSignal {
    /// Whether the next call in this bucket would be refused.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.remaining == Some(0)
    }
}
