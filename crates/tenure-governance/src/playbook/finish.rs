use chrono::{DateTime, Utc};
use tenure_policy::IdentityId;
use tenure_store::{TaskState, Write};

use super::perform::task;
use super::{PlaybookAdvance, Run, StepState};
use crate::keep::{self, Change, Kept};
use crate::{Governance, GovernanceError, PlaybookAction, Result};

impl Governance {
    /// Says that a person has done a task of a run, or that it need not be done. Its owner and the administrators may.
    ///
    /// # Errors
    ///
    /// `NotFound`, when there is no such open task; `NotAllowed`, when somebody else says so; `Raced`, when another did just now.
    pub async fn finish_task(
        &self,
        run: &str,
        step: &str,
        by: &IdentityId,
        done: bool,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Run> {
        let key = format!("{}{run}", super::model::OPEN);
        let kept: Option<Kept<Run>> = keep::read(self.store(), &key, "run").await?;
        let not_found = || GovernanceError::NotFound { what: "open task", id: format!("{run}/{step}") };
        let kept = kept.ok_or_else(not_found)?;
        let mut changed = kept.value.clone();
        let found = changed.steps.iter().find(|(id, _)| id.as_str() == step);
        let Some((id, StepState::Task { owner, .. })) = found else { return Err(not_found()) };
        if owner != by && !self.is_administrator(by) {
            let because = format!("expected its owner `{owner}` or an administrator");
            return Err(GovernanceError::not_allowed(by, "finish this task", because));
        }
        self.require_at_work(by, "finish this task", now).await?;
        let (id, owner) = (id.clone(), owner.clone());
        let (reason, what) = (reason.to_owned(), format!("done by {by}"));
        let state = match done {
            true => StepState::Done { at: now, what },
            false => StepState::LeftOut { at: now, reason },
        };
        let mut change = Change::new(run, now);
        if let Some(found) = changed.step(&id)
            && let PlaybookAction::Task { title, .. } = &found.does
        {
            let to = if done { TaskState::Done } else { TaskState::Dropped };
            change.write(Write::Task(task(&changed, found, &changed.fill(title), &owner, now, to)));
        }
        self.note_step(&mut change, &changed, &id, &state, by.as_str());
        changed.steps.insert(id, state);
        let kept = self.keep_run(kept, changed, change, now, &mut PlaybookAdvance::default()).await?;
        Ok(kept.value)
    }
}
