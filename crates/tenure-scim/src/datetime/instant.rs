//! `xsd:dateTime` as a number, with whether its zone is known.

use std::cmp::Ordering;

/// A point in time, in nanoseconds; without a zone it is only known to within 14 hours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Instant {
    nanos: i128,
    zoned: bool,
}

impl Instant {
    /// Reads an `xsd:dateTime`: `2011-05-13T04:42:34Z`, with or without fraction and zone.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('T')?;
        let (negative, date) = date.strip_prefix('-').map_or((false, date), |rest| (true, rest));
        let mut parts = date.split('-');
        let year = number(parts.next()?, 4..=9)?;
        let month = number(parts.next()?, 2..=2)?;
        let day = number(parts.next()?, 2..=2)?;
        if parts.next().is_some() {
            return None;
        }
        let year = if negative { -year } else { year };
        let (clock, offset) = split_zone(time)?;
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        let mut parts = clock.split(':');
        let hour = number(parts.next()?, 2..=2)?;
        let minute = number(parts.next()?, 2..=2)?;
        let second = number(parts.next()?, 2..=2)?;
        let midnight = hour == 24 && minute == 0 && second == 0 && fraction.bytes().all(|b| b == b'0');
        let valid = parts.next().is_none()
            && (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day)
            && (hour < 24 || midnight)
            && minute < 60
            && second < 60;
        if !valid {
            return None;
        }
        let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
        Some(Self {
            nanos: i128::from(seconds - offset.unwrap_or(0) * 60) * 1_000_000_000
                + i128::from(nanos(fraction)?),
            zoned: offset.is_some(),
        })
    }

    /// A point in UTC.
    pub(super) fn in_utc(nanos: i128) -> Self {
        Self { nanos, zoned: true }
    }

    /// Nanoseconds since 1970 in UTC, or in an unknown zone.
    pub(crate) fn nanos(self) -> i128 {
        self.nanos
    }

    pub(super) fn is_zoned(self) -> bool {
        self.zoned
    }

    /// Compares as XML Schema does: not at all when one has no zone and the two are less than 14 hours apart.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        const SPREAD: i128 = 14 * 3600 * 1_000_000_000;
        if self.zoned == other.zoned || (self.nanos - other.nanos).abs() > SPREAD {
            return Some(self.nanos.cmp(&other.nanos));
        }
        None
    }
}

/// Splits off the zone; the offset is in minutes.
fn split_zone(time: &str) -> Option<(&str, Option<i64>)> {
    if let Some(clock) = time.strip_suffix('Z') {
        return Some((clock, Some(0)));
    }
    let Some(at) = time.find(['+', '-']) else { return Some((time, None)) };
    let (clock, zone) = time.split_at_checked(at)?;
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let offset = number(hours, 2..=2)? * 60 + number(minutes, 2..=2).filter(|m| *m < 60)?;
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    (offset <= 14 * 60).then_some((clock, Some(sign * offset)))
}

fn number(text: &str, len: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let digits = len.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// The first nine digits of a fraction of a second.
fn nanos(fraction: &str) -> Option<i64> {
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(fraction.bytes().chain(std::iter::repeat(b'0')).take(9).fold(0, |n, b| n * 10 + i64::from(b - b'0')))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; years count from March to put the leap day last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(a: &str, b: &str) -> Option<Ordering> {
        Instant::parse(a).unwrap().compare(Instant::parse(b).unwrap())
    }

    #[test]
    fn instants_are_compared_across_zones() {
        assert_eq!(order("2011-05-13T04:42:34Z", "2011-05-13T06:42:34+02:00"), Some(Ordering::Equal));
        assert_eq!(order("2011-05-13T04:42:34.5Z", "2011-05-13T04:42:34.500000001Z"), Some(Ordering::Less));
        assert_eq!(order("2000-02-29T24:00:00Z", "2000-03-01T00:00:00Z"), Some(Ordering::Equal));
        assert_eq!(order("1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z"), Some(Ordering::Less));
    }

    /// XML Schema part 2, section 3.2.7.4.
    #[test]
    fn without_a_zone_the_order_is_partial() {
        assert_eq!(order("2011-05-13T04:42:34", "2011-05-13T05:42:34"), Some(Ordering::Less));
        assert_eq!(order("2011-05-13T04:42:34", "2011-05-13T05:42:34Z"), None);
        assert_eq!(order("2011-05-13T04:42:34", "2011-05-14T05:42:34Z"), Some(Ordering::Less));
    }

    #[test]
    fn what_is_no_date_time_is_refused() {
        let bad = [
            "",
            "2011",
            "2011-05-13",
            "2011-05-13 04:42:34Z",
            "2011-13-01T00:00:00Z",
            "2011-02-29T00:00:00Z",
            "2011-05-13T25:00:00Z",
            "2011-05-13T24:00:01Z",
            "2011-05-13T04:42Z",
            "2011-05-13T04:42:34.Z",
            "2011-05-13T04:42:34+15:00",
            "2011-05-13T04:42:34+0200",
            "11-05-13T04:42:34Z",
            "2011-05-13T04:42:é4Z",
        ];
        for text in bad {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }
}
