use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tenure_engine::{Census, EngineError};
use tenure_policy::{
    Grant, GrantId, GrantSource, Granted, IdentityId, Override, OverrideKind, Phase, RoleId, TargetId,
};
use tenure_store::{TaskRecord, TaskState, Write};

use super::{Run, StepState};
use crate::keep::Change;
use crate::request::{Approvers, Difference};
use crate::{
    Approver, Governance, GovernanceError, Message, MessageKind, PlaybookAction, PlaybookStep, Result, Term,
};

impl Governance {
    /// Does one step. What cannot be done is a state of the step, not an error.
    pub(crate) async fn perform(
        &self,
        run: &Run,
        step: &PlaybookStep,
        census: &Census,
        change: &mut Change,
    ) -> Result<StepState> {
        let at = census.now();
        let done = match &step.does {
            PlaybookAction::Grant { what, parameters, term } => {
                let grant = self.grant_of(run, step, what, parameters, *term, census)?;
                self.give(run, grant, census).await?
            }
            PlaybookAction::Revoke { what } => self.take(run, what, census).await?,
            PlaybookAction::Suspend { targets, term } => {
                self.suspend(run, step, (targets, *term), census).await?
            }
            PlaybookAction::Resume { targets } => self.resume(run, targets, at).await?,
            PlaybookAction::Notify { text, to } => self.notify(run, text, to, census, change)?,
            PlaybookAction::Task { title, to, within } => {
                let Some(owner) = self.people(run, to, census).into_iter().next() else {
                    return Ok(StepState::Failed { at, reason: "there is nobody to do it".to_owned() });
                };
                let due = within.map(|term| term.after(at, &self.rules.document().calendar));
                let title = run.fill(title);
                change.write(Write::Task(task(run, step, &title, &owner, at, TaskState::Open)));
                change.tell(&Message::new(&owner, MessageKind::Task, &run.id, title, at))?;
                return Ok(StepState::Task { owner, due });
            }
        };
        Ok(match done {
            Ok(what) => StepState::Done { at, what },
            Err(reason) => StepState::Failed { at, reason },
        })
    }

    async fn give(&self, run: &Run, grant: Grant, census: &Census) -> Result<Done> {
        let Some((difference, refusals)) = Difference::of(census, &run.subject, &grant) else {
            return Ok(Err("the person is not known any more".to_owned()));
        };
        let broken = difference.violations.into_iter().chain(refusals.reasons);
        if let Some(reason) = broken.into_iter().next() {
            return Ok(Err(reason));
        }
        let until = grant.until.map(|end| end.format(" until %Y-%m-%d").to_string()).unwrap_or_default();
        if self.store().grant(grant.id.as_str()).await.map_err(GovernanceError::Store)?.is_none()
            && let Some(refusal) = refusal(self.engine.grant(grant, &run.by, census.now()).await)?
        {
            return Ok(Err(refusal));
        }
        Ok(Ok(format!("granted{until}")))
    }

    async fn take(&self, run: &Run, what: &Granted, census: &Census) -> Result<Done> {
        let reason = format!("playbook {}", run.playbook.id);
        let mut count = 0;
        for grant in census.grants(&run.subject).iter().filter(|grant| grant.what == *what) {
            self.engine.revoke_grant(&grant.id, &run.by, &reason, census.now()).await?;
            count += 1;
        }
        Ok(Ok(format!("{count} grants were taken back")))
    }

    async fn suspend(
        &self,
        run: &Run,
        step: &PlaybookStep,
        (targets, term): (&[TargetId], Option<Term>),
        census: &Census,
    ) -> Result<Done> {
        let now = census.now();
        let phase = census.identity(&run.subject).map(|found| census.policy().state(found, now).phase);
        if phase.is_none_or(Phase::is_gone) {
            return Ok(Err("expected somebody who works here, found one who has left".to_owned()));
        }
        let mut order = Override::new(OverrideKind::Suspend, &reason_of(run, step), &run.by);
        order.until = term.map(|term| term.after(now, &self.rules.document().calendar));
        let until = order.until.map(|end| end.format(" until %Y-%m-%d").to_string());
        // One order for each target, so that each can be lifted alone.
        let mut orders: Vec<Override> =
            targets.iter().map(|target| order.clone().only_in(target.clone())).collect();
        if orders.is_empty() {
            orders.push(order);
        }
        for order in orders {
            if let Some(refused) = refusal(self.engine.order(&run.subject, order, now).await)? {
                return Ok(Err(refused));
            }
        }
        Ok(Ok(format!("suspended{}{}", within(targets), until.unwrap_or_default())))
    }

