use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::json;
use tenure_connector::{Certainty, Context, Outcome};
use tenure_store::{Batch, JournalPhase, Select, TaskRecord, TaskState, Write};

use super::executor::Run;
use super::settle::not_theirs;
use super::{ApplyOptions, LEASE};
use crate::plan::{Action, Plan, Step};
use crate::world::load::values;
use crate::world::{Waiting, World};
use crate::{Engine, EngineError, Result};

impl Engine {
    /// Asks how the jobs and tasks are doing that earlier runs left to targets and people, and records those that are
    /// done. Returns the titles of the steps that were settled. [`run`](Engine::run) and the command line call it before
    /// they plan.
    ///
    /// # Errors
    ///
    /// `Busy`, when a run is under way; `Store`, when the store fails. A target that cannot be asked is asked again the
    /// next time.
    pub async fn poll(&self, now: DateTime<Utc>) -> Result<Vec<String>> {
        let engine = self.at(now)?;
        let waiting: BTreeMap<String, Waiting> = values(self, Waiting::PREFIX).await?;
        let mut asked = Plan::for_records(engine.policy.version().to_string(), now);
        let waiting = waiting.into_values().filter(|waiting| waiting.job.is_some()).collect::<Vec<_>>();
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        asked.steps = waiting.iter().map(|waiting| waiting.step.clone()).collect();
        let world = World::around(engine, &asked, now).await?;
        let mut settled = Vec::new();
        let mut answers = Vec::new();
        for found in waiting {
            let (Some(job), Ok(connector)) = (&found.job, self.connector(&found.step.target)) else {
                continue;
            };
            let ctx = self.context(Context::new(format!("poll/{}", found.step.id)));
            match connector.poll(&ctx, job).await {
                Ok(outcome) if outcome.is_settled() => {
                    settled.push(found.step.title());
                    let object = outcome.object.clone().or_else(|| job.object.clone());
                    answers.push((found.step, Answer::Done(Box::new(Outcome { object, ..outcome }))));
                }
                Ok(_) => {}
                Err(error) if error.certainty() == Certainty::Refused => {
                    answers.push((found.step, Answer::Failed(error.to_string())));
                }
                Err(error) => tracing::warn!(step = %found.step.id, %error, "the job could not be asked for"),
            }
        }
        engine.record(now, world, answers).await?;
        Ok(settled)
    }

    /// The tasks that wait for a person, oldest first.
    ///
    /// # Errors
    ///
    /// `Store`, when the store fails.
    pub async fn open_tasks(&self) -> Result<Vec<TaskRecord>> {
        let mut tasks = self.store.tasks(&Select::All).await?;
        tasks.retain(|task| task.state == TaskState::Open);
        tasks.sort_by(|a, b| (a.opened, &a.id).cmp(&(b.opened, &b.id)));
        Ok(tasks)
    }

    /// Records that a person has done the task with this id, or decided that it need not be done (`done` false).
    ///
    /// # Errors
    ///
    /// `NotFound`, when nobody waits for such a task; `Busy`, when a run is under way; `Store`, when the store fails.
    pub async fn complete_task(&self, task: &str, done: bool, by: &str, now: DateTime<Utc>) -> Result<()> {
        let engine = self.at(now)?;
        let waiting: BTreeMap<String, Waiting> = values(self, Waiting::PREFIX).await?;
        let found = waiting.into_values().find(|waiting| waiting.task.as_deref() == Some(task));
        let found = found.ok_or_else(|| EngineError::NotFound { what: "open task", id: task.to_owned() })?;
        let mut about = Plan::for_records(engine.policy.version().to_string(), now);
        about.steps.push(found.step.clone());
        let world = World::around(engine, &about, now).await?;
        tracing::info!(task, by, done, "task completed");
        let answer = match done {
            true => Answer::Done(Box::new(Outcome::done(true))),
            false => Answer::Failed(format!("`{by}` decided not to do it")),
        };
        engine.record(now, world, vec![(found.step, answer)]).await
    }

    async fn record(&self, now: DateTime<Utc>, world: World, answers: Vec<(Step, Answer)>) -> Result<()> {
        if answers.is_empty() {
            return Ok(());
        }
        let options = ApplyOptions::new(now);
        let mut open: BTreeMap<String, TaskRecord> =
            self.open_tasks().await?.into_iter().map(|task| (task.id.clone(), task)).collect();
        let task_of: BTreeMap<String, String> = world
            .waiting
            .values()
            .filter_map(|waiting| Some((waiting.step.id.to_string(), waiting.task.clone()?)))
            .collect();
        self.store.commit(Batch::new().with(self.lease(&options, false))).await.map_err(
            |error| match error {
                tenure_store::StoreError::Conflict { found, .. } => EngineError::Busy { detail: found },
                other => other.into(),
            },
        )?;
        let plan = Plan::for_records(self.policy.version().to_string(), now);
        let hash = plan.hash();
        let run = Run::new(self, &plan, &hash, &options, world);
        for (step, answer) in answers {
            let failed = match answer {
                Answer::Done(outcome) => {
                    run.settle_waiting(&step, &outcome).await.map_or_else(not_theirs, |()| Ok(None))?
                }
                Answer::Failed(reason) => Some(reason),
            };
            let Some(reason) = failed else { continue };
            let key = format!("{}{}", Waiting::PREFIX, step.id);
            let mut batch = Batch::new()
                .with(Write::Value { key, value: json!(null) })
                .with(run.line(&step, 1, JournalPhase::Failed, json!(reason)))
                .with(run.audit(&step, None, &reason));
            let task = task_of.get(&step.id.to_string()).and_then(|task| open.remove(task));
            if let Some(task) = task {
                batch.push(Write::Task(TaskRecord { state: TaskState::Dropped, ..task }));
            }
            run.commit(&step, JournalPhase::Failed, batch).await?;
        }
        let release = Write::Release { lease: LEASE.to_owned(), holder: self.worker.clone() };
        self.store.commit(Batch::new().with(release)).await?;
        Ok(())
    }
}

enum Answer {
    Done(Box<Outcome>),
    Failed(String),
}

impl Run<'_> {
    async fn settle_waiting(&self, step: &Step, outcome: &Outcome) -> Result<()> {
        match &step.action {
            Action::Operation(_) | Action::SetReferences { .. } => match self.concrete(step) {
                Ok(operation) => self.settle(step, &operation, 1, outcome).await,
                Err(missing) => self.journal_only(step, JournalPhase::Failed, &missing).await,
            },
            _ => self.settle_manual(step).await,
        }
    }
}
