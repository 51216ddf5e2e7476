use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::json;
use tenure_policy::{IdentityId, TargetId};
use tenure_store::{AuditDraft, Batch, Condition, JournalEntry, JournalPhase, PlanStatus, Write};

use super::queue::{Load, Queue};
use super::state::State;
use super::{ApplyOptions, LEASE, Progress, RunReport, StepOutcome, StepResult};
use crate::plan::{Action, Plan, Step, StepId};
use crate::target::HEALTH;
use crate::worker::Tickets;
use crate::world::World;
use crate::{Engine, Result};

/// One run of one plan.
pub(crate) struct Run<'a> {
    pub(super) engine: &'a Engine,
    pub(super) plan: &'a Plan,
    pub(super) hash: &'a str,
    pub(super) options: &'a ApplyOptions,
    state: Mutex<State>,
    positions: BTreeMap<&'a StepId, usize>,
    /// What makes the steps ours: tickets, or the lease of the whole run.
    tickets: Option<&'a Tickets>,
}

/// How a step stood when the program stopped.
#[derive(Debug, Clone)]
pub(crate) struct Before {
    pub(crate) phase: JournalPhase,
    pub(crate) attempt: u32,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        plan: &'a Plan,
        hash: &'a str,
        options: &'a ApplyOptions,
        world: World,
    ) -> Self {
        let positions = plan.steps.iter().enumerate().map(|(index, step)| (&step.id, index)).collect();
        Self { engine, plan, hash, options, state: Mutex::new(State::new(world)), positions, tickets: None }
    }

    /// Steps that a worker took out of a queue, with what is known around them.
    pub(crate) fn for_worker(
        engine: &'a Engine,
        plan: &'a Plan,
        hash: &'a str,
        options: &'a ApplyOptions,
        world: World,
        tickets: &'a Tickets,
    ) -> Self {
        Self { tickets: Some(tickets), ..Self::new(engine, plan, hash, options, world) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // Nothing between lock and unlock can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out every step that has not ended yet, each after those it depends on, one at a time for each identity.
    pub(super) async fn execute(self, before: BTreeMap<StepId, Before>) -> Result<RunReport> {
        self.look_at_health().await?;
        self.note_what_waits();
        let total = self.plan.steps.len();
        self.options.tell(&Progress::RunStarted { plan: self.hash.to_owned(), total });
        let mut queue = Queue::new(&self.plan.steps);
        let mut running = FuturesUnordered::new();
        let mut busy: BTreeSet<&IdentityId> = BTreeSet::new();
        let mut load: BTreeMap<&TargetId, Load> = BTreeMap::new();
        loop {
            while !self.options.cancel.is_cancelled() {
                let room = |target: &TargetId| {
                    load.get(target).is_none_or(|load| load.has_room(self.at_once(target)))
                };
                let Some(index) = queue.next(&self.plan.steps, &busy, room) else { break };
                let Some(step) = self.plan.steps.get(index) else { break };
                busy.extend(&step.identity);
                load.entry(&step.target).or_default().began(index);
                running.push(self.run_step(index, step, before.get(&step.id).cloned()));
            }
            // A step lets the next one go as soon as its target has answered, while its answer is being written down.
            let event = poll_fn(|context| match running.poll_next_unpin(context) {
                Poll::Pending if self.state().answered.is_empty() => Poll::Pending,
                Poll::Pending => Poll::Ready(None),
                Poll::Ready(finished) => Poll::Ready(Some(finished)),
            });
            let Some(event) = event.await else {
                for index in std::mem::take(&mut self.state().answered) {
                    if let Some(step) = self.plan.steps.get(index) {
                        load.entry(&step.target).or_default().answered(index);
                    }
                }
                continue;
            };
            let Some(finished) = event else { break };
            let index: usize = finished?;
            if let Some(step) = self.plan.steps.get(index) {
                if let Some(identity) = &step.identity {
                    busy.remove(identity);
                }
                load.entry(&step.target).or_default().ended(index);
            }
            queue.finished(index, &self.plan.steps);
        }
        drop(running);
        self.finish().await
    }

    /// Brings a plan that the calendar or the policy has overtaken to a known state: what is in the air is read back, the
    /// rest is given up.
    pub(super) async fn bring_to_rest(self, open: BTreeMap<StepId, Before>) -> Result<RunReport> {
        for (index, step) in self.plan.steps.iter().enumerate() {
            if let Some(before) = open.get(&step.id) {
                let ended = self.read_only(step, before).await?;
                self.state().outcomes.insert(index, ended);
            }
        }
        self.options.cancel.cancel();
        self.finish().await
    }

    pub(crate) async fn run_step(&self, index: usize, step: &Step, before: Option<Before>) -> Result<usize> {
        // A resumed run knows how some steps ended; those are not done again.
        if self.state().outcomes.contains_key(&index) {
            return Ok(index);
        }
        let total = self.plan.steps.len();
        let (number, title) = (index + 1, step.title());
        let started =
            Progress::StepStarted { index: number, total, step: step.id.clone(), title: title.clone() };
        self.options.tell(&started);
        let (outcome, detail) = match self.obstacle(step) {
            Some((outcome, detail)) => {
                if before.is_none() {
                    self.journal_only(step, JournalPhase::Held, &detail).await?;
                }
                (outcome, detail)
            }
            None => match self.window(step).filter(|_| before.is_none()) {
                Some(opens) => self.wait_for_window(step, opens).await?,
                None => self.perform(step, before).await?,
            },
        };
        self.note_end(step, outcome);
        tracing::debug!(step = %step.id, outcome = %outcome, detail, "step finished");
        self.state().outcomes.insert(index, (outcome, detail.clone()));
        self.options.tell(&Progress::StepFinished {
            index: number,
            total,
            step: step.id.clone(),
            title,
            outcome,
            detail,
        });
        Ok(index)
    }

    pub(crate) fn at_once(&self, target: &TargetId) -> usize {
        let most = self.engine.options(target).concurrency.unwrap_or(self.options.concurrency);
        most.min(self.options.concurrency)
    }

    /// Notes that the target has answered for certain, so that the next step may ask it.
    pub(super) fn answered(&self, step: &Step) {
        if let Some(index) = self.positions.get(&step.id) {
            self.state().answered.push(*index);
        }
    }

    /// Why a step is not tried: what it depends on did not succeed, or its target is out of order.
    fn obstacle(&self, step: &Step) -> Option<(StepOutcome, String)> {
        let state = self.state();
        for before in &step.after {
            let ended = match (self.positions.get(before), self.tickets) {
                (Some(at), _) => state.outcomes.get(at).map(|(outcome, _)| *outcome),
                (None, Some(tickets)) => tickets.earlier(before),
                (None, None) => continue,
            };
            if !ended.is_some_and(StepOutcome::lets_go_on) {
                let how =
                    ended.map_or_else(|| "has not ended".to_owned(), |ended| format!("ended as: {ended}"));
                return Some((StepOutcome::Held, format!("`{before}` {how}")));
            }
        }
        // What the engine notes for itself needs no target.
        if !matches!(step.action, Action::Operation(_) | Action::SetReferences { .. }) {
            return None;
        }
        if let Some(reason) = state.resting.get(&step.target) {
            return Some((StepOutcome::Held, format!("{} is not asked: {reason}", step.target)));
        }
        if let Some((reason, _)) = state.tallies.get(&step.target).and_then(|tally| tally.broken.as_ref()) {
            let detail = format!("{} is not asked any more in this run: {reason}", step.target);
            return Some((StepOutcome::Held, detail));
        }
        None
    }

    /// When a step may go that has to wait for a window of its target.
    fn window(&self, step: &Step) -> Option<DateTime<Utc>> {
        let writes = matches!(step.action, Action::Operation(_) | Action::SetReferences { .. });
        self.engine.options(&step.target).waits_until(step.verb, self.options.now).filter(|_| writes)
    }

    /// Commits a batch for a step, with its journal line, as long as this run holds the lease or the step's ticket.
    pub(super) async fn commit(&self, step: &Step, phase: JournalPhase, mut batch: Batch) -> Result<()> {
        match self.tickets {
            Some(tickets) => tickets.bind(step, phase, &mut batch, self.options.now),
            None => {
                let (lease, holder) = (LEASE.to_owned(), self.engine.worker.clone());
                batch.conditions.push(Condition::Holds { lease, holder });
            }
        }
        self.engine.store.commit(batch).await?;
        let number = {
            let mut state = self.state();
            state.journalled += 1;
            state.journalled
        };
        self.options.tell(&Progress::Journalled { step: step.id.clone(), phase, number });
        Ok(())
    }

    pub(super) fn line(
        &self,
        step: &Step,
        attempt: u32,
        phase: JournalPhase,
        detail: serde_json::Value,
    ) -> Write {
        Write::Journal(JournalEntry {
            plan: self.hash.to_owned(),
            step: step.id.to_string(),
            attempt,
            phase,
            at: self.options.now,
            next: None,
            detail,
        })
    }

    async fn wait_for_window(&self, step: &Step, opens: DateTime<Utc>) -> Result<(StepOutcome, String)> {
        let detail = format!("{} is written to from {opens} on", step.target);
        let mut line = self.line(step, 0, JournalPhase::Held, json!(detail));
        if let Write::Journal(entry) = &mut line {
            entry.next = Some(opens);
        }
        self.commit(step, JournalPhase::Held, Batch::new().with(line)).await?;
        self.state().wake(opens);
        Ok((StepOutcome::Window, detail))
    }

    pub(crate) async fn journal_only(&self, step: &Step, phase: JournalPhase, detail: &str) -> Result<()> {
        let line = self.line(step, 0, phase, json!(detail));
        self.commit(step, phase, Batch::new().with(line)).await
    }

    async fn finish(self) -> Result<RunReport> {
        let cancelled = self.options.cancel.is_cancelled();
        let mut steps = Vec::with_capacity(self.plan.steps.len());
        {
            let state = self.state();
            for (index, step) in self.plan.steps.iter().enumerate() {
                let (outcome, detail) = state
                    .outcomes
                    .get(&index)
                    .cloned()
                    .unwrap_or((StepOutcome::NotStarted, "the run was stopped before it".to_owned()));
                steps.push(StepResult { step: step.id.clone(), title: step.title(), outcome, detail });
            }
        }
        let done = steps.iter().filter(|step| step.outcome.is_success()).count();
        let status = if cancelled { PlanStatus::Abandoned } else { PlanStatus::Done };
        let (lease, holder) = (LEASE.to_owned(), self.engine.worker.clone());
        let (health, next) = self.health();
        let mut batch = Batch::new();
        batch.writes.extend(health);
        let batch = batch
            .when(Condition::Holds { lease: lease.clone(), holder: holder.clone() })
            .with(Write::PlanStatus { plan: self.hash.to_owned(), status })
            .with(Write::Audit(AuditDraft {
                at: self.options.now,
                actor: self.engine.worker.clone(),
                action: "plan.end".to_owned(),
                target: None,
                identity: None,
                object: Some(self.hash.to_owned()),
                why: json!({"policy": self.plan.policy}),
                before: json!(null),
                after: json!({"done": done, "left": steps.len() - done}),
                outcome: if cancelled { "stopped" } else { "finished" }.to_owned(),
            }))
            .with(Write::Release { lease, holder });
        self.engine.store.commit(batch).await?;
        let audit = self.engine.store.audit_head().await?;
        let left = steps.len() - done;
        self.options.tell(&Progress::RunFinished { plan: self.hash.to_owned(), done, left });
        tracing::info!(plan = %self.hash, done, left, cancelled, "applied");
        Ok(RunReport { plan: self.hash.to_owned(), steps, cancelled, next, audit })
    }

    /// What is noted about the targets, and when the next run can bring something new.
    pub(crate) fn health(&self) -> (Vec<Write>, Option<DateTime<Utc>>) {
        let state = self.state();
        let (mut writes, mut next) = (Vec::new(), state.next);
        for (target, tally) in &state.tallies {
            let before = state.on_trial.get(target);
            let verdict = tally.verdict(self.engine.options(target), before, self.options.now);
            if let Some(verdict) = &verdict {
                tracing::warn!(%target, reason = verdict.reason, until = %verdict.until, "target out of order");
                next = Some(next.map_or(verdict.until, |next| next.min(verdict.until)));
            }
            if verdict.is_some() || before.is_some() {
                writes.push(Write::Value { key: format!("{HEALTH}{target}"), value: json!(verdict) });
            }
        }
        (writes, next)
    }

    /// Finds out which targets are not asked in this run.
    pub(crate) async fn look_at_health(&self) -> Result<()> {
        let targets: BTreeSet<&TargetId> = self.plan.steps.iter().map(|step| &step.target).collect();
        for target in targets {
            let Some(health) = self.engine.health(target).await? else { continue };
            let obstacle = self.engine.out_of_order(target, &health, self.options.now).await?;
            let mut state = self.state();
            match obstacle {
                Some(reason) => {
                    state.resting.insert(target.clone(), reason);
                    if health.until > self.options.now {
                        state.wake(health.until);
                    }
                }
                None => drop(state.on_trial.insert(target.clone(), health)),
            }
        }
        Ok(())
    }
}
