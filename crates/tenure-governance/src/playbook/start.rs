use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::json;
use tenure_engine::Census;
use tenure_policy::{DelegatedAction, IdentityId, Phase};
use tenure_store::sha256_hex;

use super::model::{CLOSED, OPEN};
use super::{Run, StepState};
use crate::keep::{self, Change, Record};
use crate::look::Look;
use crate::request::{Approvers, role_of};
use crate::{Governance, GovernanceError, PlaybookAction, PlaybookSpec, Result};

impl Governance {
    /// The runs that a playbook would make for people, with every check and nothing written: who, which steps, which of them
    /// would be left out now.
    ///
    /// # Errors
    ///
    /// As [`run_playbook`](Self::run_playbook).
    pub async fn rehearse(
        &self,
        playbook: &str,
        subjects: &[IdentityId],
        parameters: &BTreeMap<String, String>,
        by: &IdentityId,
        now: DateTime<Utc>,
    ) -> Result<Vec<Run>> {
        let census = self.look(Look::default().besides(subjects).besides([by]), now).await?;
        let spec = self.playbook(playbook).await?;
        let mut runs = self.runs_for(&spec, subjects, parameters, by, &census)?;
        for run in &mut runs {
            for step in &run.playbook.steps {
                if !self.holds(step.when.as_ref(), &run.subject, &census) {
                    let reason = "its condition does not hold".to_owned();
                    run.steps.insert(step.id.clone(), StepState::LeftOut { at: now, reason });
                }
            }
        }
        Ok(runs)
    }

    /// Begins a playbook for people, one run each: for all of them or for none. What is due at once is done by the next
    /// [`advance_playbooks`](Self::advance_playbooks). Begun again at the same moment, it is the same run.
    ///
    /// # Errors
    ///
    /// * `NotFound`, when there is no such playbook or person;
    /// * `NotAllowed`, when who begins it is not at work, or nothing lets them do for one of the people what its steps do;
    /// * `Refused`, when a parameter is missing or not known, or a person has left.
    pub async fn run_playbook(
        &self,
        playbook: &str,
        subjects: &[IdentityId],
        parameters: &BTreeMap<String, String>,
        by: &IdentityId,
        now: DateTime<Utc>,
    ) -> Result<Vec<Run>> {
        let census = self.look(Look::default().besides(subjects).besides([by]), now).await?;
        let spec = self.playbook(playbook).await?;
        let runs = self.runs_for(&spec, subjects, parameters, by, &census)?;
        let mut change = Change::new(playbook, now);
        let mut begun = Vec::new();
        for run in runs {
            if self.known_run(&run.id).await?.is_none() {
                self.begin(&mut change, &run)?;
            }
            begun.push(run);
        }
        change.commit(self.store()).await?;
        Ok(begun)
    }

    pub(crate) fn begin(&self, change: &mut Change, run: &Run) -> Result<()> {
        change.create(&run.key(), run)?;
        change.audit(Record {
            actor: &run.by,
            action: "playbook.begin",
            identity: Some(run.subject.as_str()),
            object: &run.id,
            why: json!({
                "playbook": run.playbook.id, "version": run.playbook.version, "parameters": run.parameters,
            }),
            outcome: "begun",
            ..Record::default()
        });
        Ok(())
    }

    /// The run with this id, under way or ended.
    ///
    /// # Errors
    ///
    /// `NotFound`, when there is none; `Store` or `Corrupt`, when the store fails.
    pub async fn run(&self, id: &str) -> Result<Run> {
        let found = self.known_run(id).await?;
        found.ok_or_else(|| GovernanceError::NotFound { what: "run", id: id.to_owned() })
    }

    pub(crate) async fn known_run(&self, id: &str) -> Result<Option<Run>> {
        for prefix in [OPEN, CLOSED] {
            if let Some(kept) = keep::read::<Run>(self.store(), &format!("{prefix}{id}"), "run").await? {
                return Ok(Some(kept.value));
            }
        }
        Ok(None)
    }

    /// Every run that has not come to its end, or every one that has, the oldest first.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn runs(&self, ended: bool) -> Result<Vec<Run>> {
        let prefix = if ended { CLOSED } else { OPEN };
        let found = keep::list::<Run>(self.store(), prefix, "run").await?;
        let mut runs: Vec<Run> = found.into_iter().map(|kept| kept.value).collect();
        runs.sort_by(|a, b| (a.started, &a.id).cmp(&(b.started, &b.id)));
        Ok(runs)
    }

    fn runs_for(
        &self,
        spec: &PlaybookSpec,
        subjects: &[IdentityId],
        given: &BTreeMap<String, String>,
        by: &IdentityId,
        census: &Census,
    ) -> Result<Vec<Run>> {
        let playbook = &spec.id;
        let now = census.now();
        let approvers = Approvers { rules: &self.rules, census };
        if !approvers.is_at_work(by) {
            let because = "expected somebody who is at work";
            return Err(GovernanceError::not_allowed(by, "run this playbook", because));
        }
        let mut runs = Vec::with_capacity(subjects.len());
        for subject in subjects {
            for step in &spec.steps {
                let (action, role) = match &step.does {
                    PlaybookAction::Grant { what, .. } => (DelegatedAction::Grant, role_of(what)),
                    PlaybookAction::Revoke { what } => (DelegatedAction::Revoke, role_of(what)),
                    PlaybookAction::Suspend { .. } | PlaybookAction::Resume { .. } => {
                        (DelegatedAction::Suspend, None)
                    }
                    PlaybookAction::Task { .. } | PlaybookAction::Notify { .. } => continue,
                };
                if by == subject {
                    let because = "nobody runs a playbook that changes access for themselves";
                    return Err(GovernanceError::not_allowed(by, "run this playbook", because));
                }
                self.may(census, by, subject, action, role)?;
            }
            let hash = sha256_hex(format!("{playbook}\n{subject}\n{now}").as_bytes());
            let id = format!("{playbook}-{}", hash.chars().take(10).collect::<String>());
            runs.push(new_run(spec, id, subject, given, by.to_string(), census)?);
        }
        Ok(runs)
    }
}

pub(crate) fn new_run(
    spec: &PlaybookSpec,
    id: String,
    subject: &IdentityId,
    given: &BTreeMap<String, String>,
    by: String,
    census: &Census,
) -> Result<Run> {
    let not_found = || GovernanceError::NotFound { what: "identity", id: subject.to_string() };
    let found = census.identity(subject).ok_or_else(not_found)?;
    if matches!(census.policy().state(found, census.now()).phase, Phase::Retained | Phase::Erased) {
        return Err(GovernanceError::refused(format!(
            "expected somebody who is known still, found `{subject}`"
        )));
    }
    if let Some(unknown) = given.keys().find(|name| !spec.parameters.contains_key(*name)) {
        return Err(GovernanceError::refused(format!("`{unknown}` is no parameter of `{}`", spec.id)));
    }
    let mut parameters = BTreeMap::new();
    for (name, default) in &spec.parameters {
        match given.get(name).or(default.as_ref()) {
            Some(value) => drop(parameters.insert(name.clone(), value.clone())),
            None => {
                let detail = format!("expected the parameter `{name}` of `{}`, found none", spec.id);
                return Err(GovernanceError::refused(detail));
            }
        }
    }
    Ok(Run {
        id,
        playbook: spec.clone(),
        subject: subject.clone(),
        person: found.display_name().to_owned(),
        parameters,
        by,
        started: census.now(),
        steps: spec.steps.iter().map(|step| (step.id.clone(), StepState::Waiting)).collect(),
        ended: None,
    })
}
