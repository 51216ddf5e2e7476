use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Datelike, Days, NaiveTime, Utc, Weekday};
use serde::{Deserialize, Serialize};
use tenure_policy::{Zone, instant};

/// A time of the day in which a target may be written to.
///
/// # Examples
///
/// ```
/// use chrono::{NaiveTime, Weekday};
/// use tenure_engine::Window;
///
/// let night = Window::daily("22:00:00".parse()?, "04:00:00".parse()?, "Europe/Berlin".parse()?).on([Weekday::Sat]);
/// let sunday = "2026-11-22T02:30:00Z".parse()?;
/// assert!(night.is_open(sunday), "the night of Saturday lasts until Sunday, 4 o'clock in Berlin");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Window {
    /// The days on which it opens.
    pub days: BTreeSet<String>,
    /// When it opens.
    pub from: NaiveTime,
    /// When it closes: the next day, when this is not after `from`.
    pub until: NaiveTime,
    /// Whose time.
    pub zone: Zone,
}

impl Window {
    /// Opens every day.
    #[must_use]
    pub fn daily(from: NaiveTime, until: NaiveTime, zone: Zone) -> Self {
        Self { days: BTreeSet::new(), from, until, zone }
    }

    /// Opens on some days of the week only.
    #[must_use]
    pub fn on(mut self, days: impl IntoIterator<Item = Weekday>) -> Self {
        self.days = days.into_iter().map(|day| day.to_string()).collect();
        self
    }

    /// Whether a moment is inside.
    #[must_use]
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.spans(now).any(|(from, until)| from <= now && now < until)
    }

    /// When it opens next, after a moment that is outside.
    #[must_use]
    pub fn opens(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.spans(now).map(|(from, _)| from).find(|from| *from > now)
    }

    fn spans(&self, now: DateTime<Utc>) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
        // Two days back and nine ahead reach every span that a week of any zone can have around the moment.
        let first = now.date_naive().checked_sub_days(Days::new(2));
        let days = first.into_iter().flat_map(|first| first.iter_days().take(11));
        days.filter(|day| self.days.is_empty() || self.days.contains(&day.weekday().to_string())).filter_map(
            |day| {
                let end = if self.until > self.from { day } else { day.succ_opt()? };
                Some((
                    instant(day.and_time(self.from), self.zone),
                    instant(end.and_time(self.until), self.zone),
                ))
            },
        )
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, until) = (self.from.format("%H:%M"), self.until.format("%H:%M"));
        write!(f, "{from} to {until} {}", self.zone)?;
        match self.days.is_empty() {
            true => Ok(()),
            false => write!(f, " on {}", self.days.iter().map(String::as_str).collect::<Vec<_>>().join(", ")),
        }
    }
}
