use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::{Rate, Timer};

/// Token buckets for reads and writes, filled at the pace that the peer's profile names.
pub(crate) struct Pace {
    reads: Option<Bucket>,
    writes: Option<Bucket>,
}

type Bucket =
    RateLimiter<NotKeyed, InMemoryState, TimerClock, governor::middleware::NoOpMiddleware<Duration>>;

#[derive(Clone)]
struct TimerClock(Arc<dyn Timer>);

impl Clock for TimerClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

impl Pace {
    pub(crate) fn new(reads: Option<Rate>, writes: Option<Rate>, timer: &Arc<dyn Timer>) -> Self {
        let bucket = |rate: Rate| {
            let burst = NonZeroU32::new(rate.burst)?;
            let quota = Quota::with_period(rate.window.checked_div(rate.calls)?)?.allow_burst(burst);
            Some(RateLimiter::direct_with_clock(quota, TimerClock(timer.clone())))
        };
        Self { reads: reads.and_then(bucket), writes: writes.and_then(bucket) }
    }

    /// Takes a token, waiting until there is one.
    pub(crate) async fn take(&self, writes: bool, timer: &dyn Timer) {
        let bucket = if writes { &self.writes } else { &self.reads };
        let Some(bucket) = bucket else { return };
        while let Err(later) = bucket.check() {
            let wait = later.wait_time_from(timer.elapsed());
            tracing::debug!(?wait, writes, "keeping the pace of the peer's profile");
            timer.sleep(wait).await;
        }
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace")
            .field("reads", &self.reads.is_some())
            .field("writes", &self.writes.is_some())
            .finish()
    }
}
