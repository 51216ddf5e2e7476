use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use chrono::{DateTime, Utc};

use super::Progress;

type Callback = Arc<dyn Fn(&Progress) + Send + Sync>;

/// How a plan is applied.
///
/// # Examples
///
/// ```
/// use tenure_engine::{ApplyOptions, Cancel};
///
/// let cancel = Cancel::new();
/// let now = "2026-11-22T08:00:00Z".parse()?;
/// let options = ApplyOptions::new(now).concurrency(1).cancel(cancel.clone()).on_progress(|_| ());
/// assert!(options.observe_again);
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct ApplyOptions {
    /// The present moment.
    pub now: DateTime<Utc>,
    /// How many operations run at the same time in one target.
    pub concurrency: usize,
    /// Whether to look at all systems again first, so that a plan is refused when anything it follows from has changed
    /// there. Without it, only what the store knows is compared.
    pub observe_again: bool,
    /// Stops the run between steps.
    pub cancel: Cancel,
    pub(super) progress: Option<Callback>,
}

impl ApplyOptions {
    /// Starts with four operations at a time in each target, looking again first.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        Self { now, concurrency: 4, observe_again: true, cancel: Cancel::new(), progress: None }
    }

    /// Sets how many operations run at the same time in one target.
    #[must_use]
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency.max(1);
        self
    }

    /// Chooses whether to look at all systems again first.
    #[must_use]
    pub fn observe_again(mut self, observe_again: bool) -> Self {
        self.observe_again = observe_again;
        self
    }

    /// Lets another task stop the run.
    #[must_use]
    pub fn cancel(mut self, cancel: Cancel) -> Self {
        self.cancel = cancel;
        self
    }

    /// Calls a function at every event of the run. It must not block.
    #[must_use]
    pub fn on_progress(mut self, callback: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(callback));
        self
    }

    pub(super) fn tell(&self, progress: &Progress) {
        if let Some(callback) = &self.progress {
            callback(progress);
        }
    }
}

impl fmt::Debug for ApplyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplyOptions")
            .field("now", &self.now)
            .field("concurrency", &self.concurrency)
            .field("observe_again", &self.observe_again)
            .field("cancel", &self.cancel)
            .finish_non_exhaustive()
    }
}

/// Stops a run gracefully: what was started is finished and recorded, nothing new begins.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    cancelled: AtomicBool,
    sleepers: Mutex<Vec<Waker>>,
}

impl Cancel {
    /// Makes a handle that has not been used.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops every run that was given a clone of this handle.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        let mut sleepers = self.0.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *sleepers).into_iter().for_each(Waker::wake);
    }

    /// Whether it was used.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Waits until it is used.
    pub(crate) async fn cancelled(&self) {
        poll_fn(|context| {
            let mut sleepers = self.0.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
            if self.is_cancelled() {
                return Poll::Ready(());
            }
            sleepers.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
