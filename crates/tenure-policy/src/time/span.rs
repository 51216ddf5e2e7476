//! A stretch of time as policies write it: `90d`, `12h`, `2w`.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A stretch of time in whole minutes, written `30m`, `12h`, `7d` or `2w`; `after 30d` is read as `30d`, `0` as nothing.
///
/// A day is 24 hours: a delay is a duration, not a calendar step.
///
/// # Examples
///
/// ```
/// use tenure_policy::Span;
/// assert_eq!("after 30d".parse::<Span>()?, Span::days(30));
/// assert_eq!(Span::days(14).to_string(), "14d");
/// # Ok::<(), tenure_policy::SpanError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u32);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A number of days.
    #[must_use]
    pub const fn days(days: u16) -> Self {
        Self(days as u32 * DAY)
    }

    /// A number of hours.
    #[must_use]
    pub const fn hours(hours: u16) -> Self {
        Self(hours as u32 * 60)
    }

    /// True when it is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn delta(self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.0))
    }

    /// The instant this long after another; the end of time when there is no such instant.
    #[must_use]
    pub fn after(self, at: DateTime<Utc>) -> DateTime<Utc> {
        at.checked_add_signed(self.delta()).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The instant this long before another.
    #[must_use]
    pub fn before(self, at: DateTime<Utc>) -> DateTime<Utc> {
        at.checked_sub_signed(self.delta()).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("0d"),
            m if m % DAY == 0 => write!(f, "{}d", m / DAY),
            m if m % 60 == 0 => write!(f, "{}h", m / 60),
            m => write!(f, "{m}m"),
        }
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let wrong = || SpanError(text.to_owned());
        let plain = text.trim();
        let plain = plain.strip_prefix("after ").unwrap_or(plain).trim();
        if plain == "0" || plain == "immediately" {
            return Ok(Self::ZERO);
        }
        let unit = plain.chars().last().ok_or_else(wrong)?;
        let number = plain.strip_suffix(unit).ok_or_else(wrong)?;
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let minutes = match unit {
            'm' => 1,
            'h' => 60,
            'd' => DAY,
            'w' => 7 * DAY,
            _ => return Err(wrong()),
        };
        number.parse::<u32>().ok().and_then(|n| n.checked_mul(minutes)).map(Self).ok_or_else(wrong)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// Why a text is not a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a stretch of time: expected a number and one of `m`, `h`, `d`, `w`, for instance `30d`"
)]
pub struct SpanError(String);

const DAY: u32 = 24 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written() {
        for (text, shown) in [
            ("90d", "90d"),
            ("2w", "14d"),
            ("36h", "36h"),
            ("48h", "2d"),
            ("90m", "90m"),
            ("after 30d", "30d"),
            ("0", "0d"),
        ] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), shown);
        }
        for wrong in ["", "d", "30", "30 d ays", "-1d", "30y", "99999999w", "3é"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
    }
}
