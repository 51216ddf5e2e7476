use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, Either, FutureExt as _, select};
use serde_json::json;
use tenure_policy::TargetId;
use tenure_store::{Batch, Claim, JournalEntry, JournalPhase, Ticket, Write};

use super::job::Job;
use super::pool::QueueWorker;
use super::surroundings::{self, Known};
use super::tickets::Tickets;
use crate::apply::{ApplyOptions, Before, Run, StepOutcome};
use crate::plan::{Plan, Step, StepId};
use crate::target::Tally;
use crate::world::Catalogue;
use crate::world::load::decode;
use crate::{EngineError, Result};

/// How long a step waits that could not be settled, since its target rests.
const WAIT: TimeDelta = TimeDelta::minutes(1);

/// How a batch went.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tried {
    pub(super) ended: u64,
    /// Steps that another worker has taken over, or that the store could not record.
    pub(super) lost: u64,
}

impl QueueWorker<'_> {
    /// Carries out steps of one plan in one target that were taken at a moment of the timer.
    pub(super) async fn carry_out(
        &self,
        target: &TargetId,
        run: &str,
        claims: Vec<Claim>,
        taken_at: Duration,
        catalogue: &Catalogue,
        tally: &mut Tally,
    ) -> Result<Tried> {
        let now = (self.clock)();
        let mut earlier: BTreeMap<StepId, StepOutcome> = BTreeMap::new();
        let mut jobs: Vec<(Ticket, Job)> = Vec::with_capacity(claims.len());
        for claim in claims {
            let outcome = |name: &str| StepOutcome::named(name).unwrap_or(StepOutcome::Failed);
            earlier.extend(claim.ended.iter().map(|(id, name)| (StepId::new(id.clone()), outcome(name))));
            match decode::<Job>("step", claim.work.body) {
                Ok(job) => jobs.push((claim.ticket, job)),
                Err(error) => self.give_up(run, claim.ticket, &error).await?,
            }
        }
        let Some((_, first)) = jobs.first() else { return Ok(Tried::default()) };
        let engine = self.engine.at(now)?;
        let overtaken = now >= first.valid_until || first.policy != engine.policy.version().to_string();
        let mut plan = Plan::for_records(first.policy.clone(), now);
        plan.facts = jobs
            .iter()
            .filter_map(|(_, job)| Some((job.step.identity.as_ref()?.to_string(), job.facts.clone()?)))
            .collect();
        let Known { world, before } = surroundings::read(engine, target, run, &jobs, catalogue).await?;
        let mut tickets = BTreeMap::new();
        for (ticket, job) in jobs {
            tickets.insert(job.step.id.clone(), ticket);
            plan.steps.push(job.step);
        }
        let tickets = Tickets::new(tickets, earlier, self.options.patience);
        let mut options = self.apply.clone();
        options.now = now;
        let run = Run::for_worker(engine, &plan, run, &options, world, &tickets);
        run.look_at_health().await?;
        run.note_what_waits();
        run.state().tallies.insert(target.clone(), std::mem::take(tally));
        let tried = self.all(&run, &plan, &options, &tickets, &before, overtaken, taken_at).await;
        let (health, _) = run.health();
        if !health.is_empty() {
            self.engine.store.commit(Batch { conditions: Vec::new(), writes: health }).await?;
        }
        *tally =
            run.state().tallies.remove(target).filter(|tally| tally.broken.is_none()).unwrap_or_default();
        tried
    }

    /// Carries all of them out, extending the lease meanwhile. When it cannot be extended in time, what is under way is
    /// dropped, so that it cannot meet what the next worker does.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one batch; they are borrowed from one another"
    )]
    async fn all(
        &self,
        run: &Run<'_>,
        plan: &Plan,
        options: &ApplyOptions,
        tickets: &Tickets,
        before: &BTreeMap<StepId, Before>,
        overtaken: bool,
        taken_at: Duration,
    ) -> Result<Tried> {
        let mut steps: Vec<BoxFuture<'_, Result<()>>> = Vec::with_capacity(plan.steps.len());
        for (index, step) in plan.steps.iter().enumerate() {
            let before = before.get(&step.id).cloned();
            steps.push(self.one(run, index, step, before, tickets, options, overtaken).boxed());
        }
        let at_once = plan.steps.first().map_or(1, |step| run.at_once(&step.target));
        let mut work = pin!(futures_util::stream::iter(steps).buffer_unordered(at_once).collect::<Vec<_>>());
        let lease = self.options.lease;
        let margin = lease / 10;
        let mut ours_until = taken_at + lease - margin;
        let results = loop {
            match select(&mut work, self.timer.sleep(lease / 3)).await {
                Either::Left((results, _)) => break results,
                Either::Right(_) => {
                    let asked = self.timer.elapsed();
                    let wanted = TimeDelta::from_std(lease).unwrap_or(TimeDelta::MAX);
                    let kept = self.engine.store.keep(&tickets.open(), (self.clock)(), wanted).await;
                    match kept {
                        Ok(_) => ours_until = asked + lease - margin,
                        Err(error) => tracing::warn!(%error, "the lease could not be extended"),
                    }
                    if self.timer.elapsed() >= ours_until {
                        let lost = tickets.open().len() as u64;
                        tracing::warn!(lost, "the lease ran out; what was under way is dropped");
                        return Ok(Tried { ended: 0, lost });
                    }
                }
            }
        };
        let mut tried = Tried::default();
        for result in results {
            match result {
                Ok(()) => tried.ended += 1,
                Err(error) => {
                    tracing::warn!(%error, "a step was left to another worker");
                    tried.lost += 1;
                }
            }
        }
        Ok(tried)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one batch; they are borrowed from one another"
    )]
    async fn one(
        &self,
        run: &Run<'_>,
        index: usize,
        step: &Step,
        before: Option<Before>,
        tickets: &Tickets,
        options: &ApplyOptions,
        overtaken: bool,
    ) -> Result<()> {
        let now = options.now;
        if options.cancel.is_cancelled() {
            let back = tickets.give_back(step, now, now);
            self.engine
                .store
                .commit(Batch { conditions: Vec::new(), writes: back.into_iter().collect() })
                .await?;
            return Ok(());
        }
        match before {
            Some(before) if overtaken && before.phase != JournalPhase::Retry => {
                run.read_only(step, &before).await?;
            }
            _ if overtaken => {}
            before => drop(run.run_step(index, step, before).await?),
        }
        if tickets.is_settled(&step.id) {
            return Ok(());
        }
        if overtaken {
            return run.journal_only(step, JournalPhase::Held, "the plan was overtaken").await;
        }
        let back = tickets.give_back(step, now, now + WAIT);
        self.engine
            .store
            .commit(Batch { conditions: Vec::new(), writes: back.into_iter().collect() })
            .await?;
        Ok(())
    }

    /// Ends a step that this program cannot read.
    async fn give_up(&self, run: &str, ticket: Ticket, error: &EngineError) -> Result<()> {
        tracing::error!(step = ticket.work, %error, "a step cannot be read");
        let line = Write::Journal(JournalEntry {
            plan: run.to_owned(),
            step: ticket.work.clone(),
            attempt: 0,
            phase: JournalPhase::Failed,
            at: (self.clock)(),
            next: None,
            detail: json!(error.to_string()),
        });
        let outcome = StepOutcome::Failed.name().to_owned();
        self.engine.store.commit(Batch::new().with(line).with(Write::Ended { ticket, outcome })).await?;
        Ok(())
    }
}
