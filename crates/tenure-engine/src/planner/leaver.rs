use tenure_connector::{DeleteMode, Operation, OwnershipScope, SessionScope};
use tenure_policy::{
    DesiredAccount, Evaluation, IdentityId, LadderStep, LeaverAction, Mode, TargetId, TargetPolicy,
};
use tenure_store::{HeldRecord, LinkRecord};

use super::Planner;
use super::entitlements::is_licence;
use crate::plan::{NoticeKind, Record, StepId, Upcoming, Verb};
use crate::world::TargetWorld;

/// What stands in the way of deletion.
#[derive(Default)]
struct Way {
    /// The steps that have to succeed before.
    after: Vec<StepId>,
    /// Why it has to wait for a later run.
    blocked: Option<String>,
    /// The step that gives away what the account owns: what stands behind it on the ladder waits for it.
    transfer: Option<StepId>,
    /// The target still works on that since an earlier run.
    transferring: bool,
}

impl Planner<'_> {
    /// Takes the steps out that are due for an account that is wanted no more.
    pub(super) fn wind_down(
        &mut self,
        evaluation: &Evaluation,
        desired: &DesiredAccount,
        mode: Mode,
        link: &LinkRecord,
    ) {
        let (identity, target) = (&evaluation.identity, &desired.target);
        if matches!(mode, Mode::Observe | Mode::AddOnly) {
            let text = format!("{}'s account would be closed: {}", self.person(identity), desired.reason);
            return self.notice(NoticeKind::Observed, Some(target), Some(identity), text);
        }
        let mut way = Way::default();
        way.after.extend(self.linking_step(target, identity));
        self.give_up_withheld(desired, identity, link, &mut way);
        for rung in &desired.ladder {
            if rung.is_due(self.now) {
                self.take(evaluation, desired, link, rung, &mut way);
            } else if !self.is_taken(target, link, &rung.action) {
                let person = self.person(identity);
                self.upcoming.push(Upcoming {
                    due: rung.due,
                    target: target.clone(),
                    identity: identity.clone(),
                    person,
                    action: rung.action.to_string(),
                    held_by: rung.held_by.clone(),
                });
                if !matches!(rung.action, LeaverAction::Delete) {
                    let blocked = format!("{} comes first", rung.action);
                    way.blocked.get_or_insert(blocked);
                }
            }
        }
    }

    /// Takes at once what was ordered about a seat, before the rungs that would do so on their day.
    fn give_up_withheld(
        &mut self,
        desired: &DesiredAccount,
        identity: &IdentityId,
        link: &LinkRecord,
        way: &mut Way,
    ) {
        let target = &desired.target;
        let Some(world) = self.world.targets.get(target) else { return };
        let due = |actions: &[LeaverAction]| {
            desired.ladder.iter().any(|rung| actions.contains(&rung.action) && rung.is_due(self.now))
        };
        let on_its_way =
            due(&[LeaverAction::ReleaseSeat, LeaverAction::RemoveEntitlements, LeaverAction::Downgrade]);
        let held: Vec<(HeldRecord, String)> = world
            .held_by(&link.account)
            .filter(|_| !on_its_way)
            .filter_map(|held| Some((held.clone(), self.withheld(identity, &world.key_of(target, held)?)?)))
            .collect();
        let active = world.accounts.get(&link.account).is_some_and(|account| account.is_active());
        let active = active && !due(&[LeaverAction::Disable]);
        let first = self.linking_step(target, identity);
        if active && let Some(why) = self.stopped(identity, target) {
            let reason = DesiredAccount { reason: why, ..desired.clone() };
            way.after.extend(self.set_status(target, identity, false, &reason, first.clone()));
        }
        for (held, why) in held {
            way.after.extend(self.revoke(
                identity,
                target,
                &held,
                Verb::ReleaseSeat,
                vec![why],
                first.as_ref(),
            ));
        }
    }

    /// Why an account was ordered to stop, if it was, and it alone.
    fn stopped(&self, identity: &IdentityId, target: &TargetId) -> Option<String> {
        let found = self.options.as_ordered(self.world.identities.get(identity)?);
        let order = found.stopped_in(target, self.now)?;
        Some(format!("suspended here: ordered by {}: {}", order.by, order.reason))
    }

    fn take(
        &mut self,
        evaluation: &Evaluation,
        desired: &DesiredAccount,
        link: &LinkRecord,
        rung: &LadderStep,
        way: &mut Way,
    ) {
        let (identity, target) = (&evaluation.identity, &desired.target);
        if self.is_taken(target, link, &rung.action) {
            return;
        }
        let first = self.linking_step(target, identity);
        let object = self.object(target, identity);
        let reasons = vec![desired.reason.clone()];
        let mut step = match &rung.action {
            LeaverAction::RevokeSessions => {
                let draft = self.draft(target, identity, Verb::RevokeSessions, "", reasons);
                let operation = Operation::RevokeSessions { object, scope: SessionScope::All };
                let mut step = self.operation(draft, operation);
                step.records.push(Record::Taken(rung.action.to_string()));
                step
            }
            LeaverAction::Disable => {
                let disabled = self.set_status(target, identity, false, desired, first);
                self.mark_due(disabled.as_ref(), rung);
                way.note(disabled, "disabling the account");
                return;
            }
            LeaverAction::Downgrade => {
                let is_due =
                    |other: &LadderStep| other.action == LeaverAction::ReleaseSeat && other.is_due(self.now);
                if desired.ladder.iter().any(is_due) {
                    return;
                }
                let steps = self.downgrade(identity, target, link, &reasons, first.as_ref());
                steps.iter().for_each(|step| self.mark_due(Some(step), rung));
                way.after.extend(steps);
                return;
            }
            LeaverAction::RemoveEntitlements | LeaverAction::ReleaseSeat => {
                if way.transferring {
                    way.blocked.get_or_insert("what the account owns is changing hands".to_owned());
                    return;
                }
                for held in self.to_remove(target, link, desired, &rung.action) {
                    let verb = match rung.action {
                        LeaverAction::ReleaseSeat => Verb::ReleaseSeat,
                        _ => Verb::Revoke,
                    };
                    let revoked = self.revoke(identity, target, &held, verb, reasons.clone(), first.as_ref());
                    self.mark_due(revoked.as_ref(), rung);
                    self.wait_for(revoked.as_ref(), way.transfer.as_ref());
                    way.after.extend(revoked);
                }
                return;
            }
            LeaverAction::TransferOwnership(_) => {
                let receiver = rung.recipient.as_ref().and_then(|to| {
                    let link = self.world.targets.get(target)?.links.get(to)?;
                    Some((to.clone(), link.account.clone()))
                });
                let Some((receiver, account)) = receiver else {
                    let person = self.person(identity);
                    let text =
                        format!("nobody with an account in {target} can receive what {person} owns there");
                    self.notice(NoticeKind::Task, Some(target), Some(identity), text);
                    way.blocked.get_or_insert("what the account owns has no new owner".to_owned());
                    return;
                };
                let Some(world) = self.world.targets.get(target) else { return };
                let operation = Operation::TransferOwnership {
                    object,
                    to: world.object(&account),
                    scope: OwnershipScope::All,
                };
                let what = self.person(&receiver);
                let mut draft = self.draft(target, identity, Verb::TransferOwnership, what, reasons);
                draft.key = String::new();
                let mut step = self.operation(draft, operation);
                step.records.push(Record::Taken(rung.action.to_string()));
                step
            }
            LeaverAction::Delete => {
                if let Some(blocked) = &way.blocked {
                    let text = format!("{}'s account is not deleted yet: {blocked}", self.person(identity));
                    return self.notice(NoticeKind::Task, Some(target), Some(identity), text);
                }
                let draft = self.draft(target, identity, Verb::Delete, "", reasons);
                let mut step =
                    self.operation(draft, Operation::Delete { object, mode: DeleteMode::Permanent });
                step.after.extend(way.after.iter().cloned());
                step
            }
            // A rung that this version does not know is left to a later one; nothing is deleted before it.
            other => {
                way.blocked.get_or_insert(format!("`{other}` is not known here"));
                return;
            }
        };
        step.due = rung.due;
        step.after.extend(first);
        let (manual, what) = (step.is_manual(), step.title());
        let transfers = matches!(rung.action, LeaverAction::TransferOwnership(_)) && !manual;
        let waits = self.world.waiting.get(step.id.as_str()).is_some_and(|waiting| waiting.task.is_none());
        let pushed = self.push(step);
        if transfers {
            way.transfer.clone_from(&pushed);
            way.transferring = pushed.is_none() && waits;
        }
        match manual && pushed.is_some() {
            true => drop(way.blocked.get_or_insert(what)),
            false => way.note(pushed, &what),
        }
    }

    /// Lets a step begin only when another has succeeded.
    fn wait_for(&mut self, step: Option<&StepId>, before: Option<&StepId>) {
        let found = step.and_then(|id| self.steps.iter_mut().rev().find(|step| step.id == *id));
        if let (Some(found), Some(before)) = (found, before) {
            found.after.insert(before.clone());
        }
    }

    fn mark_due(&mut self, step: Option<&StepId>, rung: &LadderStep) {
        let found = step.and_then(|id| self.steps.iter_mut().rev().find(|step| step.id == *id));
        if let Some(found) = found {
            found.due = rung.due;
        }
    }

    /// Whether a rung needs nothing more.
    fn is_taken(&self, target: &TargetId, link: &LinkRecord, action: &LeaverAction) -> bool {
        let Some(world) = self.world.targets.get(target) else { return true };
        match action {
            LeaverAction::Disable => {
                !world.accounts.get(&link.account).is_some_and(|account| account.is_active())
            }
            LeaverAction::RemoveEntitlements => {
                world.held_by(&link.account).all(|held| held.immutable || is_licence(&held.kind))
            }
            LeaverAction::ReleaseSeat => {
                !world.held_by(&link.account).any(|held| !held.immutable && self.is_seat(target, held))
            }
            LeaverAction::Downgrade => self.stronger(target, link).is_none_or(|(_, held)| held.is_empty()),
            LeaverAction::Delete => false,
            other => link.taken.contains(other.word()),
        }
    }

    /// Whether what is held is a licence, or a paid seat that is held by something else.
    fn is_seat(&self, target: &TargetId, held: &HeldRecord) -> bool {
        let (policy, world) = (self.engine.policy.target(target), self.world.targets.get(target));
        let is_one = |(policy, world): (&TargetPolicy, &TargetWorld)| {
            policy.seats.iter().any(|seat| world.is_seat(seat, &held.kind, &held.value))
        };
        is_licence(&held.kind) || policy.zip(world).is_some_and(is_one)
    }

    fn to_remove(
        &self,
        target: &TargetId,
        link: &LinkRecord,
        desired: &DesiredAccount,
        action: &LeaverAction,
    ) -> Vec<HeldRecord> {
        let Some(world) = self.world.targets.get(target) else { return Vec::new() };
        let own = [LeaverAction::ReleaseSeat, LeaverAction::Downgrade];
        let seats_apart = desired.ladder.iter().any(|rung| own.contains(&rung.action));
        world
            .held_by(&link.account)
            .filter(|held| match action {
                LeaverAction::ReleaseSeat => self.is_seat(target, held),
                _ => !(seats_apart && self.is_seat(target, held)),
            })
            .cloned()
            .collect()
    }
}

impl Way {
    /// A step that is carried out goes before deletion; one that waits for someone holds deletion up.
    fn note(&mut self, step: Option<StepId>, what: &str) {
        match step {
            Some(step) => self.after.push(step),
            None => drop(self.blocked.get_or_insert(format!("{what} waits"))),
        }
    }
}
