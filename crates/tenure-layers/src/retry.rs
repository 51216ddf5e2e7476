use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBuilder};
use tenure_connector::{Certainty, ConnectorError, Context, Result, Retry as RetryClass, Timer};

use crate::{Call, Layer, Next, Notice, Observer, Reply};

/// Tries temporary failures again, with growing pauses and a seeded spread.
///
/// A write of unknown outcome is repeated only where the connector declares the operation idempotent; otherwise the error
/// goes up at once, so that the caller can read back first. What the system asks to wait is waited, and when that is
/// longer than the longest pause the error goes up as persistent. Place: below the total timeout, above pacing.
#[derive(Debug)]
pub struct Retry {
    timer: Arc<dyn Timer>,
    observer: Arc<dyn Observer>,
    attempts: u32,
    first_pause: Duration,
    longest_pause: Duration,
    seed: u64,
}

impl Retry {
    /// Makes up to four attempts, with pauses from half a second to a minute.
    #[must_use]
    pub fn new(timer: Arc<dyn Timer>) -> Self {
        Self {
            timer,
            observer: Arc::new(()),
            attempts: 4,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(60),
            seed: 0,
        }
    }

    /// Makes up to this many attempts; at least one.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Pauses from the first length up to the longest.
    #[must_use]
    pub fn with_pauses(mut self, first: Duration, longest: Duration) -> Self {
        (self.first_pause, self.longest_pause) = (first, longest);
        self
    }

    /// Spreads the pauses by this seed; give each process its own.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Tells somebody about every pause.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    fn pauses(&self) -> impl Iterator<Item = Duration> {
        let times = usize::try_from(self.attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        ExponentialBuilder::default()
            .with_min_delay(self.first_pause)
            .with_max_delay(self.longest_pause)
            .with_max_times(times)
            .with_jitter()
            .with_jitter_seed(self.seed)
            .build()
    }
}

/// Whether the same call can be made again without knowing more.
fn may_repeat(call: Call<'_>, error: &ConnectorError, next: Next<'_>) -> bool {
    let Some(operation) = call.operation() else { return true };
    error.certainty() != Certainty::Unknown
        || next
            .capabilities()
            .operation(operation.class(), operation.kind())
            .is_some_and(|support| support.idempotent)
}

#[async_trait]
impl Layer for Retry {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        let mut pauses = self.pauses();
        let mut attempt = 1;
        loop {
            let error = match next.run(ctx, call).await {
                Ok(reply) => return Ok(reply),
                Err(error) if error.retry() != RetryClass::Temporary => return Err(error),
                Err(error) if !may_repeat(call, &error, next) => return Err(error),
                Err(error) => error,
            };
            let asked = error.retry_after().unwrap_or_default();
            let Some(pause) = pauses.next().filter(|_| asked <= self.longest_pause) else {
                return Err(error.with_retry(RetryClass::Persistent));
            };
            let pause = pause.max(asked);
            let until = self.timer.elapsed() + pause;
            self.observer.notice(&Notice::Retrying {
                method: call.method(),
                attempt,
                until,
                because: error.kind(),
            });
            self.timer.sleep(pause).await;
            attempt += 1;
        }
    }
}
