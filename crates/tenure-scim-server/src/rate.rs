//! A token bucket for each caller.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

/// How many requests a caller may send.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit {
    /// Requests a second, on average.
    pub per_second: f64,
    /// How many may come at once.
    pub burst: u32,
}

/// The buckets. There is one for each principal, and one for all callers that are not authenticated.
#[derive(Debug)]
pub(crate) struct Buckets {
    limit: RateLimit,
    buckets: Mutex<BTreeMap<String, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: DateTime<Utc>,
}

impl Buckets {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self { limit, buckets: Mutex::new(BTreeMap::new()) }
    }

    /// Takes one token, or says after which time there is one.
    pub(crate) fn take(&self, caller: &str, now: DateTime<Utc>) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let full = f64::from(self.limit.burst.max(1));
        let bucket = buckets.entry(caller.to_owned()).or_insert(Bucket { tokens: full, at: now });
        let passed = (now - bucket.at).to_std().unwrap_or_default().as_secs_f64();
        bucket.tokens = full.min(bucket.tokens + passed * self.limit.per_second);
        bucket.at = bucket.at.max(now);
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        let wait = (1.0 - bucket.tokens) / self.limit.per_second.max(f64::MIN_POSITIVE);
        Err(Duration::try_from_secs_f64(wait).unwrap_or(Duration::from_secs(3600)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burst_then_refusal_then_refill() {
        let buckets = Buckets::new(RateLimit { per_second: 2.0, burst: 3 });
        let start = DateTime::UNIX_EPOCH;
        for _ in 0..3 {
            assert_eq!(buckets.take("okta", start), Ok(()));
        }
        assert_eq!(buckets.take("okta", start), Err(Duration::from_millis(500)));
        assert_eq!(buckets.take("entra", start), Ok(()));
        assert_eq!(buckets.take("okta", start + Duration::from_millis(500)), Ok(()));
    }

    #[test]
    fn clock_going_back_gives_no_tokens() {
        let buckets = Buckets::new(RateLimit { per_second: 1.0, burst: 1 });
        let start = DateTime::UNIX_EPOCH + Duration::from_secs(100);
        assert_eq!(buckets.take("okta", start), Ok(()));
        assert_eq!(buckets.take("okta", start - Duration::from_secs(50)), Err(Duration::from_secs(1)));
        assert_eq!(buckets.take("okta", start), Err(Duration::from_secs(1)));
    }
}
