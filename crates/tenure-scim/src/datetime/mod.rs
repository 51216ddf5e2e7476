//! Points in time as SCIM writes them.

mod instant;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) use instant::Instant;

/// A point in time, kept as it was written: `xsd:dateTime`, whose zone may be absent.
///
/// Without a zone a point is only known to within 14 hours, so the order is partial, as XML Schema defines it.
/// Fractions of a second count to the nanosecond.
///
/// ```
/// use tenure_scim::ScimDateTime;
///
/// let created: ScimDateTime = "2011-05-13T06:42:34+02:00".parse()?;
/// assert_eq!(created, "2011-05-13T04:42:34Z".parse()?);
///
/// let local: ScimDateTime = "2011-05-13T04:42:34".parse()?;
/// assert!(local.partial_cmp(&created).is_none());
/// assert!(local < "2011-05-14T04:42:34Z".parse()?);
/// assert!(local.to_utc().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Spec: RFC 7643 section 2.3.5; XML Schema 1.1 part 2, sections 3.3.7 and E.3.
#[derive(Clone)]
pub struct ScimDateTime {
    text: Box<str>,
    instant: Instant,
}

/// Why a text is no point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no dateTime: expected a text such as `2011-05-13T04:42:34Z`")]
pub struct DateTimeError {
    text: String,
}

impl ScimDateTime {
    /// Reads an `xsd:dateTime`.
    ///
    /// # Errors
    /// When the date or the time is missing, is written in another way, or does not exist.
    pub fn parse(text: &str) -> Result<Self, DateTimeError> {
        match Instant::parse(text) {
            Some(instant) => Ok(Self { text: text.into(), instant }),
            None => Err(DateTimeError { text: text.to_owned() }),
        }
    }

    /// The point as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The point in UTC; `None` without a zone, or beyond the years that `chrono` knows.
    pub fn to_utc(&self) -> Option<DateTime<Utc>> {
        self.instant.is_zoned().then(|| self.assume_utc()).flatten()
    }

    /// The point in UTC, where a point without zone is taken to be in UTC.
    pub fn assume_utc(&self) -> Option<DateTime<Utc>> {
        let nanos = self.instant.nanos();
        let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
        let rest = u32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?;
        DateTime::from_timestamp(seconds, rest)
    }
}

impl From<DateTime<Utc>> for ScimDateTime {
    fn from(time: DateTime<Utc>) -> Self {
        let text = time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let nanos = i128::from(time.timestamp()) * 1_000_000_000 + i128::from(time.timestamp_subsec_nanos());
        Self { text: text.into(), instant: Instant::in_utc(nanos) }
    }
}

impl FromStr for ScimDateTime {
    type Err = DateTimeError;

    fn from_str(text: &str) -> Result<Self, DateTimeError> {
        Self::parse(text)
    }
}

impl PartialEq for ScimDateTime {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for ScimDateTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.instant.compare(other.instant)
    }
}

impl fmt::Display for ScimDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ScimDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScimDateTime({})", self.text)
    }
}

impl Serialize for ScimDateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for ScimDateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chrono_time_goes_there_and_back() {
        for (seconds, nanos, text) in [
            (0, 0, "1970-01-01T00:00:00Z"),
            (1_305_261_754, 500_000_000, "2011-05-13T04:42:34.500Z"),
            (-1, 1, "1969-12-31T23:59:59.000000001Z"),
        ] {
            let time = DateTime::from_timestamp(seconds, nanos).unwrap();
            let own = ScimDateTime::from(time);
            assert_eq!(own.as_str(), text);
            assert_eq!(own.to_utc(), Some(time));
            assert_eq!(ScimDateTime::parse(text).unwrap(), own);
        }
        let far = ScimDateTime::parse("999999999-01-01T00:00:00Z").unwrap();
        assert_eq!(far.to_utc(), None);
    }
}
