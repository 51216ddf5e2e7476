use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenure_engine::Census;
use tenure_policy::{Condition, IdentityId, RuleId};

use super::model::OPEN;
use super::{Run, StepState};
use crate::keep::{self, Change, Kept, Record, SYSTEM};
use crate::look::Look;
use crate::{Governance, GovernanceError, PlaybookStep, Result};

/// What was done for playbooks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlaybookAdvance {
    /// Runs that a trigger has begun.
    pub begun: Vec<String>,
    /// How many steps were settled.
    pub steps: usize,
    /// Runs that came to their end.
    pub ended: Vec<String>,
}

impl Governance {
    /// Begins what the policy's triggers ask for, once for each beginning of their level, and does every step whose time has come.
    ///
    /// # Errors
    ///
    /// `Store`, `Corrupt` or `Engine`, when the store fails. A step that cannot be done is no error; it stands in its run.
    pub async fn advance_playbooks(&self, now: DateTime<Utc>) -> Result<PlaybookAdvance> {
        let mut done = PlaybookAdvance::default();
        self.pull_triggers(&mut done, now).await?;
        let mut runs = keep::list::<Run>(self.store(), OPEN, "run").await?;
        runs.retain(|kept| self.next_step(&kept.value, now).is_some());
        while !runs.is_empty() {
            // What one step has granted is there for the next, with one look for all runs.
            let look = Look::about(runs.iter().map(|kept| kept.value.subject.clone()));
            let look = runs.iter().fold(look, |look, kept| look.working(&kept.value.playbook));
            let census = self.look(look, now).await?;
            let mut changed = Vec::new();
            for kept in runs {
                match self.step_run(kept, &census, &mut done).await {
                    Ok(more) => changed.extend(more),
                    Err(GovernanceError::Raced { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            runs = changed;
            runs.retain(|kept| self.next_step(&kept.value, now).is_some());
        }
        Ok(done)
    }

    /// Does what is due, one step after the other, each with a write of its own: a crash repeats at most what is the same twice.
    /// Returns the run, when a step has changed what the person may have.
    async fn step_run(
        &self,
        mut kept: Kept<Run>,
        census: &Census,
        done: &mut PlaybookAdvance,
    ) -> Result<Option<Kept<Run>>> {
        let now = census.now();
        while let Some(step) = self.next_step(&kept.value, now).cloned() {
            let mut run = kept.value.clone();
            let mut change = Change::new(&run.id, now);
            let holds = self.holds(step.when.as_ref(), &run.subject, census);
            let state = match holds {
                true => self.perform(&run, &step, census, &mut change).await?,
                false => StepState::LeftOut { at: now, reason: "its condition does not hold".to_owned() },
            };
            let failed = matches!(state, StepState::Failed { .. });
            self.note_step(&mut change, &run, &step.id, &state, SYSTEM);
            run.steps.insert(step.id.clone(), state);
            if failed && run.playbook.compensate {
                self.undo_steps(&mut run, &mut change, now).await?;
            }
            done.steps += 1;
            kept = self.keep_run(kept, run, change, now, done).await?;
            if holds && step.does.changes_access() {
                return Ok(Some(kept));
            }
        }
        Ok(None)
    }

    pub(crate) async fn keep_run(
        &self,
        kept: Kept<Run>,
        mut run: Run,
        mut change: Change,
        now: DateTime<Utc>,
        done: &mut PlaybookAdvance,
    ) -> Result<Kept<Run>> {
        let stuck =
            run.has_failed() && !run.steps.values().any(|state| matches!(state, StepState::Task { .. }));
        let over = run.steps.values().all(StepState::is_final);
        if over || (stuck && self.next_step(&run, DateTime::<Utc>::MAX_UTC).is_none()) {
            run.ended = Some(now);
            let outcome = if run.has_failed() { "failed" } else { "done" };
            change.audit(Record {
                actor: SYSTEM,
                action: "playbook.end",
                identity: Some(run.subject.as_str()),
                object: &run.id,
                outcome,
                ..Record::default()
            });
            done.ended.push(run.id.clone());
        }
        let key = run.key();
        change.rename(&kept, &key, &run)?;
        change.commit(self.store()).await?;
        let read = serde_json::to_value(&run).map_err(|error| GovernanceError::corrupt("run", &error))?;
        Ok(Kept { value: run, key, read })
    }

    /// The next step whose time has come.
    pub(crate) fn next_step<'a>(&self, run: &'a Run, now: DateTime<Utc>) -> Option<&'a PlaybookStep> {
        if run.ended.is_some() {
            return None;
        }
        let calendar = &self.rules.document().calendar;
        run.playbook.steps.iter().find(|step| {
            let settled = |id: &RuleId| run.steps.get(id).and_then(StepState::settled);
            let Some(ready) = step
                .after
                .iter()
                .map(settled)
                .try_fold(run.started, |latest, at| at.map(|at| latest.max(at)))
            else {
                return false;
            };
            let due = step.delay.map_or(ready, |delay| delay.after(ready, calendar));
            run.steps.get(&step.id) == Some(&StepState::Waiting) && due <= now
        })
    }

    pub(crate) fn holds(&self, when: Option<&Condition>, subject: &IdentityId, census: &Census) -> bool {
        when.is_none_or(|condition| {
            let who = census.identity(subject).zip(self.rules.selector_under(condition, census.policy()));
            who.is_some_and(|(found, selector)| selector.holds(found, census.now()))
        })
    }

    pub(crate) fn note_step(
        &self,
        change: &mut Change,
        run: &Run,
        step: &RuleId,
        state: &StepState,
        actor: &str,
    ) {
        change.audit(Record {
            actor,
            action: "playbook.step",
            identity: Some(run.subject.as_str()),
            object: &format!("{}/{step}", run.id),
            why: json!({"playbook": run.playbook.id, "version": run.playbook.version}),
            after: json!(state),
            ..Record::default()
        });
    }
}
