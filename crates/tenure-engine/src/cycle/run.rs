use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::select_all;
use tenure_connector::Timer;

use super::wake::Woken;
use super::{Round, Wake};
use crate::apply::ApplyOptions;
use crate::{Engine, Result};

/// How [`Engine::run`] spends its time.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure_engine::{Schedule, Wake};
///
/// let wake = Wake::new();
/// let schedule = Schedule::default().changes_every(Duration::from_secs(30)).waking_on(wake.clone());
/// assert_eq!(schedule.everything_every, Duration::from_secs(24 * 60 * 60));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Schedule {
    /// How often systems that can tell what changed are asked for it.
    pub changes_every: Duration,
    /// How often everything is read, also from systems that cannot tell what changed.
    pub everything_every: Duration,
    /// What starts a round at once.
    pub wake: Wake,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            changes_every: Duration::from_secs(60),
            everything_every: Duration::from_secs(24 * 60 * 60),
            wake: Wake::new(),
        }
    }
}

impl Schedule {
    /// Asks this often for changes.
    #[must_use]
    pub fn changes_every(mut self, every: Duration) -> Self {
        self.changes_every = every;
        self
    }

    /// Reads everything this often.
    #[must_use]
    pub fn everything_every(mut self, every: Duration) -> Self {
        self.everything_every = every;
        self
    }

    /// Starts a round when this handle is used.
    #[must_use]
    pub fn waking_on(mut self, wake: Wake) -> Self {
        self.wake = wake;
        self
    }
}

/// What the loop remembers between rounds. Without it, after a restart, it begins with everything.
struct Memory {
    everything_at: DateTime<Utc>,
    /// When the calendar, a retry or a window asks for a round.
    due: Option<DateTime<Utc>>,
    woken: Option<Woken>,
}

impl Engine {
    /// Does round after round until it is cancelled, and sleeps between them. It wakes
    ///
    /// * when the calendar, a retry or a window asks for it, to the second;
    /// * when a system that can tell says that something changed, asked every so often;
    /// * when somebody uses the schedule's [`Wake`], for a look at what changed or at everything;
    /// * when it is time to read everything again.
    ///
    /// A round begins by finishing what an earlier one left. One in which nothing changed and nothing is due is not
    /// planned and not told. The others are told to `tell`, or why they failed: a failed round is tried again after
    /// `changes_every`, and reads everything.
    ///
    /// Cancelling ends the sleep at once, and a run that is under way after the steps that have begun.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future is like a crash; the next round resumes.
    pub async fn run(
        &self,
        clock: &(dyn Fn() -> DateTime<Utc> + Send + Sync),
        timer: &dyn Timer,
        schedule: &Schedule,
        options: &ApplyOptions,
        mut tell: impl FnMut(Result<Round>) + Send,
    ) {
        let mut memory = Memory { everything_at: clock(), due: None, woken: None };
        while !options.cancel.is_cancelled() {
            let mut options = options.clone();
            options.now = clock();
            let now = options.now;
            match self.next_round(&options, &memory).await {
                Ok(Some(round)) => {
                    if !round.by_delta {
                        memory.everything_at = after(now, schedule.everything_every);
                    }
                    memory.due = round.next();
                    tell(Ok(round));
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, "round failed");
                    memory.everything_at = after(now, schedule.changes_every);
                    tell(Err(error));
                }
            }
            memory.woken = self.sleep(clock, timer, schedule, &options, &memory).await;
        }
    }

    async fn next_round(&self, options: &ApplyOptions, memory: &Memory) -> Result<Option<Round>> {
        if options.now >= memory.everything_at || memory.woken == Some(Woken::Everything) {
            return self.cycle(options).await.map(Some);
        }
        let resumed = self.resume(options).await?;
        let settled = self.poll(options.now).await?;
        let observed = self.observe_changes(options.now).await?;
        let due = memory.due.is_some_and(|due| due <= options.now);
        if memory.woken.is_none()
            && !due
            && resumed.is_empty()
            && settled.is_empty()
            && !observed.found_changes()
        {
            return Ok(None);
        }
        self.carry_on(options, resumed, settled, observed, true).await.map(Some)
    }

    /// Sleeps until something asks for a round. Returns what somebody asked for who woke it.
    async fn sleep(
        &self,
        clock: &(dyn Fn() -> DateTime<Utc> + Send + Sync),
        timer: &dyn Timer,
        schedule: &Schedule,
        options: &ApplyOptions,
        memory: &Memory,
    ) -> Option<Woken> {
        if options.cancel.is_cancelled() {
            return None;
        }
        let now = clock();
        let times = [memory.due, Some(memory.everything_at), Some(after(now, schedule.changes_every))];
        let until = times.into_iter().flatten().min().unwrap_or(now);
        // What is overdue was tried in this round; it is tried again, but not without a pause.
        let pause = (until - now).to_std().unwrap_or_default();
        let pause = if pause.is_zero() { schedule.changes_every } else { pause };
        let sleep = pin!(async {
            timer.sleep(pause).await;
            None
        });
        let woken = pin!(async { Some(schedule.wake.woken().await) });
        let cancelled = pin!(async {
            options.cancel.cancelled().await;
            None
        });
        let sleepers: [std::pin::Pin<&mut (dyn Future<Output = Option<Woken>> + Send)>; 3] =
            [woken, cancelled, sleep];
        select_all(sleepers).await.0
    }
}

fn after(now: DateTime<Utc>, wait: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(wait)
        .ok()
        .and_then(|wait| now.checked_add_signed(wait))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}
