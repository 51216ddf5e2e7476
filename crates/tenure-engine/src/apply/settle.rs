use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenure_connector::{AccountStatus, EntitlementRef, ObjectRef, Operation, Outcome};
use tenure_policy::{IdentityId, TargetId};
use tenure_scim::{AttrPath, Resource};
use tenure_store::{
    AccountRecord, AuditDraft, Batch, GuardCount, HeldRecord, JournalPhase, LinkRecord, NameRecord,
    NameState, Select, StoreError, TaskState, Write,
};

use super::StepOutcome;
use super::executor::Run;
use crate::plan::{Record, Step};
use crate::planner::guards;
use crate::world::{Account, Maybe, Retry, Waiting};
use crate::{EngineError, Result};

/// What a step changes in the store and in the run's view of the world: first written, then believed.
struct Change {
    batch: Batch,
    link: Option<LinkRecord>,
    account: Option<(String, Option<Account>)>,
    hold: Vec<HeldRecord>,
    lose: Vec<HeldRecord>,
    names: Vec<NameRecord>,
}

impl Run<'_> {
    /// Records an effect: journal, links, accounts, what is held, names, guard counters and audit trail in one commit.
    pub(super) async fn settle(
        &self,
        step: &Step,
        operation: &Operation,
        attempt: u32,
        outcome: &Outcome,
    ) -> Result<()> {
        let detail = json!({"outcome": outcome.status, "request": outcome.request_id});
        let mut change = self.change(step, self.line(step, attempt, JournalPhase::Done, detail));
        let account = self.account_of(step, operation, outcome);
        self.change_account(step, operation, outcome, account.as_deref(), &mut change);
        self.change_held(step, operation, account.as_deref(), &mut change);
        self.change_names(step, operation, &mut change).await?;
        self.count_for_guards(step, &mut change);
        let ended = if outcome.is_already_so() { "already so" } else { "done" };
        let mut record = self.audit(step, Some(operation), ended);
        if let (Write::Audit(draft), Some(id)) = (&mut record, account) {
            // What a create made has its id only now.
            draft.object.get_or_insert(id);
        }
        change.batch.push(record);
        self.write(step, JournalPhase::Done, change).await?;
        self.state().succeeded(&step.target);
        Ok(())
    }

    pub(super) async fn note_link(
        &self,
        step: &Step,
        account: &ObjectRef,
        evidence: &str,
    ) -> Result<(StepOutcome, String)> {
        let Some(identity) = &step.identity else {
            return Ok((StepOutcome::Failed, "nobody to link it to".to_owned()));
        };
        let mut change =
            self.change(step, self.line(step, 1, JournalPhase::Done, json!({"evidence": evidence})));
        let link =
            LinkRecord::new(step.target.as_str(), &account.id, identity.as_str(), evidence, self.options.now);
        change.hold = {
            let state = self.state();
            let world = state.world.targets.get(&step.target);
            let held = world.into_iter().flat_map(|world| world.held_by(&account.id)).cloned();
            held.map(|held| HeldRecord { identity: Some(identity.to_string()), ..held }).collect()
        };
        change.link = Some(link);
        self.change_names_of(step, Some(identity), &mut change).await?;
        change.batch.push(self.audit_of(step, &account.id));
        self.write(step, JournalPhase::Done, change).await?;
        Ok((StepOutcome::Done, String::new()))
    }

    pub(super) async fn note_gone(&self, step: &Step, account: &ObjectRef) -> Result<(StepOutcome, String)> {
        let mut change = self.change(step, self.line(step, 1, JournalPhase::Done, json!(null)));
        self.lose_account(step, &account.id, &mut change);
        change.batch.push(self.audit_of(step, &account.id));
        self.write(step, JournalPhase::Done, change).await?;
        Ok((StepOutcome::Done, String::new()))
    }

    /// Records that a person has done what the target could not.
    pub(super) async fn settle_manual(&self, step: &Step) -> Result<()> {
        let mut change = self.change(step, self.line(step, 1, JournalPhase::Done, json!("done by a person")));
        let link =
            step.identity.as_ref().and_then(|identity| self.state().link(&step.target, identity).cloned());
        if let Some(mut link) = link {
            let account = link.account.clone();
            let state = self.state();
            for record in &step.records {
                match record {
                    Record::Taken(rung) => drop(link.taken.insert(rung.clone())),
                    Record::Written(written) => link.written.clone_from(written),
                    Record::Lose { entitlement } => {
                        change.lose.extend(state.held(&step.target, &account, entitlement));
                    }
                    _ => {}
                }
            }
            drop(state);
            change.link = Some(link);
        }
        change.batch.push(self.audit(step, None, "done by a person"));
        self.write(step, JournalPhase::Done, change).await
    }

    fn change(&self, step: &Step, line: Write) -> Change {
        let mut batch = Batch::new().with(line);
        let state = self.state();
        if state.world.retries.contains_key(step.id.as_str()) {
            batch.push(Write::Value { key: format!("{}{}", Retry::PREFIX, step.id), value: Value::Null });
            batch.writes.extend(Maybe::notes(step, true));
        }
        if let Some(waiting) = state.world.waiting.get(step.id.as_str()) {
            batch.push(Write::Value { key: format!("{}{}", Waiting::PREFIX, step.id), value: Value::Null });
            if let Some(task) = &waiting.task {
                batch.push(Write::Task(tenure_store::TaskRecord {
                    id: task.clone(),
                    target: Some(step.target.to_string()),
                    identity: step.identity.as_ref().map(ToString::to_string),
                    title: step.title(),
                    detail: String::new(),
                    owner: None,
                    opened: waiting.since,
                    state: TaskState::Done,
                }));
            }
        }
        Change { batch, link: None, account: None, hold: Vec::new(), lose: Vec::new(), names: Vec::new() }
    }

    /// Writes a change, and only when it is durable believes it.
    async fn write(&self, step: &Step, phase: JournalPhase, mut change: Change) -> Result<()> {
        let now = self.options.now;
        change.batch.writes.extend(change.names.iter().cloned().map(Write::Name));
        change.batch.writes.extend(change.link.iter().cloned().map(Write::Link));
        match &change.account {
            Some((id, Some(account))) => change.batch.push(Write::Account(AccountRecord {
                target: step.target.to_string(),
                id: id.clone(),
                class: self.engine.account_class(&step.target).to_string(),
                version: account.version.as_ref().map(ToString::to_string),
                resource: account.resource.to_json(),
                seen: now,
            })),
            Some((id, None)) => change
                .batch
                .push(Write::ForgetAccount { target: step.target.to_string(), account: id.clone() }),
            None => {}
        }
        change.batch.writes.extend(change.hold.iter().cloned().map(|held| Write::Held { held, at: now }));
        change.batch.writes.extend(change.lose.iter().cloned().map(|held| Write::Lost { held, at: now }));
        self.commit(step, phase, change.batch).await?;
        let mut state = self.state();
        if let (Some(link), Some(identity)) = (change.link, &step.identity) {
            state.world.registry.link(identity, &link);
            state.set_link(&step.target, identity, link);
        }
        if let Some(identity) = &step.identity {
            change.names.into_iter().for_each(|name| state.world.registry.name(identity, name));
        }
        for held in change.hold {
            state.hold(&step.target, held);
        }
        for held in &change.lose {
            state.lose(&step.target, held);
        }
        if let (Some((id, account)), Some(world)) =
            (change.account, state.world.targets.get_mut(&step.target))
        {
            match account {
                Some(account) => drop(world.accounts.insert(id, account)),
                None => drop(world.accounts.remove(&id)),
            }
        }
        Ok(())
    }

    fn account_of(&self, step: &Step, operation: &Operation, outcome: &Outcome) -> Option<String> {
        let told = outcome.object.as_ref().filter(|_| matches!(operation, Operation::Create { .. }));
        let named = operation.object().map(|object| object.id.clone());
        let linked = || {
            let state = self.state();
            Some(state.link(&step.target, step.identity.as_ref()?)?.account.clone())
        };
        told.map(|object| object.id.clone()).or(named).filter(|id| !id.is_empty()).or_else(linked)
    }

    fn change_account(
        &self,
        step: &Step,
        operation: &Operation,
        outcome: &Outcome,
        id: Option<&str>,
        change: &mut Change,
    ) {
        let Some(id) = id else { return };
        let (existing, link) = {
            let state = self.state();
            let world = state.world.targets.get(&step.target);
            let existing = world.and_then(|world| world.accounts.get(id)).cloned();
            let link =
                step.identity.as_ref().and_then(|identity| state.link(&step.target, identity)).cloned();
            (existing, link)
        };
        let version = outcome.version.clone();
        let mut link = link.filter(|link| link.account == id);
        match operation {
            Operation::Create { resource, .. } => {
                let mut resource = resource.clone();
                resource.set_id(id);
                change.account = Some((id.to_owned(), Some(Account { resource, version })));
                link = step.identity.as_ref().map(|identity| {
                    LinkRecord::new(step.target.as_str(), id, identity.as_str(), "created", self.options.now)
                });
            }
            Operation::Update { patch, .. } => {
                let state = self.state();
                let schema =
                    state.world.targets.get(&step.target).and_then(|world| world.described.accounts());
                if let (Some(mut account), Some(schema)) = (existing, schema) {
                    // What the target made of it is read with the next look; until then this is the best guess.
                    drop(patch.apply(&mut account.resource, schema));
                    account.version = version;
                    change.account = Some((id.to_owned(), Some(account)));
                }
            }
            Operation::SetStatus { status, .. } => {
                if let Some(mut account) = existing {
                    set_active(&mut account.resource, *status);
                    account.version = version.or(account.version);
                    change.account = Some((id.to_owned(), Some(account)));
                }
            }
            Operation::Delete { .. } => return self.lose_account(step, id, change),
            _ => {}
        }
        let before = link.clone();
        if let Some(link) = &mut link {
            for record in &step.records {
                match record {
                    Record::Written(written) => link.written.clone_from(written),
                    Record::Taken(rung) => drop(link.taken.insert(rung.clone())),
                    _ => {}
                }
            }
        }
        if link != before || matches!(operation, Operation::Create { .. }) {
            change.link = link;
        }
    }

    fn lose_account(&self, step: &Step, id: &str, change: &mut Change) {
        let state = self.state();
        let world = state.world.targets.get(&step.target);
        change.lose = world.into_iter().flat_map(|world| world.held_by(id)).cloned().collect();
        change.account = Some((id.to_owned(), None));
        let link = step.identity.as_ref().and_then(|identity| state.link(&step.target, identity));
        change.link = link
            .filter(|link| link.account == id)
            .map(|link| LinkRecord { deleted: Some(self.options.now), ..link.clone() });
    }

    fn change_held(&self, step: &Step, operation: &Operation, account: Option<&str>, change: &mut Change) {
        let Some(account) = account.filter(|_| !matches!(operation, Operation::Delete { .. })) else {
            return;
        };
        let state = self.state();
        for record in &step.records {
            match record {
                Record::Hold { entitlement, named, parameters, origins } => {
                    let known = state.held(&step.target, account, entitlement);
                    change.hold.push(HeldRecord {
                        target: step.target.to_string(),
                        account: account.to_owned(),
                        identity: step.identity.as_ref().map(ToString::to_string),
                        kind: entitlement.kind.clone(),
                        value: entitlement.id.clone(),
                        named: named.clone(),
                        origins: origins.clone(),
                        parameters: parameters.clone(),
                        immutable: false,
                        since: known.map_or(self.options.now, |known| known.since),
                        lost: None,
                    });
                    let world = state.world.targets.get(&step.target);
                    let group = world.and_then(|world| world.described.schema.exclusive_group(entitlement));
                    let replaced =
                        world.into_iter().flat_map(|world| world.held_by(account)).filter(|held| {
                            let other = EntitlementRef::new(held.kind.as_str(), held.value.as_str());
                            other != *entitlement && group.is_some_and(|group| group.members.contains(&other))
                        });
                    change.lose.extend(replaced.cloned());
                }
                Record::Lose { entitlement } => {
                    let held = state.held(&step.target, account, entitlement);
                    change.lose.extend(held.filter(|held| !change.lose.contains(held)));
                }
                _ => {}
            }
        }
    }

    /// Commits the names that an account carries now, and retires those it carried before.
    async fn change_names(&self, step: &Step, operation: &Operation, change: &mut Change) -> Result<()> {
        self.change_names_of(step, step.identity.as_ref(), change).await?;
        if !matches!(operation, Operation::Delete { .. }) {
            return Ok(());
        }
        let username = self.engine.policy.target(&step.target).and_then(|policy| policy.username.as_ref());
        let (Some(rule), Some(identity)) = (username, &step.identity) else { return Ok(()) };
        let elsewhere = self
            .links_of(identity)
            .await?
            .iter()
            .filter(|link| link.is_live() && link.target != step.target.as_str())
            .any(|link| {
                let target = TargetId::parse(&link.target).ok();
                let shares = target.and_then(|target| self.engine.policy.target(&target)?.username.as_ref());
                shares.is_some_and(|other| other.namespace == rule.namespace)
            });
        if !elsewhere {
            let names = self.names_of(identity).await?.into_iter();
            let in_use =
                names.filter(|name| name.space == rule.namespace && name.state != NameState::Retired);
            change.names.extend(in_use.map(|name| self.retired(name)));
        }
        Ok(())
    }

    async fn change_names_of(
        &self,
        step: &Step,
        identity: Option<&IdentityId>,
        change: &mut Change,
    ) -> Result<()> {
        let Some(identity) = identity else { return Ok(()) };
        for record in &step.records {
            let Record::Name { space, key, value } = record else { continue };
            let names = self.names_of(identity).await?.into_iter();
            let others =
                names.filter(|old| old.space == *space && old.key != *key && old.state != NameState::Retired);
            change.names.extend(others.map(|old| self.retired(old)));
            change.names.push(NameRecord {
                space: space.clone(),
                key: key.clone(),
                value: value.clone(),
                identity: identity.to_string(),
                state: NameState::Committed,
                at: self.options.now,
            });
        }
        Ok(())
    }

    async fn names_of(&self, identity: &IdentityId) -> Result<Vec<NameRecord>> {
        let known = self.state().world.registry.names(identity).map(<[NameRecord]>::to_vec);
        match known {
            Some(known) => Ok(known),
            None => Ok(self.engine.store.names(&Select::Identity(identity.to_string())).await?),
        }
    }

    async fn links_of(&self, identity: &IdentityId) -> Result<Vec<LinkRecord>> {
        let known = self.state().world.registry.links(identity).map(<[LinkRecord]>::to_vec);
        match known {
            Some(known) => Ok(known),
            None => Ok(self.engine.store.links(&Select::Identity(identity.to_string())).await?),
        }
    }

    fn retired(&self, name: NameRecord) -> NameRecord {
        NameRecord { state: NameState::Retired, at: self.options.now, ..name }
    }

    fn count_for_guards(&self, step: &Step, change: &mut Change) {
        let Some(policy) = self.engine.policy.target(&step.target) else { return };
        for operation in step.guarded_as() {
            let whole = policy.guard.limit(operation).map(|_| operation.to_owned());
            let group = step.guard_group.as_ref().filter(|_| policy.guard.limit_each(operation).is_some());
            let group = group.map(|group| guards::of_group(operation, group));
            for operation in whole.into_iter().chain(group) {
                change.batch.push(Write::Guard(GuardCount {
                    target: step.target.to_string(),
                    operation,
                    at: self.options.now,
                    count: 1,
                }));
            }
        }
    }

    /// The audit record of a step that concerns an account without an operation.
    fn audit_of(&self, step: &Step, account: &str) -> Write {
        let mut record = self.audit(step, None, "done");
        if let Write::Audit(draft) = &mut record {
            draft.object = Some(account.to_owned());
            draft.after = Value::Null;
        }
        record
    }

    /// The audit record of a step. Passwords are never part of an operation; what it writes is, without the values that
    /// are configured to be left out.
    pub(super) fn audit(&self, step: &Step, operation: Option<&Operation>, outcome: &str) -> Write {
        let object =
            operation.and_then(Operation::object).map(|object| object.id.clone()).filter(|id| !id.is_empty());
        let redaction = &self.engine.redaction;
        let (before, after) = match operation {
            Some(operation) => (self.before(step, operation), json!(operation)),
            None => (Value::Null, json!(redaction.what(step.verb, &step.what))),
        };
        Write::Audit(AuditDraft {
            at: self.options.now,
            actor: self.engine.worker.clone(),
            action: step.verb.as_str().to_owned(),
            target: Some(step.target.to_string()),
            identity: step.identity.as_ref().map(ToString::to_string),
            object,
            why: json!({
                "plan": self.hash,
                "step": step.id,
                "policy": self.plan.policy,
                "reasons": step.reasons.iter().map(|text| redaction.reason(step.verb, text)).collect::<Vec<_>>(),
                "facts": step.identity.as_ref().and_then(|identity| self.plan.facts.get(identity.as_str())),
            }),
            before: redaction.value(before),
            after: redaction.value(after),
            outcome: outcome.to_owned(),
        })
    }

    /// What the operation changes, as it was.
    fn before(&self, step: &Step, operation: &Operation) -> Value {
        let state = self.state();
        let account = operation
            .object()
            .and_then(|object| state.world.targets.get(&step.target)?.accounts.get(&object.id))
            .cloned();
        match (operation, account) {
            (Operation::Update { patch, .. }, Some(account)) => {
                let mut values: BTreeMap<String, Value> = BTreeMap::new();
                for path in patch.operations.iter().filter_map(|operation| operation.path.as_ref()) {
                    let text = path.to_string();
                    let plain = text.split('[').next().unwrap_or_default().to_owned();
                    let value = AttrPath::parse(&plain)
                        .ok()
                        .and_then(|path| account.resource.get(&path).map(|value| value.to_json()));
                    values.insert(plain, value.unwrap_or_default());
                }
                json!(values)
            }
            (Operation::SetStatus { .. }, Some(account)) => json!({"active": account.is_active()}),
            (Operation::Delete { .. }, Some(account)) => account.resource.to_json(),
            (
                Operation::Revoke { entitlement, .. }
                | Operation::ReleaseLicence { licence: entitlement, .. },
                Some(_),
            ) => {
                let account = operation.object().map(|object| object.id.clone()).unwrap_or_default();
                json!(state.held(&step.target, &account, entitlement).map(|held| held.origins))
            }
            _ => Value::Null,
        }
    }
}

/// What is wrong, when the store refused an effect because the account is linked to somebody else or the identity has
/// another; any other failure stays one.
pub(super) fn not_theirs(error: EngineError) -> Result<Option<String>> {
    match error {
        EngineError::Store(error @ StoreError::Conflict { what: "link", .. }) => {
            Ok(Some(format!("the target told an account that cannot be theirs: {error}")))
        }
        error => Err(error),
    }
}

fn set_active(resource: &mut Resource, status: AccountStatus) {
    if let Ok(path) = AttrPath::parse("active") {
        resource.set(&path, Value::Bool(status.is_active()));
    }
}
