use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use futures_util::future::{BoxFuture, FutureExt as _, join_all};
use tenure_connector::{Clock, Timer};
use tenure_policy::TargetId;
use tenure_store::{Claim, PlanStatus, Take};

use super::WorkerOptions;
use super::batch::Tried;
use crate::apply::ApplyOptions;
use crate::target::Tally;
use crate::world::Catalogue;
use crate::world::load::catalogue;
use crate::{Cancel, Engine, Progress, Result};

/// Carries out plans that were handed over with [`Engine::submit`], together with any number of others on this machine
/// and on others. They share the store and nothing else.
///
/// It serves every target of its engine, each on its own: a target that does not answer keeps no other from going on. Of
/// one identity only one step is in anybody's hands at any time. A worker that dies loses its steps when its lease runs
/// out; whoever takes them over reads back from the target what is unknown, and what the dead one may still write is
/// refused.
///
/// # Examples
///
/// ```no_run
/// # async fn run(engine: tenure_engine::Engine, clock: tenure_connector::Clock, timer: std::sync::Arc<dyn tenure_connector::Timer>) -> tenure_engine::Result<()> {
/// use tenure_engine::QueueWorker;
///
/// let worker = QueueWorker::new(&engine, clock, timer);
/// let report = worker.run().await?;
/// println!("{} steps ended here", report.ended);
/// # Ok(())
/// # }
/// ```
pub struct QueueWorker<'a> {
    pub(super) engine: &'a Engine,
    pub(super) clock: Clock,
    pub(super) timer: Arc<dyn Timer>,
    pub(super) options: WorkerOptions,
    pub(super) apply: ApplyOptions,
    /// Plans of which it has seen steps and whose end it has not seen.
    seen: Mutex<BTreeSet<String>>,
}

/// What a worker did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerReport {
    /// Steps that it carried out, or gave back to their queue.
    pub ended: u64,
    /// Steps that another worker took over, or that the store could not record.
    pub lost: u64,
}

impl<'a> QueueWorker<'a> {
    /// Makes a worker. It begins with [`run`](Self::run) or [`drain`](Self::drain).
    #[must_use]
    pub fn new(engine: &'a Engine, clock: Clock, timer: Arc<dyn Timer>) -> Self {
        let apply = ApplyOptions::new(clock());
        Self { engine, clock, timer, options: WorkerOptions::default(), apply, seen: Mutex::default() }
    }

    /// Chooses how it works.
    #[must_use]
    pub fn options(mut self, options: WorkerOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets how many operations it has under way in one target at a time.
    #[must_use]
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.apply = self.apply.concurrency(concurrency);
        self
    }

    /// Lets another task stop it in order: what was begun is finished, what was taken is given back.
    #[must_use]
    pub fn cancel(mut self, cancel: Cancel) -> Self {
        self.apply = self.apply.cancel(cancel);
        self
    }

    /// Calls a function at every event. It must not block.
    #[must_use]
    pub fn on_progress(mut self, callback: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.apply = self.apply.on_progress(callback);
        self
    }

    /// Works until it is cancelled.
    ///
    /// # Errors
    ///
    /// `Store`, when the store has no queue. What fails later is told to `tracing` and tried again.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future is like a crash of the worker.
    pub async fn run(&self) -> Result<WorkerReport> {
        self.serve_all(false).await
    }

    /// Works until no plan is left with the workers, or it is cancelled.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    pub async fn drain(&self) -> Result<WorkerReport> {
        self.serve_all(true).await
    }

    async fn serve_all(&self, drain: bool) -> Result<WorkerReport> {
        self.engine.store.check_queue().await?;
        let mut loops: Vec<BoxFuture<'_, Tried>> = Vec::new();
        for target in self.engine.targets.keys() {
            loops.push(self.serve(target, drain).boxed());
        }
        Ok(join_all(loops).await.into_iter().fold(WorkerReport::default(), |sum, tried| WorkerReport {
            ended: sum.ended + tried.ended,
            lost: sum.lost + tried.lost,
        }))
    }

    async fn serve(&self, target: &TargetId, drain: bool) -> Tried {
        let mut sum = Tried::default();
        let mut tally = Tally::default();
        while !self.apply.cancel.is_cancelled() {
            match self.turn(target, &mut tally).await {
                Ok(Some(tried)) => {
                    sum.ended += tried.ended;
                    sum.lost += tried.lost;
                    continue;
                }
                Ok(None) if drain && self.nothing_left().await.unwrap_or(false) => break,
                Ok(None) => {}
                Err(error) => tracing::warn!(%target, %error, "the worker pauses"),
            }
            self.timer.sleep(self.options.idle).await;
        }
        sum
    }

    /// Takes steps and carries them out; nothing, when there are none or the target rests.
    async fn turn(&self, target: &TargetId, tally: &mut Tally) -> Result<Option<Tried>> {
        if self.rests(target).await? {
            return Ok(None);
        }
        let taken_at = self.timer.elapsed();
        let ask = Take {
            queue: target.to_string(),
            limit: self.options.batch,
            now: (self.clock)(),
            lease: TimeDelta::from_std(self.options.lease).unwrap_or(TimeDelta::MAX),
        };
        let claims = self.engine.store.take(&ask).await?;
        let full = claims.len() >= self.options.batch;
        let mut plans: BTreeMap<String, Vec<Claim>> = BTreeMap::new();
        for claim in claims {
            plans.entry(claim.work.run.clone()).or_default().push(claim);
        }
        self.seen().extend(plans.keys().cloned());
        let mut sum = None;
        let names: Catalogue = match plans.is_empty() {
            true => Catalogue::default(),
            false => catalogue(self.engine, target).await?,
        };
        for (plan, claims) in plans {
            let tried = self.carry_out(target, &plan, claims, taken_at, &names, tally).await?;
            let sum: &mut Tried = sum.get_or_insert_default();
            sum.ended += tried.ended;
            sum.lost += tried.lost;
        }
        if !full {
            self.close_seen().await?;
        }
        Ok(sum)
    }

    /// Whether steps had better wait in the queue, since the target is out of order for a short while.
    async fn rests(&self, target: &TargetId) -> Result<bool> {
        let now = (self.clock)();
        let Some(health) = self.engine.health(target).await? else { return Ok(false) };
        let soon = health.until > now && health.until - now <= self.options.patience;
        Ok(soon && health.obstacle(now).is_some())
    }

    async fn close_seen(&self) -> Result<()> {
        let seen: Vec<String> = self.seen().iter().cloned().collect();
        for plan in seen {
            if self.engine.close(&plan, (self.clock)()).await? {
                self.seen().remove(&plan);
            }
        }
        Ok(())
    }

    /// Whether no plan is with the workers; ends those whose last worker died before it could.
    async fn nothing_left(&self) -> Result<bool> {
        let mut left = false;
        for record in self.engine.store.unfinished_plans().await? {
            match record.status {
                PlanStatus::Queued => left |= !self.engine.close(&record.hash, (self.clock)()).await?,
                PlanStatus::Queueing => left = true,
                _ => {}
            }
        }
        Ok(!left)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        // Nothing between lock and unlock can panic half-way through a change.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for QueueWorker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueWorker")
            .field("engine", &self.engine.worker)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
