use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use http::HeaderMap;
use tenure_connector::RateSignal;

/// A number above this many seconds is a moment, not a wait: thirty years.
const MOMENT: f64 = 946_080_000.0;
/// A number above this is a moment in milliseconds.
const MILLISECONDS: f64 = 100_000_000_000.0;

/// The families of header names in common use, the most telling first: limit, remaining, reset.
const FAMILIES: [[&str; 3]; 6] = [
    ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"],
    ["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"],
    ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"],
    ["x-rate-limit", "x-rate-limit-remaining", "x-rate-limit-reset"],
    ["x-rate-limit-api-token-max", "x-rate-limit-api-token-remaining", "x-rate-limit-api-token-interval-ms"],
    ["x-rate-limit-api-key-max", "x-rate-limit-api-key-remaining", "x-rate-limit-api-key-interval-ms"],
];

/// Reads what a system says about its rate limit, from any of the header families in common use.
///
/// | family | reset |
/// |---|---|
/// | `RateLimit-*`, `X-RateLimit-*`, `X-Rate-Limit-*` | seconds left, a moment in seconds or milliseconds, or a date |
/// | `RateLimit: "name";r=…;t=…`, `RateLimit: limit=…, remaining=…, reset=…` | seconds left |
/// | `X-Rate-Limit-Api-Token-*`, `X-Rate-Limit-Api-Key-*` (Trello) | the whole interval in milliseconds |
/// | `X-Ms-Throttle-Limit-Percentage` (Microsoft) | none: the share that is used, of 100 |
/// | `Zendesk-RateLimit-<bucket>: total=…; remaining=…; resets=…` | seconds left |
///
/// A moment is compared with the answer's own `Date`, so that no clock is needed; without `Date` it is left out. Of
/// several families the tightest wins: a connector must not run into any of them.
///
/// # Examples
///
/// ```
/// use http::HeaderMap;
/// use tenure_connector_rest::rate_signal;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("x-rate-limit-remaining", "0".parse()?);
/// headers.insert("x-rate-limit-reset", "1795305610".parse()?);
/// headers.insert("date", "Sun, 22 Nov 2026 00:00:00 GMT".parse()?);
/// let signal = rate_signal(&headers).ok_or("no signal")?;
/// assert!(signal.is_exhausted());
/// assert_eq!(signal.reset_after, Some(std::time::Duration::from_secs(10)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn rate_signal(headers: &HeaderMap) -> Option<RateSignal> {
    let families = FAMILIES.iter().filter_map(|names| family(headers, names));
    let all = families.chain(structured(headers)).chain(share(headers)).chain(vendor_buckets(headers));
    // The one with the least left. Two families can share a header: of equals the one that also knows its limit.
    all.min_by_key(|signal| (signal.remaining.unwrap_or(u64::MAX), signal.limit.is_none()))
}

/// Reads `Retry-After`: seconds, also with a fraction, or a date, which is compared with the answer's own `Date`.
///
/// # Examples
///
/// ```
/// let mut headers = http::HeaderMap::new();
/// headers.insert("retry-after", "1.5".parse()?);
/// assert_eq!(tenure_connector_rest::retry_after(&headers), Some(std::time::Duration::from_millis(1500)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    wait(text(headers, "retry-after")?, answered_at(headers))
}

fn family(headers: &HeaderMap, [limit, remaining, reset]: &[&str; 3]) -> Option<RateSignal> {
    let count = |name: &str| text(headers, name).and_then(first_number).map(|n| n as u64);
    let reset_text = text(headers, reset);
    let reset_after = if reset.ends_with("-ms") {
        reset_text.and_then(first_number).map(|n| Duration::from_millis(n as u64))
    } else {
        reset_text.and_then(|text| wait(text, answered_at(headers)))
    };
    let signal = RateSignal {
        bucket: text(headers, "x-ratelimit-resource").map(str::to_owned),
        limit: count(limit),
        remaining: count(remaining),
        reset_after,
    };
    (signal.limit.is_some() || signal.remaining.is_some()).then_some(signal)
}

/// The one-header form of the IETF drafts.
fn structured(headers: &HeaderMap) -> Option<RateSignal> {
    let value = text(headers, "ratelimit")?;
    let (mut signal, mut parts) = (RateSignal::default(), value.split([';', ',']).map(str::trim));
    if let Some(name) = value.strip_prefix('"').and_then(|rest| rest.split('"').next()) {
        signal.bucket = Some(name.to_owned());
        parts.next();
    }
    for part in parts {
        let (name, value) = part.split_once('=')?;
        let number = first_number(value)?;
        match name.trim() {
            "limit" | "q" => signal.limit = Some(number as u64),
            "remaining" | "r" => signal.remaining = Some(number as u64),
            "reset" | "t" => signal.reset_after = Duration::try_from_secs_f64(number).ok(),
            _ => {}
        }
    }
    signal.remaining.is_some().then_some(signal)
}

/// Microsoft tells the share of a limit that is used, from 80 % on; above 100 % calls are refused.
fn share(headers: &HeaderMap) -> Option<RateSignal> {
    let used = first_number(text(headers, "x-ms-throttle-limit-percentage")?)?;
    let left = ((1.0 - used) * 100.0).max(0.0) as u64;
    Some(RateSignal { limit: Some(100), remaining: Some(left), ..RateSignal::default() })
}