    async fn resume(&self, run: &Run, targets: &[TargetId], now: DateTime<Utc>) -> Result<Done> {
        let reason = format!("playbook {}", run.playbook.id);
        let here = |order: &Override| order.target.as_ref().is_some_and(|target| targets.contains(target));
        let suspends =
            |order: &Override| order.kind == OverrideKind::Suspend && (targets.is_empty() || here(order));
        let lifted = self.engine.lift(&run.subject, suspends, &run.by, &reason, now).await?;
        Ok(Ok(match lifted {
            0 => "nobody had suspended them".to_owned(),
            _ => format!("may work again{}", within(targets)),
        }))
    }

    fn notify(
        &self,
        run: &Run,
        text: &str,
        to: &[Approver],
        census: &Census,
        change: &mut Change,
    ) -> Result<Done> {
        let people = match to.is_empty() {
            true => vec![run.subject.clone()],
            false => self.people(run, to, census),
        };
        if people.is_empty() {
            return Ok(Err("there is nobody to tell".to_owned()));
        }
        let text = run.fill(text);
        for person in &people {
            let message = Message::new(person, MessageKind::Notice, &run.id, text.as_str(), census.now());
            change.tell(&message)?;
        }
        let names: Vec<&str> = people.iter().map(IdentityId::as_str).collect();
        Ok(Ok(format!("told {}", names.join(", "))))
    }

    fn people(&self, run: &Run, to: &[Approver], census: &Census) -> Vec<IdentityId> {
        let what = run.playbook.steps.iter().find_map(|step| match &step.does {
            PlaybookAction::Grant { what, .. } => Some(what.clone()),
            _ => None,
        });
        let Some(nothing) = what.or_else(|| RoleId::parse("none").ok().map(Granted::Role)) else {
            return Vec::new();
        };
        let approvers = Approvers { rules: &self.rules, census };
        approvers.first(to, &run.subject, &nothing, None, &[], 1).into_iter().collect()
    }

    fn grant_of(
        &self,
        run: &Run,
        step: &PlaybookStep,
        what: &Granted,
        parameters: &BTreeMap<String, String>,
        term: Option<Term>,
        census: &Census,
    ) -> Result<Grant> {
        let now = census.now();
        let end = match term {
            Some(term) => term.after(now, &self.rules.document().calendar),
            None => census.policy().document().temporary.default.after(now),
        };
        let id = grant_id(run, step)?;
        let mut grant = Grant::new(id, run.subject.clone(), what.clone(), GrantSource::Exception);
        grant.parameters = parameters.iter().map(|(name, value)| (name.clone(), run.fill(value))).collect();
        Ok(grant.from(now).until(end).approved(&run.by, &reason_of(run, step)))
    }
}

/// Where, in words; nothing, where it is everywhere.
fn within(targets: &[TargetId]) -> String {
    let names: Vec<&str> = targets.iter().map(TargetId::as_str).collect();
    if names.is_empty() { String::new() } else { format!(" in {}", names.join(", ")) }
}

/// What was done, or why not.
type Done = std::result::Result<String, String>;

/// What the engine refuses is told in the step; what it fails at is tried again.
fn refusal<T>(done: tenure_engine::Result<T>) -> Result<Option<String>> {
    match done {
        Ok(_) => Ok(None),
        Err(error @ (EngineError::Refused { .. } | EngineError::NotFound { .. })) => {
            Ok(Some(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

/// The reason on record for what a step does. It names the run, so that two runs are two reasons.
pub(super) fn reason_of(run: &Run, step: &PlaybookStep) -> String {
    let Run { id, playbook, .. } = run;
    format!("playbook {} version {}, step {}, run {id}", playbook.id, playbook.version, step.id)
}

pub(super) fn grant_id(run: &Run, step: &PlaybookStep) -> Result<GrantId> {
    GrantId::parse(&format!("{}.{}", run.id, step.id))
        .map_err(|error| GovernanceError::corrupt("grant id", &error))
}

pub(super) fn task(
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
