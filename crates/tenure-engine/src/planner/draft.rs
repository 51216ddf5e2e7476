use std::collections::BTreeSet;

use tenure_connector::{ObjectRef, Operation, OperationKind};
use tenure_policy::{IdentityId, TargetId};
use tenure_store::sha256_hex;

use super::Planner;
use crate::plan::{Action, NoticeKind, Risk, Step, StepId, TaskDraft, Verb};
use crate::world::TargetWorld;

/// Where a step belongs, and what it is.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) target: TargetId,
    pub(super) identity: Option<IdentityId>,
    pub(super) person: String,
    pub(super) verb: Verb,
    /// What tells the step from others of the same verb for the same account.
    pub(super) key: String,
    /// The same for people.
    pub(super) what: String,
    pub(super) reasons: Vec<String>,
}

impl Draft {
    pub(super) fn id(&self) -> StepId {
        let Self { target, identity, verb, key, .. } = self;
        let who = identity.as_ref().map_or("-", IdentityId::as_str);
        match key.is_empty() {
            true => StepId::new(format!("{target}/{who}/{verb}")),
            false => StepId::new(format!("{target}/{who}/{verb}/{key}")),
        }
    }

    pub(super) fn step(self, action: Action) -> Step {
        Step {
            id: self.id(),
            risk: risk(self.verb),
            target: self.target,
            identity: self.identity,
            person: self.person,
            verb: self.verb,
            what: self.what,
            action,
            after: BTreeSet::new(),
            reasons: self.reasons,
            cost: None,
            effects: BTreeSet::new(),
            expected: None,
            guard_group: None,
            due: None,
            references: Vec::new(),
            records: Vec::new(),
        }
    }
}

fn risk(verb: Verb) -> Risk {
    match verb {
        Verb::Delete => Risk::High,
        Verb::Disable | Verb::Revoke | Verb::TransferOwnership | Verb::ReleaseSeat => Risk::Medium,
        _ => Risk::Low,
    }
}

impl Planner<'_> {
    pub(super) fn draft(
        &self,
        target: &TargetId,
        identity: &IdentityId,
        verb: Verb,
        what: impl Into<String>,
        reasons: Vec<String>,
    ) -> Draft {
        let what = what.into();
        Draft {
            target: target.clone(),
            identity: Some(identity.clone()),
            person: self.person(identity),
            verb,
            key: what.clone(),
            what,
            reasons,
        }
    }

    /// Makes a step of an operation, or a task for a person where the target cannot do it.
    pub(super) fn operation(&self, draft: Draft, operation: Operation) -> Step {
        let target = draft.target.clone();
        let Some(world) = self.world.targets.get(&target) else {
            return draft.step(Action::Operation(operation));
        };
        let kind = operation.kind();
        if let Some(because) = world.capabilities.why_not(&world.class, kind) {
            return manual(draft, kind, because.detail);
        }
        let effects = world.capabilities.operation(&world.class, kind).map(|found| found.effects.clone());
        let object = operation.object().map(|object| object.id.clone());
        let mut step = draft.step(Action::Operation(operation));
        step.effects = effects.unwrap_or_default();
        if step.effects.contains(&tenure_connector::SideEffect::Irreversible) {
            step.risk = Risk::High;
        }
        step.expected = object.and_then(|id| expected(world, kind, &id));
        step
    }

    /// Adds a step, unless someone or something works on it already. Returns its id when it will be carried out.
    pub(super) fn push(&mut self, step: Step) -> Option<StepId> {
        let id = step.id.clone();
        self.wanted.insert(id.to_string());
        let (target, identity) = (step.target.clone(), step.identity.clone());
        self.unsettled.extend(identity.clone());
        let title = step.title();
        if let Some(waiting) = self.world.waiting.get(id.as_str()) {
            let (kind, whom) = match waiting.task {
                Some(_) => (NoticeKind::WaitingForPerson, "a person"),
                None => (NoticeKind::WaitingForTarget, "the target"),
            };
            let text = format!("waits for {whom} since {}: {title}", waiting.since.format("%Y-%m-%d"));
            self.notice(kind, Some(&target), identity.as_ref(), text);
            return None;
        }
        if let Some(retry) = self.world.retries.get(id.as_str()).filter(|retry| retry.next > self.now) {
            let text = format!(
                "failed {} times and is tried again at {}: {title}: {}",
                retry.attempts, retry.next, retry.error
            );
            self.notice(NoticeKind::WaitingForRetry, Some(&target), identity.as_ref(), text);
            return None;
        }
        let writes = matches!(step.action, Action::Operation(_) | Action::SetReferences { .. });
        let opens = self.engine.options(&target).waits_until(step.verb, self.now);
        if let Some(opens) = opens.filter(|_| self.options.within_windows && writes) {
            self.note_change_at(opens);
            self.notice(
                NoticeKind::WaitingForWindow,
                Some(&target),
                identity.as_ref(),
                format!("waits until {opens}: {title}"),
            );
            return None;
        }
        self.steps.push(step);
        Some(id)
    }

    pub(super) fn object(&self, target: &TargetId, identity: &IdentityId) -> ObjectRef {
        let Some(world) = self.world.targets.get(target) else {
            return ObjectRef::new(tenure_connector::ObjectClass::USER, "");
        };
        match world.links.get(identity).filter(|link| world.accounts.contains_key(&link.account)) {
            Some(link) => world.object(&link.account),
            None => ObjectRef::new(world.class.clone(), ""),
        }
    }
}

fn manual(draft: Draft, instead_of: OperationKind, because: String) -> Step {
    let hash = sha256_hex(draft.id().as_str().as_bytes());
    let id: String = hash.chars().take(12).collect();
    let mut step = draft.step(Action::Manual(TaskDraft {
        id: format!("task-{id}"),
        title: String::new(),
        instead_of,
        because,
    }));
    let title = step.title();
    if let Action::Manual(task) = &mut step.action {
        task.title = title;
    }
    step
}

fn expected(world: &TargetWorld, kind: OperationKind, account: &str) -> Option<tenure_connector::Version> {
    let locking = world.capabilities.operation(&world.class, kind).is_some_and(|found| found.locking);
    // Only an update depends on the exact state it was computed from; later steps of the same plan change the version.
    let found = world.accounts.get(account).filter(|_| locking && kind == OperationKind::Update)?;
    found.version.clone()
}