fn vendor_buckets(headers: &HeaderMap) -> impl Iterator<Item = RateSignal> {
    headers.iter().filter_map(|(name, value)| {
        let bucket = name.as_str().strip_prefix("zendesk-ratelimit-")?;
        let mut signal = RateSignal { bucket: Some(bucket.to_owned()), ..RateSignal::default() };
        for part in value.to_str().ok()?.split(';') {
            let (name, value) = part.split_once('=')?;
            let number = first_number(value)?;
            match name.trim() {
                "total" => signal.limit = Some(number as u64),
                "remaining" => signal.remaining = Some(number as u64),
                "resets" => signal.reset_after = Duration::try_from_secs_f64(number).ok(),
                _ => {}
            }
        }
        Some(signal)
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn answered_at(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    date(text(headers, "date")?)
}

/// `500, 500;w=1` is 500: the first number counts.
fn first_number(text: &str) -> Option<f64> {
    let number = text.split([',', ';']).next()?.trim().parse::<f64>().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

fn wait(text: &str, now: Option<DateTime<Utc>>) -> Option<Duration> {
    let moment = match first_number(text) {
        Some(number) if number < MOMENT => return Duration::try_from_secs_f64(number).ok(),
        Some(number) if number > MILLISECONDS => DateTime::from_timestamp_millis(number as i64)?,
        Some(number) => DateTime::from_timestamp(number as i64, 0)?,
        // A negative number is a wait that is over.
        None if text.starts_with('-') => return Some(Duration::ZERO),
        None => date(text)?,
    };
    Some((moment - now?).to_std().unwrap_or_default())
}

fn date(text: &str) -> Option<DateTime<Utc>> {
    let parsed = DateTime::parse_from_rfc2822(text).or_else(|_| DateTime::parse_from_rfc3339(text));
    // Atlassian leaves the seconds out.
    let short = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ").ok().map(|date| date.and_utc());
    parsed.map(|date| date.to_utc()).ok().or_else(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: (&str, &str) = ("date", "Sun, 22 Nov 2026 00:00:00 GMT");

    #[track_caller]
    fn check(pairs: &[(&str, &str)], bucket: Option<&str>, numbers: [Option<u64>; 3]) {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        let [limit, remaining, reset] = numbers;
        let reset_after = reset.map(Duration::from_secs);
        let expected = RateSignal { bucket: bucket.map(str::to_owned), limit, remaining, reset_after };
        assert_eq!(rate_signal(&headers), Some(expected));
    }

    #[test]
    fn every_family_is_read() {
        let zendesk = [
            ("x-rate-limit", "700"),
            ("ratelimit-limit", "700"),
            ("ratelimit-remaining", "699"),
            ("ratelimit-reset", "41"),
        ];
        check(&zendesk, None, [Some(700), Some(699), Some(41)]);
        let okta = [
            DATE,
            ("x-rate-limit-limit", "600"),
            ("x-rate-limit-remaining", "0"),
            ("x-rate-limit-reset", "1795305620"),
        ];
        check(&okta, None, [Some(600), Some(0), Some(20)]);
        let onelogin =
            [("x-ratelimit-limit", "5000"), ("x-ratelimit-remaining", "4999"), ("x-ratelimit-reset", "3600")];
        check(&onelogin, None, [Some(5000), Some(4999), Some(3600)]);
        let github = [
            DATE,
            ("x-ratelimit-limit", "60"),
            ("x-ratelimit-remaining", "1"),
            ("x-ratelimit-reset", "1795305601"),
            ("x-ratelimit-resource", "core"),
        ];
        check(&github, Some("core"), [Some(60), Some(1), Some(1)]);
        let jira = [
            DATE,
            ("x-ratelimit-limit", "9"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "2026-11-22T00:01Z"),
        ];
        check(&jira, None, [Some(9), Some(0), Some(60)]);
        let jira = [
            DATE,
            ("x-ratelimit-limit", "9"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "2026-11-22T00:00:23Z"),
        ];
        check(&jira, None, [Some(9), Some(0), Some(23)]);
        let trello = [
            ("x-rate-limit-api-token-max", "100"),
            ("x-rate-limit-api-token-remaining", "99"),
            ("x-rate-limit-api-token-interval-ms", "10000"),
        ];
        check(&trello, None, [Some(100), Some(99), Some(10)]);
        check(&[("ratelimit", "\"default\";r=50;t=30")], Some("default"), [None, Some(50), Some(30)]);
        check(&[("ratelimit", "limit=100, remaining=50, reset=5")], None, [Some(100), Some(50), Some(5)]);
        check(
            &[("ratelimit-limit", "500, 500;w=1"), ("ratelimit-remaining", "3")],
            None,
            [Some(500), Some(3), None],
        );
        let millis = [DATE, ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1795305610000")];
        check(&millis, None, [None, Some(0), Some(10)]);
    }

    #[test]
    fn the_tightest_of_several_buckets_wins() {
        let pairs = [
            ("x-rate-limit", "700"),
            ("x-rate-limit-remaining", "600"),
            ("zendesk-ratelimit-users-update", "total=5; remaining=0; resets=30"),
        ];
        check(&pairs, Some("users-update"), [Some(5), Some(0), Some(30)]);
    }

    #[test]
    fn a_header_of_two_families_does_not_lose_the_limit() {
        let pairs = [("x-rate-limit", "700"), ("x-rate-limit-remaining", "600")];
        check(&pairs, None, [Some(700), Some(600), None]);
    }

    #[test]
    fn nonsense_is_no_signal() {
        for (name, value) in [("x-ratelimit-remaining", "many"), ("ratelimit", "\"a\""), ("x-other", "1")] {
            let mut headers = HeaderMap::new();
            headers.insert(http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
            assert_eq!(rate_signal(&headers), None, "{name}: {value}");
        }
    }

    #[test]
    fn a_moment_without_a_date_is_left_out() {
        check(
            &[("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1795305620")],
            None,
            [None, Some(0), None],
        );
    }
}
