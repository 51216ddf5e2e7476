use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

/// How often, and how long apart, the client tries again what failed for a while and certainly did nothing, or may be
/// repeated.
///
/// What the peer asks for (`Retry-After`) counts more than the computed wait. Needs a [`Timer`](crate::Timer).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure_scim_client::RetryPolicy;
///
/// let policy = RetryPolicy { attempts: 3, ..RetryPolicy::default() };
/// assert_eq!(policy.first, Duration::from_millis(500));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included.
    pub attempts: usize,
    /// The wait after the first attempt; it doubles each time, plus up to the same again at random.
    pub first: Duration,
    /// The longest computed wait.
    pub longest: Duration,
    /// Where the randomness starts; the same seed gives the same waits. `None` for a new one each time.
    pub seed: Option<u64>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 5, first: Duration::from_millis(500), longest: Duration::from_secs(60), seed: None }
    }
}

impl RetryPolicy {
    /// The waits between the attempts.
    pub(crate) fn waits(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        let seed = self.seed.unwrap_or_else(|| RandomState::new().build_hasher().finish());
        ExponentialBuilder::default()
            .with_min_delay(self.first)
            .with_max_delay(self.longest)
            .with_max_times(self.attempts.saturating_sub(1))
            .with_jitter()
            .with_jitter_seed(seed)
            .build()
    }
}

/// Reads `Retry-After`: seconds, also with a fraction, or a date, which is compared with the answer's own `Date`.
pub(crate) fn retry_after(headers: &http::HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|v: &http::HeaderValue| v.to_str().ok()).map(str::trim);
    let value = text(http::header::RETRY_AFTER)?;
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds.max(0.0)).ok();
    }
    let date = |text: &str| chrono::DateTime::parse_from_rfc2822(text).ok();
    let (until, now) = (date(value)?, date(text(http::header::DATE)?)?);
    Some((until - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fixes_the_waits_and_they_grow_to_the_limit() {
        let policy = RetryPolicy { attempts: 9, seed: Some(7), ..RetryPolicy::default() };
        let waits: Vec<_> = policy.waits().collect();
        assert_eq!(waits, policy.waits().collect::<Vec<_>>());
        assert_eq!(waits.len(), 8);
        assert!(waits[0] >= policy.first && waits[0] <= policy.first * 2, "{waits:?}");
        assert!(waits.iter().all(|w| *w <= policy.longest * 2), "{waits:?}");
    }

    #[test]
    fn retry_after_is_read_in_every_form() {
        let check = |value: &str, date: Option<&str>, expected: Option<Duration>| {
            let mut headers = http::HeaderMap::new();
            headers.insert("retry-after", value.parse().unwrap());
            if let Some(date) = date {
                headers.insert("date", date.parse().unwrap());
            }
            assert_eq!(retry_after(&headers), expected, "{value}");
        };
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        check("7", None, Some(Duration::from_secs(7)));
        check("0.5", None, Some(Duration::from_millis(500)));
        check("-3", None, Some(Duration::ZERO));
        check("Sun, 06 Nov 1994 08:50:00 GMT", Some(date), Some(Duration::from_secs(23)));
        check("Sun, 06 Nov 1994 08:00:00 GMT", Some(date), Some(Duration::ZERO));
        check("Sun, 06 Nov 1994 08:50:00 GMT", None, None);
        check("soon", Some(date), None);
        check("1e300", None, None);
    }
}
