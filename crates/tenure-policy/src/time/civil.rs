//! From a civil date in a zone to an instant, through every daylight-saving gap and overlap.

use chrono::offset::LocalResult;
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};

use super::Zone;

/// The first instant of a civil day in a zone.
///
/// Where midnight does not exist (clocks jump over it), it is the first instant after the gap; where it comes twice, the first.
///
/// # Examples
///
/// ```
/// use chrono::NaiveDate;
/// use tenure_policy::{Zone, start_of_day};
/// let zone: Zone = "Europe/Berlin".parse()?;
/// let day = NaiveDate::from_ymd_opt(2026, 7, 1).ok_or("no such day")?;
/// assert_eq!(start_of_day(day, zone).to_rfc3339(), "2026-06-30T22:00:00+00:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn start_of_day(day: NaiveDate, zone: Zone) -> DateTime<Utc> {
    instant(day.and_time(NaiveTime::MIN), zone)
}

/// The instant of a civil date and time in a zone.
///
/// A time inside a gap becomes the first instant after the gap; a time that comes twice is taken the first time.
#[must_use]
pub fn instant(local: NaiveDateTime, zone: Zone) -> DateTime<Utc> {
    let tz = zone.tz();
    match tz.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.with_timezone(&Utc),
        LocalResult::None => after_gap(local, zone),
    }
}

/// The start of the day after a last day: the instant at which the last day is over.
pub(crate) fn end_of_day(last: NaiveDate, zone: Zone) -> DateTime<Utc> {
    last.checked_add_days(Days::new(1)).map_or(DateTime::<Utc>::MAX_UTC, |next| start_of_day(next, zone))
}

/// Finds the end of the gap by halving between a known local time before it and one after it.
fn after_gap(local: NaiveDateTime, zone: Zone) -> DateTime<Utc> {
    let tz = zone.tz();
    let known = |hours: i64| {
        let at = local.checked_add_signed(TimeDelta::hours(hours))?;
        tz.from_local_datetime(&at).earliest().map(|at| at.with_timezone(&Utc))
    };
    // The longest gap in the database is a whole day (zones that moved across the date line).
    let (Some(mut before), Some(mut after)) = (known(-26), known(26)) else {
        return local.and_utc();
    };
    while after - before > TimeDelta::seconds(1) {
        let middle = before + (after - before) / 2;
        if middle.with_timezone(&tz).naive_local() < local {
            before = middle;
        } else {
            after = middle;
        }
    }
    let whole = after.timestamp();
    DateTime::from_timestamp(whole, 0).unwrap_or(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(zone: &str, day: (i32, u32, u32), start: &str) {
        let day = NaiveDate::from_ymd_opt(day.0, day.1, day.2).unwrap();
        let at = start_of_day(day, zone.parse().unwrap());
        assert_eq!(at.to_rfc3339(), format!("{start}:00+00:00"), "{zone} {day}");
    }

    #[test]
    fn a_day_starts_at_local_midnight_on_both_sides_of_a_clock_change() {
        check("Europe/Berlin", (2026, 3, 29), "2026-03-28T23:00");
        check("Europe/Berlin", (2026, 3, 30), "2026-03-29T22:00");
        check("Europe/Berlin", (2026, 10, 25), "2026-10-24T22:00");
        check("Europe/Berlin", (2026, 10, 26), "2026-10-25T23:00");
        check("Australia/Melbourne", (2026, 10, 4), "2026-10-03T14:00");
        check("Australia/Melbourne", (2026, 10, 5), "2026-10-04T13:00");
    }

    #[test]
    fn a_day_without_midnight_starts_after_the_gap() {
        check("Africa/Cairo", (2026, 4, 24), "2026-04-23T22:00");
        check("Asia/Beirut", (2026, 3, 29), "2026-03-28T22:00");
        check("America/Santiago", (2026, 9, 6), "2026-09-06T04:00");
    }

    #[test]
    fn a_midnight_that_comes_twice_is_the_first() {
        check("America/Havana", (2026, 11, 1), "2026-11-01T04:00");
        check("Atlantic/Azores", (2026, 10, 25), "2026-10-25T00:00");
    }

    #[test]
    fn a_day_that_never_was_starts_with_the_next_one() {
        check("Pacific/Apia", (2011, 12, 30), "2011-12-30T10:00");
        check("Pacific/Apia", (2011, 12, 31), "2011-12-30T10:00");
    }

    #[test]
    fn the_outermost_zones_differ_by_more_than_a_day() {
        check("Pacific/Kiritimati", (2026, 1, 1), "2025-12-31T10:00");
        check("Etc/GMT+12", (2026, 1, 1), "2026-01-01T12:00");
    }

    #[test]
    fn the_last_day_lasts_to_its_end_in_the_workers_zone() {
        let last = NaiveDate::from_ymd_opt(2026, 10, 25).unwrap();
        let over = end_of_day(last, "Europe/Berlin".parse().unwrap());
        assert_eq!(over.to_rfc3339(), "2026-10-25T23:00:00+00:00");
        assert_eq!(over - start_of_day(last, "Europe/Berlin".parse().unwrap()), TimeDelta::hours(25));
        assert_eq!(end_of_day(NaiveDate::MAX, Zone::UTC), DateTime::<Utc>::MAX_UTC);
    }
}
