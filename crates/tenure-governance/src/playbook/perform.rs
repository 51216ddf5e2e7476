use chrono::{DateTime, Utc};
use tenure_engine::{Census, EngineError};
use tenure_policy::{Grant, GrantId, GrantSource, Granted, IdentityId};
use tenure_store::{TaskRecord, TaskState, Write};

use super::{PlaybookAdvance, Run, StepState};
use crate::keep::{self, Change, Kept};
use crate::request::{Approvers, Difference};
use crate::{
    Approver, Governance, GovernanceError, Message, MessageKind, PlaybookAction, PlaybookStep, Result,
};

impl Governance {
    pub(crate) async fn perform(
        &self,
        run: &Run,
        step: &PlaybookStep,
        census: &Census,
        change: &mut Change,
    ) -> Result<StepState> {
        let now = census.now();
        let failed = |reason: String| Ok(StepState::Failed { at: now, reason });
        let done = |what: String| Ok(StepState::Done { at: now, what });
        match &step.does {
            PlaybookAction::Grant { what, term } => {
                let calendar = &self.rules.document().calendar;
                let end = match term {
                    Some(term) => term.after(now, calendar),
                    None => census.policy().document().temporary.default.after(now),
                };
                let grant = grant_of(run, step, what, end, now)?;
                let Some((difference, refusals)) = Difference::of(census, &run.subject, &grant) else {
                    return failed("the person is not known any more".to_owned());
                };
                let broken = difference.violations.into_iter().chain(refusals.reasons);
                if let Some(reason) = broken.into_iter().next() {
                    return failed(reason);
                }
                if self.store().grant(grant.id.as_str()).await.map_err(GovernanceError::Store)?.is_none() {
                    match self.engine.grant(grant, &run.by, now).await {
                        Ok(_) => {}
                        Err(error @ (EngineError::Refused { .. } | EngineError::NotFound { .. })) => {
                            return failed(error.to_string());
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
                done(format!("granted until {}", end.format("%Y-%m-%d")))
            }
            PlaybookAction::Revoke { what } => {
                let reason = format!("playbook {}", run.playbook.id);
                let mut count = 0;
                for grant in census.grants(&run.subject).iter().filter(|grant| grant.what == *what) {
                    self.engine.revoke_grant(&grant.id, &run.by, &reason, now).await?;
                    count += 1;
                }
                done(format!("{count} grants were taken back"))
            }
            PlaybookAction::Task { title, to, within } => {
                let Some(owner) = self.people(run, to, census).into_iter().next() else {
                    return failed("there is nobody to do it".to_owned());
                };
                let due = within.map(|term| term.after(now, &self.rules.document().calendar));
                let title = run.fill(title);
                change.write(Write::Task(task(run, step, &title, &owner, now, TaskState::Open)));
                change.tell(&Message::new(&owner, MessageKind::Task, &run.id, title, now))?;
                Ok(StepState::Task { owner, due })
            }
            PlaybookAction::Notify { text, to } => {
                let people = match to.is_empty() {
                    true => vec![run.subject.clone()],
                    false => self.people(run, to, census),
                };
                if people.is_empty() {
                    return failed("there is nobody to tell".to_owned());
                }
                let text = run.fill(text);
                for person in &people {
                    change.tell(&Message::new(person, MessageKind::Notice, &run.id, text.as_str(), now))?;
                }
                let names: Vec<&str> = people.iter().map(IdentityId::as_str).collect();
                done(format!("told {}", names.join(", ")))
            }
        }
    }

    fn people(&self, run: &Run, to: &[Approver], census: &Census) -> Vec<IdentityId> {
        let what = run.playbook.steps.iter().find_map(|step| match &step.does {
            PlaybookAction::Grant { what, .. } => Some(what.clone()),
            _ => None,
        });
        let Some(nothing) = what.or_else(|| tenure_policy::RoleId::parse("none").ok().map(Granted::Role))
        else {
            return Vec::new();
        };
        let approvers = Approvers { rules: &self.rules, census };
        approvers.first(to, &run.subject, &nothing, None, &[], 1).into_iter().collect()
    }

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

fn grant_id(run: &Run, step: &PlaybookStep) -> Result<GrantId> {
    GrantId::parse(&format!("{}.{}", run.id, step.id))
        .map_err(|error| GovernanceError::corrupt("grant id", &error))
}

fn grant_of(
    run: &Run,
    step: &PlaybookStep,
    what: &Granted,
    end: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Grant> {
    let reason = format!("playbook {} version {}, step {}", run.playbook.id, run.playbook.version, step.id);
    let grant = Grant::new(grant_id(run, step)?, run.subject.clone(), what.clone(), GrantSource::Exception);
    Ok(grant.from(now).until(end).approved(&run.by, &reason))
}

fn task(
    run: &Run,
    step: &PlaybookStep,
    title: &str,
    owner: &IdentityId,
    now: DateTime<Utc>,
    state: TaskState,
) -> TaskRecord {
    TaskRecord {
        id: format!("{}/{}", run.id, step.id),
        target: None,
        identity: Some(run.subject.to_string()),
        title: title.to_owned(),
        detail: format!("playbook {}, step {}", run.playbook.id, step.id),
        owner: Some(owner.to_string()),
        opened: now,
        state,
    }
}
