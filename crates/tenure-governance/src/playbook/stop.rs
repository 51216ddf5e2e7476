use chrono::{DateTime, Utc};
use tenure_policy::{IdentityId, Override};
use tenure_store::{TaskState, Write};

use super::perform::{grant_id, reason_of, task};
use super::{PlaybookAdvance, Run, StepState};
use crate::keep::{self, Change, Kept};
use crate::{Governance, GovernanceError, PlaybookAction, PlaybookStep, Result};

impl Governance {
    /// Stops a run. With `undo` what its steps have granted is taken back and open tasks are dropped; what was told stays told.
    ///
    /// # Errors
    ///
    /// `NotFound`, when there is no such open run; `NotAllowed`, when it was begun by another and they are no administrator.
    pub async fn stop_run(&self, run: &str, by: &IdentityId, undo: bool, now: DateTime<Utc>) -> Result<Run> {
        let key = format!("{}{run}", super::model::OPEN);
        let kept: Option<Kept<Run>> = keep::read(self.store(), &key, "run").await?;
        let kept = kept.ok_or_else(|| GovernanceError::NotFound { what: "open run", id: run.to_owned() })?;
        if kept.value.by != by.as_str() && !self.is_administrator(by) {
            let because = "expected who began it or an administrator";
            return Err(GovernanceError::not_allowed(by, "stop this run", because));
        }
        self.require_at_work(by, "stop this run", now).await?;
        let mut stopped = kept.value.clone();
        let mut change = Change::new(run, now);
        if undo {
            self.undo_steps(&mut stopped, &mut change, now).await?;
        }
        let reason = format!("stopped by {by}");
        for state in stopped.steps.values_mut().filter(|state| !state.is_final()) {
            *state = StepState::LeftOut { at: now, reason: reason.clone() };
        }
        let kept = self.keep_run(kept, stopped, change, now, &mut PlaybookAdvance::default()).await?;
        Ok(kept.value)
    }

    /// Undoes, the latest first, what can be undone.
    pub(crate) async fn undo_steps(
        &self,
        run: &mut Run,
        change: &mut Change,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let steps: Vec<PlaybookStep> = run.playbook.steps.iter().rev().cloned().collect();
        for step in steps {
            let state = run.steps.get(&step.id).cloned();
            let undone = match (&step.does, state) {
                (PlaybookAction::Grant { .. }, Some(StepState::Done { .. })) => {
                    let id = grant_id(run, &step)?;
                    let reason = format!("playbook {} was undone", run.playbook.id);
                    self.engine.revoke_grant(&id, &run.by, &reason, now).await?;
                    StepState::Undone { at: now }
                }
                (PlaybookAction::Suspend { .. }, Some(StepState::Done { .. })) => {
                    let ours = reason_of(run, &step);
                    let reason = format!("playbook {} was undone", run.playbook.id);
                    let meant = |order: &Override| order.reason == ours;
                    self.engine.lift(&run.subject, meant, &run.by, &reason, now).await?;
                    StepState::Undone { at: now }
                }
                (PlaybookAction::Task { title, .. }, Some(StepState::Task { owner, .. })) => {
                    let title = run.fill(title);
                    change.write(Write::Task(task(run, &step, &title, &owner, now, TaskState::Dropped)));
                    StepState::LeftOut { at: now, reason: "the run was undone".to_owned() }
                }
                (_, Some(StepState::Waiting)) => {
                    StepState::LeftOut { at: now, reason: "the run was undone".to_owned() }
                }
                _ => continue,
            };
            self.note_step(change, run, &step.id, &undone, keep::SYSTEM);
            run.steps.insert(step.id, undone);
        }
        Ok(())
    }
}
