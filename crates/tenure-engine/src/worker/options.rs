use std::time::Duration;

use chrono::TimeDelta;

/// How a [`QueueWorker`](super::QueueWorker) works.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure_engine::WorkerOptions;
///
/// let options = WorkerOptions::default().batch(16).lease(Duration::from_secs(120));
/// assert_eq!(options.batch, 16);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerOptions {
    /// How many steps it takes from a queue at a time. They share the writes of the journal.
    pub batch: usize,
    /// For how long nobody else gets what it took; it is extended as long as the worker is alive. What a dead worker had
    /// waits this long.
    pub lease: Duration,
    /// How long it waits when there is nothing to do.
    pub idle: Duration,
    /// A failed step that may be tried again within this time stays in its queue; another one is left to the next plan.
    pub patience: TimeDelta,
}

impl Default for WorkerOptions {
    /// 64 steps under a lease of a minute; asks every half second; keeps what comes again within a quarter of an hour.
    fn default() -> Self {
        Self {
            batch: 64,
            lease: Duration::from_secs(60),
            idle: Duration::from_millis(500),
            patience: TimeDelta::minutes(15),
        }
    }
}

impl WorkerOptions {
    /// Sets how many steps it takes at a time.
    #[must_use]
    pub fn batch(mut self, batch: usize) -> Self {
        self.batch = batch.max(1);
        self
    }

    /// Sets the lease; below a second it is a second.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_secs(1));
        self
    }

    /// Sets how long it waits when there is nothing to do.
    #[must_use]
    pub fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Sets which failed steps stay in their queue.
    #[must_use]
    pub fn patience(mut self, patience: TimeDelta) -> Self {
        self.patience = patience;
        self
    }
}
