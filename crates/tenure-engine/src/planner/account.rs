use std::collections::BTreeMap;

use serde_json::Value;
use tenure_connector::{AccountStatus as Status, Operation};
use tenure_policy::{AccountStatus, DesiredAccount, Evaluation, IdentityId, Mode, TargetId};
use tenure_scim::{AttrPath, Resource, diff};
use tenure_store::LinkRecord;

use super::Planner;
use super::attributes::{self, Wanted};
use crate::plan::{Action, NoticeKind, Record, StepId, Verb};

impl Planner<'_> {
    /// Compares one identity's account in one target, with everything it holds.
    pub(super) fn compare_account(&mut self, evaluation: &Evaluation, target: &TargetId) {
        let identity = &evaluation.identity;
        let desired = evaluation.accounts.get(target);
        let wanted = desired.is_some_and(|desired| !desired.origins.is_empty());
        let mode = self.engine.policy.target(target).map_or(Mode::Observe, |found| found.mode.of("account"));
        let link = self.world.targets.get(target).and_then(|world| world.links.get(identity)).cloned();
        let Some(link) = link else {
            if let Some(desired) = desired.filter(|_| wanted) {
                self.create(evaluation, desired, mode, None);
            }
            return;
        };
        if self.refuse_protected(target, identity, &link.account) {
            return;
        }
        let there =
            self.world.targets.get(target).is_some_and(|world| world.accounts.contains_key(&link.account));
        if !there {
            let forgotten = self.forget(target, identity, &link);
            if let Some(desired) = desired.filter(|_| wanted) {
                self.create(evaluation, desired, mode, forgotten);
            }
            return;
        }
        self.note_wanted(target, &link, wanted);
        match desired {
            Some(desired) if wanted => self.maintain(evaluation, desired, mode, &link),
            Some(desired) => self.wind_down(evaluation, desired, mode, &link),
            None => {}
        }
    }

    fn forget(&mut self, target: &TargetId, identity: &IdentityId, link: &LinkRecord) -> Option<StepId> {
        let account =
            tenure_connector::ObjectRef::new(self.world.targets.get(target)?.class.clone(), &*link.account);
        let reason = "a complete list of the target does not have it any more".to_owned();
        let draft = self.draft(target, identity, Verb::Forget, &*link.account, vec![reason]);
        let step = draft.step(Action::Forget { account });
        self.push(step)
    }

    fn create(
        &mut self,
        evaluation: &Evaluation,
        desired: &DesiredAccount,
        mode: Mode,
        forgotten: Option<StepId>,
    ) {
        let (identity, target) = (&evaluation.identity, &desired.target);
        if desired.status == AccountStatus::Absent {
            return;
        }
        let person = self.person(identity);
        if self.protection.covers_identity(identity) {
            return;
        }
        if self.disputed.get(target).is_some_and(|disputed| disputed.contains(identity)) {
            let text = format!("{person} is not created: an account that is there may be theirs");
            return self.notice(NoticeKind::Ambiguous, Some(target), Some(identity), text);
        }
        if mode == Mode::Observe {
            let text = format!("{person} would be created");
            return self.notice(NoticeKind::Observed, Some(target), Some(identity), text);
        }
        let Some(world) = self.world.targets.get(target) else { return };
        let mut resource = desired.attributes.clone();
        // A mapping into an extension names only the extension.
        resource.add_schema(world.described.main_schema());
        let unnamed = self.engine.policy.target(target).and_then(|policy| policy.username.as_ref());
        if unnamed.is_some_and(|rule| resource.get(&rule.to).is_none()) {
            let text = format!("{person} is not created: no user name could be chosen");
            return self.notice(NoticeKind::Task, Some(target), Some(identity), text);
        }
        let active = desired.status == AccountStatus::Active;
        set(&mut resource, "active", Value::Bool(active));
        let (resource, pending) = self.known_references(target, desired, resource);
        let Some(world) = self.world.targets.get(target) else { return };
        let name = self.name_record(target, &resource);
        let operation = Operation::Create { class: world.class.clone(), resource };
        let draft = self.draft(target, identity, Verb::Create, "", reasons(desired));
        let mut step = self.operation(draft, operation);
        let written = written(desired);
        if !written.is_empty() {
            step.records.push(Record::Written(written));
        }
        step.records.extend(name);
        step.after.extend(forgotten);
        let by_hand = step.is_manual();
        let created = self.push(step);
        if let Some(created) = created.clone().filter(|_| !by_hand) {
            self.created.insert((target.clone(), identity.clone()), created);
        }
        self.pending_references(target, identity, pending, created.as_ref());
        if let Some(created) = created {
            self.compare_entitlements(evaluation, target, None, Some(&created));
        }
    }

    fn maintain(&mut self, evaluation: &Evaluation, desired: &DesiredAccount, mode: Mode, link: &LinkRecord) {
        let (identity, target) = (&evaluation.identity, &desired.target);
        let linked = self.linking_step(target, identity);
        let Some(world) = self.world.targets.get(target) else { return };
        let Some(account) = world.accounts.get(&link.account) else { return };
        let (active, current) = (account.is_active(), account.resource.clone());
        let mut ready = linked.clone();
        if mode == Mode::Observe {
            self.notice_observed(desired, identity, &current, link);
        } else {
            ready = self.update(evaluation, desired, &current, link).or(ready);
            let person = self.person(identity);
            match desired.status {
                AccountStatus::Active if !active => {
                    ready = self.set_status(target, identity, true, desired, ready.clone()).or(ready);
                }
                AccountStatus::Disabled | AccountStatus::Absent if active && mode == Mode::AddOnly => {
                    let text = format!("{person} would be disabled");
                    self.notice(NoticeKind::Observed, Some(target), Some(identity), text);
                }
                AccountStatus::Disabled | AccountStatus::Absent if active => {
                    self.set_status(target, identity, false, desired, linked.clone());
                }
                _ => {}
            }
        }
        self.compare_entitlements(evaluation, target, Some(link), ready.as_ref());
    }

    fn update(
        &mut self,
        evaluation: &Evaluation,
        desired: &DesiredAccount,
        current: &Resource,
        link: &LinkRecord,
    ) -> Option<StepId> {
        let (identity, target) = (&evaluation.identity, &desired.target);
        let Wanted { resource, written } = attributes::wanted(current, &desired.mappings, &link.written);
        let (resource, pending) = self.known_references(target, desired, resource);
        let world = self.world.targets.get(target)?;
        let schema = world.described.accounts()?;
        let patch = diff(current, &resource, schema);
        let linked = self.linking_step(target, identity);
        self.pending_references(target, identity, pending, linked.as_ref());
        if patch.operations.is_empty() {
            if written != link.written {
                let mut link = link.clone();
                link.written = written;
                self.note_link(link);
            }
            return None;
        }
        let (name, before) = (self.name_record(target, &resource), self.name_record(target, current));
        let what = attributes::names(&patch);
        let operation = Operation::Update { object: self.object(target, identity), patch };
        let mut draft = self.draft(target, identity, Verb::Update, what, reasons(desired));
        draft.key = String::new();
        let mut step = self.operation(draft, operation);
        step.records.push(Record::Written(written));
        step.records.extend(name.filter(|name| before.as_ref() != Some(name)));
        step.after.extend(linked);
        self.push(step)
    }

    pub(super) fn set_status(
        &mut self,
        target: &TargetId,
        identity: &IdentityId,
        active: bool,
        desired: &DesiredAccount,
        after: Option<StepId>,
    ) -> Option<StepId> {
        let (verb, status) = match active {
            true => (Verb::Enable, Status::Active),
            false => (Verb::Disable, Status::Disabled),
        };
        let operation = Operation::SetStatus { object: self.object(target, identity), status };
        let draft = self.draft(target, identity, verb, "", vec![desired.reason.clone()]);
        let mut step = self.operation(draft, operation);
        step.after.extend(after);
        self.push(step)
    }

    fn notice_observed(
        &mut self,
        desired: &DesiredAccount,
        identity: &IdentityId,
        current: &Resource,
        link: &LinkRecord,
    ) {
        let Some(world) = self.world.targets.get(&desired.target) else { return };
        let Some(schema) = world.described.accounts() else { return };
        let wanted = attributes::wanted(current, &desired.mappings, &link.written);
        let patch = diff(current, &wanted.resource, schema);
        if !patch.operations.is_empty() {
            let text = format!("{} of {} would change", attributes::names(&patch), self.person(identity));
            self.notice(NoticeKind::Observed, Some(&desired.target), Some(identity), text);
        }
    }

    /// The name that an account carries once it is written.
    fn name_record(&self, target: &TargetId, resource: &Resource) -> Option<Record> {
        let rule = self.engine.policy.target(target)?.username.as_ref()?;
        let value = resource.get(&rule.to).and_then(tenure_scim::ValueRef::as_str)?;
        let (space, key) = (rule.namespace.clone(), tenure_policy::registry_key(value));
        Some(Record::Name { space, key, value: value.to_owned() })
    }
}

pub(super) fn reasons(desired: &DesiredAccount) -> Vec<String> {
    let mut reasons: Vec<String> = desired.origins.iter().map(ToString::to_string).collect();
    if !desired.reason.is_empty() {
        reasons.push(desired.reason.clone());
    }
    reasons
}

fn written(desired: &DesiredAccount) -> BTreeMap<String, Value> {
    let values = desired.mappings.iter().filter_map(|mapping| {
        Some((mapping.mapping.to_string(), mapping.value.clone().filter(|value| !value.is_null())?))
    });
    values.collect()
}

pub(super) fn set(resource: &mut Resource, name: &str, value: Value) {
    if let Ok(path) = AttrPath::parse(name) {
        resource.set(&path, value);
    }
}
