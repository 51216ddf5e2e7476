//! Business days.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc, Weekday};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tenure_policy::{Span, SpanError, Zone, instant, start_of_day};

/// On which days people work, where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Calendar {
    /// The zone that decides when a day begins.
    pub zone: Zone,
    /// The days of the week on which people work.
    pub work: Vec<Weekday>,
    /// Days on which nobody works all the same.
    pub holidays: BTreeSet<NaiveDate>,
}

impl Default for Calendar {
    fn default() -> Self {
        use Weekday::{Fri, Mon, Thu, Tue, Wed};
        Self { zone: Zone::UTC, work: vec![Mon, Tue, Wed, Thu, Fri], holidays: BTreeSet::new() }
    }
}

impl Calendar {
    /// Whether people work on a day.
    #[must_use]
    pub fn is_business_day(&self, day: NaiveDate) -> bool {
        self.work.contains(&day.weekday()) && !self.holidays.contains(&day)
    }

    /// The civil day of an instant.
    #[must_use]
    pub fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        // A zone is never further than a day from UTC.
        let near = at.date_naive();
        let next = near.checked_add_days(Days::new(1)).unwrap_or(near);
        let last = near.checked_sub_days(Days::new(1)).unwrap_or(near);
        [next, near].into_iter().find(|day| start_of_day(*day, self.zone) <= at).unwrap_or(last)
    }

    /// The same time of day, so many business days later. What begins on a free day is counted as of the end of that day.
    #[must_use]
    pub fn business_days_after(&self, at: DateTime<Utc>, days: u16) -> DateTime<Utc> {
        let mut day = self.day_of(at);
        let time = NaiveTime::MIN.overflowing_add_signed(at - start_of_day(day, self.zone)).0;
        let mut left = days;
        // A calendar without business days must not keep anybody waiting for ever.
        for _ in 0..LONGEST {
            if left == 0 {
                break;
            }
            day = day.checked_add_days(Days::new(1)).unwrap_or(day);
            if self.is_business_day(day) {
                left -= 1;
            }
        }
        instant(day.and_time(time), self.zone)
    }
}

/// How many days are looked at for the next business day.
const LONGEST: u32 = 4_000;

/// A stretch of time in business days, `3bd`, or on the clock, `36h`.
///
/// # Examples
///
/// ```
/// use tenure_governance::{Calendar, Term};
/// let friday = "2026-03-06T15:00:00Z".parse()?;
/// let term: Term = "2bd".parse()?;
/// assert_eq!(term.after(friday, &Calendar::default()).to_rfc3339(), "2026-03-10T15:00:00+00:00"); // Tuesday
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// So many business days.
    BusinessDays(u16),
    /// So long by the clock.
    Time(Span),
}

impl Term {
    /// The instant this long after another.
    #[must_use]
    pub fn after(self, at: DateTime<Utc>, calendar: &Calendar) -> DateTime<Utc> {
        match self {
            Self::BusinessDays(days) => calendar.business_days_after(at, days),
            Self::Time(span) => span.after(at),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BusinessDays(days) => write!(f, "{days}bd"),
            Self::Time(span) => span.fmt(f),
        }
    }
}

impl FromStr for Term {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        match text.trim().strip_suffix("bd").map(str::parse) {
            Some(Ok(days)) => Ok(Self::BusinessDays(days)),
            _ => text.parse().map(Self::Time),
        }
    }
}

impl Serialize for Term {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error| {
            D::Error::custom(format!("{error}, or a number of business days, for instance `3bd`"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn business_days_leave_out_weekends_and_holidays_and_keep_the_time_of_day() {
        let calendar = Calendar {
            zone: "Europe/Berlin".parse().unwrap(),
            holidays: BTreeSet::from(["2026-04-03".parse().unwrap(), "2026-04-06".parse().unwrap()]),
            ..Calendar::default()
        };
        for (from, days, to) in [
            ("2026-03-02T09:00:00Z", 1, "2026-03-03T09:00:00Z"),
            ("2026-03-06T09:00:00Z", 1, "2026-03-09T09:00:00Z"), // a Friday
            ("2026-03-07T09:00:00Z", 1, "2026-03-09T09:00:00Z"), // a Saturday
            ("2026-04-02T09:00:00Z", 1, "2026-04-07T09:00:00Z"), // Good Friday and Easter Monday
            ("2026-03-27T09:00:00Z", 1, "2026-03-30T08:00:00Z"), // summer time begins in between
            ("2026-03-02T23:30:00Z", 1, "2026-03-03T23:30:00Z"), // already the third in Berlin
            ("2026-03-02T09:00:00Z", 0, "2026-03-02T09:00:00Z"),
        ] {
            let due = calendar.business_days_after(from.parse().unwrap(), days);
            assert_eq!(due, to.parse::<DateTime<Utc>>().unwrap(), "{from} + {days}");
        }
    }

    #[test]
    fn a_calendar_without_business_days_ends_all_the_same() {
        let never = Calendar { work: Vec::new(), ..Calendar::default() };
        let from = "2026-03-02T09:00:00Z".parse().unwrap();
        assert!(never.business_days_after(from, 1) > from);
    }

    #[test]
    fn terms_are_read_and_written() {
        for (text, shown) in [("3bd", "3bd"), ("36h", "36h"), ("2w", "14d")] {
            assert_eq!(text.parse::<Term>().unwrap().to_string(), shown);
        }
        assert!("3b".parse::<Term>().is_err() && "bd".parse::<Term>().is_err());
    }
}
