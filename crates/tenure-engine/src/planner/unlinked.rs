//! What is done with accounts that are linked to nobody.

use tenure_connector::{AccountStatus as Status, DeleteMode, Operation};
use tenure_policy::{Mode, TargetId};

use super::Planner;
use super::draft::Draft;
use crate::disposition::{Disposed, Disposition};
use crate::plan::{NoticeKind, Verb};

impl Planner<'_> {
    /// An account that correlation finds nobody for and nobody has said anything about.
    pub(super) fn unmatched(&mut self, target: &TargetId, account: &str, shown: &str) {
        let mode = self.engine.policy.target(target).map_or(Mode::Observe, |found| found.mode.of("account"));
        let text = format!("account {shown} belongs to nobody known");
        self.notice(NoticeKind::Unmatched, Some(target), None, text);
        if mode == Mode::Exclusive {
            let reason = "it belongs to nobody known, and accounts here are managed exclusively";
            self.close(target, account, shown, Verb::Disable, reason.to_owned());
        }
    }

    /// An account that a person has said something about.
    pub(super) fn go_by(&mut self, target: &TargetId, account: &str, disposed: &Disposed) {
        let shown = self.shown(target, account);
        let said = format!("{} said so: {}", disposed.by, disposed.reason);
        self.answered_for(target, &shown, disposed);
        match disposed.review {
            Some(at) if at <= self.now => {
                let text = format!("what is done with account {shown} should be looked at again; {said}");
                self.notice(NoticeKind::Task, Some(target), disposed.answerable(), text);
            }
            Some(at) => self.note_change_at(at),
            None => {}
        }
        match &disposed.disposition {
            Disposition::Adopt { identity } => {
                if !self.options.covers(identity) || self.protection.covers_identity(identity) {
                    return;
                }
                let has =
                    self.world.targets.get(target).is_some_and(|world| world.links.contains_key(identity));
                if has || !self.world.identities.contains_key(identity) {
                    let who = self.person(identity);
                    let text = format!(
                        "account {shown} cannot be given to {who}, who has another here or is not known"
                    );
                    return self.notice(NoticeKind::LinkedElsewhere, Some(target), Some(identity), text);
                }
                self.link(target, account, identity, &said);
            }
            Disposition::ServiceAccount { .. } | Disposition::Protected => {}
            Disposition::DisableThenDelete { delete } => {
                let disabled = self.close(target, account, &shown, Verb::Disable, said.clone());
                if *delete <= self.now && !disabled {
                    self.close(target, account, &shown, Verb::Delete, said);
                } else if *delete > self.now {
                    self.note_change_at(*delete);
                }
            }
            Disposition::Case => {
                let text = format!("account {shown} belongs to nobody known; a person looks into it");
                self.notice(NoticeKind::Unmatched, Some(target), None, text);
            }
        }
    }

    /// Asks for another who answers for an account, when the one who did is not there any more.
    fn answered_for(&mut self, target: &TargetId, shown: &str, disposed: &Disposed) {
        let Some(owner) = disposed.answerable() else { return };
        let state = self.world.identities.get(owner).map(|owner| self.engine.policy.state(owner, self.now));
        if state.is_some_and(|state| !state.phase.is_gone()) {
            return;
        }
        let purpose = match &disposed.disposition {
            Disposition::ServiceAccount { purpose, .. } => format!(" ({purpose})"),
            _ => String::new(),
        };
        let who = self.person(owner);
        let text = format!("{who}, who answers for account {shown}{purpose}, does not work here any more");
        self.notice(NoticeKind::Task, Some(target), Some(owner), text);
    }

    /// Adds a step that disables or deletes an unlinked account. Returns whether it was still active.
    fn close(&mut self, target: &TargetId, account: &str, shown: &str, verb: Verb, reason: String) -> bool {
        let Some(world) = self.world.targets.get(target) else { return false };
        let active = world.accounts.get(account).is_some_and(|account| account.is_active());
        if verb == Verb::Disable && !active {
            return false;
        }
        let object = world.object(account);
        let draft = Draft {
            target: target.clone(),
            identity: None,
            person: format!("account {shown}"),
            verb,
            key: account.to_owned(),
            what: String::new(),
            reasons: vec![reason],
        };
        let operation = match verb {
            Verb::Delete => Operation::Delete { object, mode: DeleteMode::Permanent },
            _ => Operation::SetStatus { object, status: Status::Disabled },
        };
        let step = self.operation(draft, operation);
        if self.push(step).is_some() {
            let facts = self.world.facts_of_account(target, account);
            self.facts.insert(format!("{target}/{account}"), facts);
        }
        active
    }
}
