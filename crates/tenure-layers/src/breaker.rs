use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tenure_connector::{Certainty, ConnectorError, Context, ErrorKind, Result, Retry, Timer};

use crate::{Call, Layer, Next, Notice, Observer, Reply};

/// Makes no more calls for a while after several in a row failed for a reason that the next one would share.
///
/// Wrong credentials count, so that an account is not locked by trying, and so does a system that is out of reach. After
/// the pause one call is let through; its answer decides. Place: below pacing, above the timeout of an attempt.
#[derive(Debug)]
pub struct Breaker {
    timer: Arc<dyn Timer>,
    observer: Arc<dyn Observer>,
    failures: u32,
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    in_a_row: u32,
    open: Option<(Duration, ErrorKind)>,
    trying: bool,
}

impl Breaker {
    /// Opens after three failures in a row, for a minute.
    #[must_use]
    pub fn new(timer: Arc<dyn Timer>) -> Self {
        Self {
            timer,
            observer: Arc::new(()),
            failures: 3,
            pause: Duration::from_secs(60),
            state: Mutex::default(),
        }
    }

    /// Opens after this many failures in a row; at least one.
    #[must_use]
    pub fn with_failures(mut self, failures: u32) -> Self {
        self.failures = failures.max(1);
        self
    }

    /// Stays open for this long.
    #[must_use]
    pub fn with_pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Tells somebody when it opens and closes.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn admit(&self) -> Result<Admitted<'_>> {
        let mut state = self.lock();
        let Some((until, because)) = state.open else { return Ok(Admitted { breaker: self, trial: false }) };
        if self.timer.elapsed() < until || state.trying {
            return Err(ConnectorError::new(because, Certainty::NotAttempted)
                .with_retry(Retry::Persistent)
                .with_detail("several calls in a row failed like this, so none is made for now"));
        }
        state.trying = true;
        Ok(Admitted { breaker: self, trial: true })
    }

    fn learn(&self, answer: &Result<Reply>) {
        let counted = match answer {
            Err(error) => {
                Some(error.kind()).filter(|kind| matches!(kind, ErrorKind::Auth | ErrorKind::Unavailable))
            }
            Ok(_) => None,
        };
        let mut state = self.lock();
        match counted {
            None => {
                state.in_a_row = 0;
                if state.open.take().is_some() {
                    self.observer.notice(&Notice::Closed);
                }
            }
            Some(because) => {
                state.in_a_row = state.in_a_row.saturating_add(1);
                if state.in_a_row >= self.failures {
                    let until = self.timer.elapsed() + self.pause;
                    state.open = Some((until, because));
                    self.observer.notice(&Notice::Opened { until, because });
                }
            }
        }
    }
}

/// A call that was let through; a trial that is dropped makes room for another.
struct Admitted<'a> {
    breaker: &'a Breaker,
    trial: bool,
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        if self.trial {
            self.breaker.lock().trying = false;
        }
    }
}

#[async_trait]
impl Layer for Breaker {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        let admitted = self.admit()?;
        let answer = next.run(ctx, call).await;
        self.learn(&answer);
        drop(admitted);
        answer
    }
}
