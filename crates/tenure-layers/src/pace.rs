use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tenure_connector::{Context, RateSignal, Result, Timer};

use crate::{Call, Layer, Next, Notice, Observer, Reply};

type Limiter = RateLimiter<NotKeyed, InMemoryState, TimerClock, NoOpMiddleware<Duration>>;

/// Lets calls go no faster than allowed, and not at all while the system says that its limit is used up.
///
/// A signal that names a bucket holds back the calls that were charged to it before; one without a name holds back all.
/// Every wait is announced. Place: below retry, so that each attempt takes its turn.
#[derive(Debug)]
pub struct Pace {
    timer: Arc<dyn Timer>,
    observer: Arc<dyn Observer>,
    limiter: Option<Limiter>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    charged_to: BTreeMap<(&'static str, String), String>,
    closed_until: BTreeMap<Option<String>, Duration>,
}

#[derive(Debug, Clone)]
struct TimerClock(Arc<dyn Timer>);

impl Clock for TimerClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

impl Pace {
    /// Allows this many calls a second, on average and as a burst.
    #[must_use]
    pub fn per_second(timer: Arc<dyn Timer>, calls: NonZeroU32) -> Self {
        let limiter = RateLimiter::direct_with_clock(Quota::per_second(calls), TimerClock(timer.clone()));
        Self { limiter: Some(limiter), ..Self::by_signals(timer) }
    }

    /// Sets no rate of its own: only waits while the system says that its limit is used up. For a system whose limits
    /// nobody knows beforehand.
    #[must_use]
    pub fn by_signals(timer: Arc<dyn Timer>) -> Self {
        Self { timer, observer: Arc::new(()), limiter: None, state: Mutex::default() }
    }

    /// Tells somebody about every wait.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long the system wants this call to wait, and in which bucket.
    fn closed_for(&self, call: Call<'_>) -> Option<(Duration, Option<String>)> {
        let state = self.lock();
        let bucket = state.charged_to.get(&key(call)).cloned();
        let candidates = [None, bucket];
        let closed =
            candidates.into_iter().filter_map(|bucket| Some((*state.closed_until.get(&bucket)?, bucket)));
        let (until, bucket) = closed.max_by_key(|(until, _)| *until)?;
        let wait = until.saturating_sub(self.timer.elapsed());
        (!wait.is_zero()).then_some((wait, bucket))
    }

    fn learn(&self, call: Call<'_>, signal: &RateSignal) {
        let mut state = self.lock();
        if let Some(bucket) = &signal.bucket {
            state.charged_to.insert(key(call), bucket.clone());
        }
        if let (true, Some(wait)) = (signal.is_exhausted(), signal.reset_after) {
            state.closed_until.insert(signal.bucket.clone(), self.timer.elapsed() + wait);
        }
    }

    async fn take_turn(&self, call: Call<'_>) {
        loop {
            let (wait, bucket) = match self.closed_for(call) {
                Some(closed) => closed,
                None => match self.limiter.as_ref().map(RateLimiter::check) {
                    None | Some(Ok(())) => return,
                    Some(Err(early)) => (early.wait_time_from(self.timer.elapsed()), None),
                },
            };
            let until = self.timer.elapsed() + wait;
            self.observer.notice(&Notice::Waiting { method: call.method(), until, bucket });
            self.timer.sleep(wait).await;
        }
    }
}

fn key(call: Call<'_>) -> (&'static str, String) {
    (call.method(), call.class().map(ToString::to_string).unwrap_or_default())
}

#[async_trait]
impl Layer for Pace {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        self.take_turn(call).await;
        let answer = next.run(ctx, call).await;
        let signal = match &answer {
            Ok(reply) => reply.rate().cloned(),
            Err(error) => error.rate().cloned().or_else(|| {
                let reset_after = error.retry_after()?;
                Some(RateSignal {
                    remaining: Some(0),
                    reset_after: Some(reset_after),
                    ..RateSignal::default()
                })
            }),
        };
        if let Some(signal) = signal {
            self.learn(call, &signal);
        }
        answer
    }
}
