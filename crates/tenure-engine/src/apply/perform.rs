use chrono::TimeDelta;
use serde_json::json;
use tenure_connector::{
    Certainty, ConnectorError, Context, ErrorKind, ObjectRef, Operation, Outcome, OutcomeStatus,
    Retry as Again, WriteRequest,
};
use tenure_scim::{AttrPath, Patch, PatchOp, PatchOperation, PatchPath};
use tenure_store::{Batch, JournalPhase, TaskRecord, TaskState, Write};
use uuid::Uuid;

use super::StepOutcome;
use super::executor::{Before, Run};
use super::readback::ReadBack;
use super::settle::not_theirs;
use crate::plan::{Action, Step, TaskDraft, Verb};
use crate::planner::references::value_path;
use crate::world::{Maybe, Retry, Waiting};
use crate::{EngineError, Result};

/// How often one run asks again after a lost answer.
const MOST_ATTEMPTS: u32 = 3;

impl Run<'_> {
    /// Carries out one step. `before` tells how far an earlier run of the same plan came with it.
    pub(super) async fn perform(&self, step: &Step, before: Option<Before>) -> Result<(StepOutcome, String)> {
        match &step.action {
            Action::Link { account, evidence } => self.note_link(step, account, evidence).await,
            Action::Forget { account } => self.note_gone(step, account).await,
            Action::Manual(task) => self.ask_person(step, task).await,
            Action::Operation(_) | Action::SetReferences { .. } => match self.concrete(step) {
                Ok(operation) => self.operate(step, &operation, before).await,
                Err(missing) => {
                    self.journal_only(step, JournalPhase::Held, &missing).await?;
                    Ok((StepOutcome::Held, missing))
                }
            },
        }
    }

    /// Fills in what is known only now: the account that an earlier step made, and the accounts it points at.
    pub(super) fn concrete(&self, step: &Step) -> std::result::Result<Operation, String> {
        let state = self.state();
        let mut operation = match &step.action {
            Action::Operation(operation) => operation.clone(),
            Action::SetReferences { object } => {
                let mut operations = Vec::new();
                for reference in &step.references {
                    let account = match &reference.identity {
                        Some(identity) => {
                            let link = state.link(&step.target, identity);
                            let link = link
                                .ok_or_else(|| format!("`{identity}` has no account in {}", step.target))?;
                            Some(link.account.clone())
                        }
                        None => None,
                    };
                    operations.extend(point(&value_path(&reference.to), account));
                }
                Operation::Update { object: object.clone(), patch: Patch { operations } }
            }
            _ => return Err("it is no operation".to_owned()),
        };
        if let Some(object) = object_mut(&mut operation)
            && object.id.is_empty()
        {
            let link = step.identity.as_ref().and_then(|identity| state.link(&step.target, identity));
            let link = link.ok_or_else(|| format!("{} has no account in {}", step.person, step.target))?;
            object.id.clone_from(&link.account);
        }
        Ok(operation)
    }

    async fn operate(
        &self,
        step: &Step,
        operation: &Operation,
        before: Option<Before>,
    ) -> Result<(StepOutcome, String)> {
        let key = self.key(step);
        let ctx = self.engine.context(Context::new(key.clone()));
        let mut attempt = 0;
        // What failed for certain needs no look.
        let mut doubt = before.as_ref().is_some_and(|before| before.phase != JournalPhase::Retry);
        if let Some(before) = before {
            attempt = before.attempt;
        }
        if doubt {
            match self.read_back(step, operation, &ctx).await {
                ReadBack::Done(object) => {
                    return self.shown(step, operation, attempt, object, StepOutcome::Already).await;
                }
                ReadBack::Unclear(detail) => return self.leave(step, attempt, &lost(&detail)).await,
                ReadBack::NotDone | ReadBack::Repeat => {}
            }
        }
        if let Some(reason) = self.forbidden(step, operation) {
            self.journal_only(step, JournalPhase::Failed, &reason).await?;
            return Ok((StepOutcome::Failed, reason));
        }
        let connector = self.engine.connector(&step.target)?;
        let mut request = WriteRequest::new(key, operation.clone());
        request.expected.clone_from(&step.expected);
        loop {
            attempt += 1;
            let started = self.line(step, attempt, JournalPhase::Started, json!(null));
            self.commit(step, JournalPhase::Started, Batch::new().with(started)).await?;
            let error = match connector.apply(&ctx, &request).await {
                Ok(outcome) => return self.accept(step, operation, attempt, outcome, &ctx).await,
                Err(error) => error,
            };
            if error.certainty() != Certainty::Unknown {
                // What was sent before may have arrived only now, and be itself what stands in the way.
                if doubt
                    && matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::Conflict)
                    && let ReadBack::Done(object) = self.read_back(step, operation, &ctx).await
                {
                    return self.shown(step, operation, attempt, object, StepOutcome::Already).await;
                }
                return self.leave(step, attempt, &error).await;
            }
            doubt = true;
            match self.read_back(step, operation, &ctx).await {
                ReadBack::Done(object) => {
                    return self.shown(step, operation, attempt, object, StepOutcome::Done).await;
                }
                ReadBack::Unclear(_) => return self.leave(step, attempt, &error).await,
                ReadBack::NotDone | ReadBack::Repeat if attempt >= MOST_ATTEMPTS => {
                    return self.leave(step, attempt, &error).await;
                }
                // The same key: a target that did carry it out recognises it.
                ReadBack::NotDone | ReadBack::Repeat => {}
            }
        }
    }

    /// Records a step that was in the air when the program stopped if it took effect; does not do it otherwise.
    pub(crate) async fn read_only(&self, step: &Step, before: &Before) -> Result<(StepOutcome, String)> {
        let concrete = self.concrete(step).ok();
        let Some(operation) = concrete else {
            return Ok((StepOutcome::NotStarted, "the plan was overtaken".to_owned()));
        };
        let ctx = self.engine.context(Context::new(self.key(step)));
        match self.read_back(step, &operation, &ctx).await {
            ReadBack::Done(object) => {
                self.shown(step, &operation, before.attempt, object, StepOutcome::Already).await
            }
            ReadBack::NotDone | ReadBack::Repeat => {
                let detail = "it had not taken effect, and the plan was overtaken";
                let mut batch = Batch::new().with(self.line(step, 0, JournalPhase::Held, json!(detail)));
                batch.writes.extend(Maybe::notes(step, false));
                self.commit(step, JournalPhase::Held, batch).await?;
                Ok((StepOutcome::NotStarted, detail.to_owned()))
            }
            ReadBack::Unclear(detail) => self.leave(step, before.attempt, &lost(&detail)).await,
        }
    }

    /// Records an effect that the target shows though nobody heard its answer.
    async fn shown(
        &self,
        step: &Step,
        operation: &Operation,
        attempt: u32,
        object: Option<ObjectRef>,
        ended: StepOutcome,
    ) -> Result<(StepOutcome, String)> {
        let mut outcome = match ended {
            StepOutcome::Already => Outcome::already_so(),
            _ => Outcome::done(true),
        };
        outcome.object = object;
        let detail = "the answer was lost; the target shows the effect";
        self.take_in(step, operation, attempt, &outcome, (ended, detail)).await
    }

    /// Takes the connector's answer in.
    async fn accept(
        &self,
        step: &Step,
        operation: &Operation,
        attempt: u32,
        mut outcome: Outcome,
        ctx: &Context,
    ) -> Result<(StepOutcome, String)> {
        if let OutcomeStatus::Accepted { job, .. } = &outcome.status {
            let connector = self.engine.connector(&step.target)?;
            // Many jobs are done by the time one asks; the others are asked for by the next run.
            if let Ok(answer) = connector.poll(ctx, job).await
                && answer.is_settled()
            {
                let object =
                    answer.object.clone().or_else(|| outcome.object.clone()).or_else(|| job.object.clone());
                outcome = Outcome { object, ..answer };
            }
        }
        match &outcome.status {
            OutcomeStatus::Done { .. } => {
                self.answered(step);
                self.take_in(step, operation, attempt, &outcome, (StepOutcome::Done, "")).await
            }
            OutcomeStatus::AlreadySo { .. } => {
                self.answered(step);
                self.take_in(step, operation, attempt, &outcome, (StepOutcome::Already, "")).await
            }
            OutcomeStatus::Accepted { job, .. } => {
                let waiting = Waiting {
                    step: step.clone(),
                    since: self.options.now,
                    job: Some(job.clone()),
                    task: None,
                };
                let detail = format!("job {}", job.id);
                self.wait(step, attempt, JournalPhase::Accepted, &waiting, None, json!(job)).await?;
                Ok((StepOutcome::Waiting, detail))
            }
            OutcomeStatus::Manual { instructions } => {
                let mut job = tenure_connector::JobRef::new(&*instructions.id, operation.kind());
                job.object = outcome.object.clone();
                // Each connector numbers its own tasks.
                let id = format!("{}/{}", step.target, instructions.id);
                let task = self.task(
                    step,
                    &id,
                    &instructions.title,
                    &instructions.steps.join("\n"),
                    instructions.assignee.clone(),
                );
                let waiting =
                    Waiting { step: step.clone(), since: self.options.now, job: Some(job), task: Some(id) };
                self.wait(step, attempt, JournalPhase::Manual, &waiting, Some(task), json!(instructions))
                    .await?;
                Ok((StepOutcome::Manual, instructions.title.clone()))
            }
        }
    }

    /// Records an effect. Where the target told an account that is somebody else's, this step alone fails.
    async fn take_in(
        &self,
        step: &Step,
        operation: &Operation,
        attempt: u32,
        outcome: &Outcome,
        (ended, detail): (StepOutcome, &str),
    ) -> Result<(StepOutcome, String)> {
        match self.settle(step, operation, attempt, outcome).await {
            Ok(()) => Ok((ended, detail.to_owned())),
            Err(error) => {
                let detail = not_theirs(error)?.unwrap_or_default();
                let error = ConnectorError::new(ErrorKind::Protocol, Certainty::Refused).with_detail(detail);
                self.leave(step, attempt, &error).await
            }
        }
    }

    async fn ask_person(&self, step: &Step, draft: &TaskDraft) -> Result<(StepOutcome, String)> {
        let task = self.task(step, &draft.id, &draft.title, &draft.because, None);
        let waiting =
            Waiting { step: step.clone(), since: self.options.now, job: None, task: Some(draft.id.clone()) };
        self.wait(step, 1, JournalPhase::Manual, &waiting, Some(task), json!(draft.because)).await?;
        Ok((StepOutcome::Manual, draft.because.clone()))
    }

    fn task(&self, step: &Step, id: &str, title: &str, detail: &str, owner: Option<String>) -> TaskRecord {
        TaskRecord {
            id: id.to_owned(),
            target: Some(step.target.to_string()),
            identity: step.identity.as_ref().map(ToString::to_string),
            title: title.to_owned(),
            detail: detail.to_owned(),
            owner,
            opened: self.options.now,
            state: TaskState::Open,
        }
    }

    async fn wait(
        &self,
        step: &Step,
        attempt: u32,
        phase: JournalPhase,
        waiting: &Waiting,
        task: Option<TaskRecord>,
        detail: serde_json::Value,
    ) -> Result<()> {
        let value =
            serde_json::to_value(waiting).map_err(|error| EngineError::corrupt("waiting step", &error))?;
        let mut batch = Batch::new()
            .with(Write::Value { key: format!("{}{}", Waiting::PREFIX, step.id), value })
            .with(self.line(step, attempt, phase, detail))
            .with(self.audit(
                step,
                None,
                match phase {
                    JournalPhase::Manual => "handed to a person",
                    _ => "accepted",
                },
            ));
        batch.writes.extend(task.map(Write::Task));
        self.commit(step, phase, batch).await
    }

    /// Records a failure, and when to try again.
    async fn leave(
        &self,
        step: &Step,
        attempt: u32,
        error: &ConnectorError,
    ) -> Result<(StepOutcome, String)> {
        let attempts = self.state().world.retries.get(step.id.as_str()).map_or(0, |retry| retry.attempts) + 1;
        let wait = error
            .retry_after()
            .and_then(|wait| TimeDelta::from_std(wait).ok())
            .unwrap_or_else(|| back_off(step.verb, error, attempts));
        let temporary = error.retry() != Again::Permanent
            || error.certainty() == Certainty::Unknown
            || matches!(error.kind(), ErrorKind::Conflict | ErrorKind::AlreadyExists);
        let (phase, outcome) = match (error.certainty(), temporary) {
            (Certainty::Unknown, _) => (JournalPhase::Unknown, StepOutcome::Retry),
            (_, true) => (JournalPhase::Retry, StepOutcome::Retry),
            (_, false) => (JournalPhase::Failed, StepOutcome::Failed),
        };
        let next = self.options.now + wait;
        let retry = Retry {
            attempts,
            next,
            error: error.to_string(),
            title: step.title(),
            target: Some(step.target.clone()),
            identity: step.identity.clone(),
        };
        let value = serde_json::to_value(&retry).map_err(|error| EngineError::corrupt("retry", &error))?;
        let mut line = self.line(step, attempt, phase, json!(error));
        if let Write::Journal(entry) = &mut line {
            entry.next = Some(next);
        }
        let batch = Batch::new()
            .with(line)
            .with(Write::Value { key: format!("{}{}", Retry::PREFIX, step.id), value })
            .with(self.audit(step, None, &error.to_string()));
        let mut batch = batch;
        if error.certainty() == Certainty::Unknown || attempt > 1 {
            batch.writes.extend(Maybe::notes(step, false));
        }
        self.commit(step, phase, batch).await?;
        let breaker = self.engine.options(&step.target).breaker;
        let mut state = self.state();
        state.failed(step, breaker, error);
        state.wake(next);
        drop(state);
        Ok((outcome, error.to_string()))
    }

    /// The same step of the same plan always has the same key.
    fn key(&self, step: &Step) -> String {
        Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("tenure:{}/{}", self.hash, step.id).as_bytes()).to_string()
    }
}

