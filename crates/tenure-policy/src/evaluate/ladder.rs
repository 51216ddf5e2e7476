//! The way out of accounts that are linked and wanted no more.

use chrono::{DateTime, Utc};
use tenure_scim::Resource;

use super::owner;
use crate::compile::Parts;
use crate::desired::{AccountStatus, DesiredAccount, LadderStep, OpenTask, TaskKind};
use crate::facts::{Facts, HeldAccount};
use crate::id::{IdentityId, TargetId};
use crate::identity::Identity;
use crate::lifecycle::{NextChange, Standing};
use crate::target::{LadderRung, LeaverAction, Recipient};
use crate::time::Span;

pub(super) struct Leaving<'a> {
    pub(super) parts: &'a Parts,
    pub(super) facts: &'a Facts<'a>,
    pub(super) standing: &'a Standing,
    pub(super) identity: &'a Identity,
}

impl Leaving<'_> {
    /// The account on its way out: each rung with the instant it is due, the status as of now.
    pub(super) fn account(&self, held: &HeldAccount, tasks: &mut Vec<OpenTask>) -> DesiredAccount {
        let now = self.facts.now;
        let gone = self.standing.phase.is_gone();
        let base = self.base(held);
        let rungs = self.rungs(&held.target);
        let mut ladder = Vec::with_capacity(rungs.len());
        for rung in rungs {
            ladder.push(self.step(rung, base, &held.target, tasks));
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
        let reason = if gone {
            let state = self.standing.state(self.identity);
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

    /// Notes when each rung is due.
    pub(super) fn note(&self, held: &HeldAccount, next: &mut NextChange) {
        if self.orphans() {
            next.note_opt(owner::takes_over(self.parts, self.standing.left));
        }
        let base = self.base(held);
        for rung in self.rungs(&held.target) {
            if self.held_by(rung).is_none() {
                next.note(self.after(rung).after(base));
            }
        }
    }

    /// The instant from which delays are counted.
    fn base(&self, held: &HeldAccount) -> DateTime<Utc> {
        let gone = self.standing.phase.is_gone();
        self.standing.left.filter(|_| gone).or(held.unwanted_since).unwrap_or(self.facts.now)
    }

    /// The ladder of a target; for one without, the account is disabled and nothing is destroyed.
    fn rungs(&self, target: &TargetId) -> &[LadderRung] {
        let own = self.parts.document.targets.get(target).map(|target| target.leaver.as_slice());
        own.filter(|own| !own.is_empty()).unwrap_or(&DISABLE)
    }

    fn after(&self, rung: &LadderRung) -> Span {
        match (&rung.action, rung.after) {
            (_, Some(after)) => after,
            (LeaverAction::Delete, None) => self.parts.document.lifecycle.leaver.delete_after,
            (_, None) => Span::ZERO,
        }
    }

    /// What forbids a rung.
    fn held_by(&self, rung: &LadderRung) -> Option<&'static str> {
        match rung.action {
            LeaverAction::Delete if self.standing.legal_hold => Some("a legal hold"),
            LeaverAction::Delete if self.standing.returns.is_some() => {
                Some("an engagement that begins later")
            }
            LeaverAction::Delete if self.orphans() => Some("workloads without another owner"),
            _ => None,
        }
    }

    /// True while a leaver owns workloads.
    fn orphans(&self) -> bool {
        let Identity::Person(person) = self.identity else { return false };
        self.standing.phase.is_gone()
            && !self.facts.owned.is_empty()
            && owner::heir(self.parts, person, self.standing.left, self.facts).is_none()
    }

    /// The workloads of a leaver that somebody has to be named for.
    pub(super) fn orphaned(&self) -> impl Iterator<Item = OpenTask> + '_ {
        let due = owner::takes_over(self.parts, self.standing.left).filter(|at| *at > self.facts.now);
        let all = if self.orphans() { self.facts.owned } else { &[] };
        all.iter().map(move |workload| OpenTask {
            kind: TaskKind::NameOwner,
            subject: workload.to_string(),
            text: format!("name an owner for `{workload}`: its owner `{}` has left", self.identity.id()),
            due,
        })
    }

    fn step(
        &self,
        rung: &LadderRung,
        base: DateTime<Utc>,
        target: &TargetId,
        tasks: &mut Vec<OpenTask>,
    ) -> LadderStep {
        let mut step = LadderStep {
            action: rung.action.clone(),
            due: Some(self.after(rung).after(base)),
            recipient: None,
            held_by: None,
        };
        if let Some(held_by) = self.held_by(rung) {
            (step.due, step.held_by) = (None, Some(held_by.to_owned()));
        }
        if let LeaverAction::TransferOwnership(to) = &rung.action {
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
pub(super) fn present(parts: &Parts, facts: &Facts<'_>, first: IdentityId) -> Option<IdentityId> {
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
        if !standing.phase.is_gone() {
            return Some(at);
        }
        at = manager_of(person)?;
    }
    None
}

static DISABLE: [LadderRung; 1] = [LadderRung { action: LeaverAction::Disable, after: None }];

/// A line of managers longer than this is taken to be a circle.
const LINE: usize = 32;
