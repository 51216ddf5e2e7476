//! The way out of accounts that are linked and wanted no more.

use chrono::{DateTime, Utc};
use tenure_scim::Resource;

use crate::compile::Parts;
use crate::desired::{AccountStatus, DesiredAccount, LadderStep, OpenTask, TaskKind};
use crate::facts::{Facts, HeldAccount};
use crate::id::{IdentityId, TargetId};
use crate::identity::Identity;
use crate::lifecycle::{NextChange, Standing};
use crate::target::{LadderRung, LeaverAction, Recipient};

pub(super) struct Leaving<'a> {
    pub(super) parts: &'a Parts,
    pub(super) facts: &'a Facts<'a>,
    pub(super) standing: &'a Standing,
    pub(super) identity: &'a Identity,
}

impl Leaving<'_> {
    /// The account on its way out: each rung with the instant it is due, the status as of now.
    pub(super) fn account(
        &self,
        held: &HeldAccount,
        tasks: &mut Vec<OpenTask>,
        next: &mut NextChange,
    ) -> DesiredAccount {
        let now = self.facts.now;
        let gone = self.standing.state.phase.is_gone();
        let base = self.standing.left.filter(|_| gone).or(held.unwanted_since).unwrap_or(now);
        let rungs = self.rungs(&held.target);
        let mut ladder = Vec::with_capacity(rungs.len());
        for rung in rungs {
            ladder.push(self.step(&rung, base, &held.target, tasks));
        }
        for step in &ladder {
            next.note_opt(step.due);
        }
        let due =
            |action: &LeaverAction| ladder.iter().any(|step| step.action == *action && step.is_due(now));
        let status = if due(&LeaverAction::Delete) {
            AccountStatus::Absent
        } else if due(&LeaverAction::Disable) {
            AccountStatus::Disabled
        } else {
            AccountStatus::Active
        };
        let state = &self.standing.state;
        let reason = if gone {
            format!("{}: {}", state.phase, state.reason)
        } else {
            format!("no role or grant asks for an account in `{}` any more", held.target)
        };
        DesiredAccount {
            target: held.target.clone(),
            status,
            attributes: Resource::default(),
            mappings: Vec::new(),
            references: Vec::new(),
            ladder,
            origins: std::collections::BTreeSet::new(),
            reason,
            credential: None,
        }
    }

    /// The ladder of a target; for one without, the account is disabled and nothing is destroyed.
    fn rungs(&self, target: &TargetId) -> Vec<LadderRung> {
        let own =
            self.parts.document.targets.get(target).map(|target| target.leaver.clone()).unwrap_or_default();
        if own.is_empty() { vec![LadderRung { action: LeaverAction::Disable, after: None }] } else { own }
    }

    fn step(
        &self,
        rung: &LadderRung,
        base: DateTime<Utc>,
        target: &TargetId,
        tasks: &mut Vec<OpenTask>,
    ) -> LadderStep {
        let config = &self.parts.document.lifecycle.leaver;
        let after = match (&rung.action, rung.after) {
            (_, Some(after)) => after,
            (LeaverAction::Delete, None) => config.delete_after,
            (_, None) => crate::time::Span::ZERO,
        };
        let mut step = LadderStep {
            action: rung.action.clone(),
            due: Some(after.after(base)),
            recipient: None,
            held_by: None,
        };
        match &rung.action {
            LeaverAction::Delete if self.standing.legal_hold => {
                (step.due, step.held_by) = (None, Some("a legal hold".to_owned()));
            }
            LeaverAction::Delete if self.standing.returns.is_some() => {
                (step.due, step.held_by) = (None, Some("an engagement that begins later".to_owned()));
            }
            LeaverAction::TransferOwnership(to) => {
                step.recipient = self.recipient(to);
                if step.recipient.is_none() {
                    tasks.push(OpenTask {
                        kind: TaskKind::NameRecipient,
                        subject: target.to_string(),
                        text: format!("name who receives what `{}` owns in `{target}`", self.identity.id()),
                        due: step.due,
                    });
                }
            }
            _ => {}
        }
        step
    }

    fn recipient(&self, to: &Recipient) -> Option<IdentityId> {
        match to {
            Recipient::Identity(id) => Some(id.clone()),
            Recipient::Manager => {
                let first = match self.identity {
                    Identity::Person(person) => manager_of(person)?,
                    Identity::Workload(workload) => workload.owner.clone(),
                };
                present(self.parts, self.facts, first)
            }
        }
    }
}

/// The manager in the engagement that counts most: the primary one, else the one that began last.
pub(super) fn manager_of(person: &crate::identity::Person) -> Option<IdentityId> {
    let best = person
        .engagements
        .iter()
        .filter(|e| !e.rescinded && e.manager.is_some())
        .max_by_key(|e| (e.primary, e.start, e.id.clone()));
    best.and_then(|engagement| engagement.manager.clone())
}

/// The identity, or the first up its line of managers that has not left.
fn present(parts: &Parts, facts: &Facts<'_>, first: IdentityId) -> Option<IdentityId> {
    let mut at = first;
    for _ in 0..LINE {
        let person = match facts.directory.identity(&at)? {
            Identity::Person(person) => person,
            Identity::Workload(workload) => {
                at = workload.owner.clone();
                continue;
            }
        };
        let document = &parts.document;
        let standing = Standing::of_person(person, &document.lifecycle, &document.temporary, facts.now);
        if !standing.state.phase.is_gone() {
            return Some(at);
        }
        at = manager_of(person)?;
    }
    None
}

/// A line of managers longer than this is taken to be a circle.
const LINE: usize = 32;