/// Waits longer after each failure. What only a person can repair is tried more seldom: after 6, 12 and 24 hours, then
/// daily. What changed meanwhile is planned anew at once.
///
/// A reference has a budget of its own: what it points at may come at any time, so it is never tried more seldom than daily.
fn back_off(verb: Verb, error: &ConnectorError, attempts: u32) -> TimeDelta {
    match (error.kind(), error.retry()) {
        _ if verb == Verb::SetReference => {
            TimeDelta::minutes(i64::from(5 * 2_u32.saturating_pow(attempts.min(9))).min(24 * 60))
        }
        (ErrorKind::Conflict | ErrorKind::AlreadyExists, _) => TimeDelta::zero(),
        (_, Again::Permanent) if error.certainty() != Certainty::Unknown => match attempts {
            1 => TimeDelta::hours(6),
            2 => TimeDelta::hours(12),
            _ => TimeDelta::hours(24),
        },
        _ => TimeDelta::minutes(i64::from(2_u32.saturating_pow(attempts.min(10)))),
    }
}

fn lost(detail: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Unavailable, Certainty::Unknown)
        .with_detail(format!("the answer was lost and the target cannot be asked: {detail}"))
}

fn point(path: &AttrPath, value: Option<String>) -> Option<PatchOperation> {
    let path: PatchPath = path.to_string().parse().ok()?;
    Some(match value {
        Some(value) => PatchOperation { op: PatchOp::Replace, path: Some(path), value: Some(json!(value)) },
        None => PatchOperation { op: PatchOp::Remove, path: Some(path), value: None },
    })
}

fn object_mut(operation: &mut Operation) -> Option<&mut ObjectRef> {
    match operation {
        Operation::Update { object, .. }
        | Operation::SetStatus { object, .. }
        | Operation::Delete { object, .. }
        | Operation::Restore { object }
        | Operation::Grant { object, .. }
        | Operation::Revoke { object, .. }
        | Operation::RevokeSessions { object, .. }
        | Operation::TransferOwnership { object, .. }
        | Operation::AssignLicence { object, .. }
        | Operation::ReleaseLicence { object, .. } => Some(object),
        _ => None,
    }
}
