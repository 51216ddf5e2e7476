use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tenure_connector::{AccountStatus, DeleteMode, Operation};
use tenure_policy::IdentityId;
use tenure_scim::{AttrPath, diff};
use tenure_store::{AuditRecord, JournalPhase};

use crate::plan::{Action, Notice, NoticeKind, Plan, PlanOptions, Record, Step, StepId, Verb};
use crate::planner::outlook::due;
use crate::planner::{guards, order, persist};
use crate::world::World;
use crate::world::load::decode;
use crate::{Engine, EngineError, Result};

const PAGE: usize = 1_000;

impl Engine {
    /// Makes a plan that takes back what an applied plan did, as far as that can be: grants, revocations, changed
    /// attributes, stopped and started accounts, created accounts. What cannot be taken back (ended sessions, deleted
    /// accounts, transferred ownership, work by hand) is a notice.
    ///
    /// Undo is for a mistake in the policy or the source. Repair that as well: the next ordinary plan follows the policy
    /// again.
    ///
    /// # Errors
    ///
    /// * `NotFound`, when there is no such plan;
    /// * `Unfinished`, when a run was left in the middle;
    /// * `Store` or `Corrupt`, when the store fails.
    pub async fn undo(&self, hash: &str, now: DateTime<Utc>) -> Result<Plan> {
        let engine = self.at(now)?;
        if let Some(unfinished) = self.store.unfinished_plans().await?.into_iter().next() {
            return Err(EngineError::Unfinished { plan: unfinished.hash });
        }
        let record = self.store.plan(hash).await?;
        let record = record.ok_or_else(|| EngineError::NotFound { what: "plan", id: hash.to_owned() })?;
        let applied: Plan = decode("plan", record.document)?;
        let done: BTreeSet<StepId> = self
            .store
            .journal(hash)
            .await?
            .into_iter()
            .filter(|entry| entry.phase == JournalPhase::Done)
            .map(|entry| StepId::new(entry.step))
            .collect();
        let before = self.before(hash).await?;
        let world = World::around(engine, &applied, now).await?;
        let mut plan = Plan::for_records(engine.policy.version().to_string(), now);
        plan.valid_until = now + PlanOptions::default().valid_for;
        let mut steps = Vec::new();
        for step in applied.steps.iter().filter(|step| done.contains(&step.id)) {
            match self.reverse(step, &world, before.get(&step.id)) {
                Some(reversed) => steps.push(reversed),
                None => plan.notices.push(Notice {
                    kind: NoticeKind::Irreversible,
                    target: Some(step.target.clone()),
                    identity: step.identity.clone(),
                    text: format!("cannot be taken back: {}", step.title()),
                }),
            }
        }
        for identity in steps.iter().filter_map(|step| step.identity.as_ref()) {
            plan.facts.insert(identity.to_string(), world.facts_of(identity));
        }
        plan.steps = order::order(after_each_other(steps));
        guards::measure(engine, &mut plan, now).await?;
        let mut batch = persist(&plan, &[]);
        // Whatever it takes back is looked at again.
        batch.writes.extend(plan.facts.keys().map(|identity| due(identity, now)));
        self.store.commit(batch).await?;
        Ok(plan)
    }

    /// What each step of a plan found before it, from the audit trail.
    async fn before(&self, hash: &str) -> Result<BTreeMap<StepId, Value>> {
        let mut found = BTreeMap::new();
        let mut after = 0;
        loop {
            let records = self.store.audit(after, PAGE).await?;
            let Some(last) = records.last() else { return Ok(found) };
            after = last.seq;
            let ours =
                |record: &&AuditRecord| record.draft.why.get("plan").and_then(Value::as_str) == Some(hash);
            for record in records.iter().filter(ours) {
                if let Some(step) = record.draft.why.get("step").and_then(Value::as_str) {
                    found.insert(StepId::new(step.to_owned()), record.draft.before.clone());
                }
            }
        }
    }

    fn reverse(&self, step: &Step, world: &World, before: Option<&Value>) -> Option<Step> {
        let Action::Operation(operation) = &step.action else { return None };
        let target = world.targets.get(&step.target)?;
        let link = target.links.get(step.identity.as_ref()?)?;
        let account = target.accounts.get(&link.account)?;
        let object = target.object(&link.account);
        let origins = || -> BTreeSet<String> {
            before.and_then(|value| serde_json::from_value(value.clone()).ok()).unwrap_or_default()
        };
        let mut records = Vec::new();
        let (verb, reversed) = match operation {
            Operation::Create { .. } => {
                (Verb::Delete, Operation::Delete { object, mode: DeleteMode::Permanent })
            }
            Operation::SetStatus { status, .. } => match status.is_active() {
                true => (Verb::Disable, Operation::SetStatus { object, status: AccountStatus::Disabled }),
                false => (Verb::Enable, Operation::SetStatus { object, status: AccountStatus::Active }),
            },
            Operation::Grant { entitlement, .. } => {
                records.push(Record::Lose { entitlement: entitlement.clone() });
                (Verb::Revoke, Operation::Revoke { object, entitlement: entitlement.clone() })
            }
            Operation::AssignLicence { licence, .. } => {
                records.push(Record::Lose { entitlement: licence.clone() });
                (Verb::Revoke, Operation::ReleaseLicence { object, licence: licence.clone() })
            }
            Operation::Revoke { entitlement, .. } => {
                records.push(hold(entitlement, origins()));
                let parameters = BTreeMap::new();
                (Verb::Grant, Operation::Grant { object, entitlement: entitlement.clone(), parameters })
            }
            Operation::ReleaseLicence { licence, .. } => {
                records.push(hold(licence, origins()));
                (Verb::Grant, Operation::AssignLicence { object, licence: licence.clone() })
            }
            Operation::Update { .. } => {
                let mut wanted = account.resource.clone();
                for (path, value) in before?.as_object()? {
                    let path = AttrPath::parse(path).ok()?;
                    match value.is_null() {
                        true => drop(wanted.remove(&path)),
                        false => wanted.set(&path, value.clone()),
                    }
                }
                let patch = diff(&account.resource, &wanted, target.described.accounts()?);
                if patch.operations.is_empty() {
                    return None;
                }
                (Verb::Update, Operation::Update { object, patch })
            }
            _ => return None,
        };
        target.capabilities.operation(&target.class, reversed.kind())?;
        let mut undone = step.clone();
        undone.id = StepId::new(format!("undo/{}", step.id));
        undone.verb = verb;
        undone.action = Action::Operation(reversed);
        undone.after = BTreeSet::new();
        undone.reasons = vec![format!("takes back `{}`", step.id)];
        undone.cost = step.cost.as_ref().and_then(|cost| cost.checked_mul(-1).ok());
        undone.expected = None;
        undone.due = None;
        undone.records = records;
        Some(undone)
    }
}

fn hold(entitlement: &tenure_connector::EntitlementRef, origins: BTreeSet<String>) -> Record {
    Record::Hold { entitlement: entitlement.clone(), named: None, parameters: BTreeMap::new(), origins }
}

/// What was done last is taken back first, for each identity.
fn after_each_other(steps: Vec<Step>) -> Vec<Step> {
    let mut last: BTreeMap<IdentityId, StepId> = BTreeMap::new();
    let mut ordered = Vec::with_capacity(steps.len());
    for mut step in steps.into_iter().rev() {
        if let Some(identity) = step.identity.clone()
            && let Some(before) = last.insert(identity, step.id.clone())
        {
            step.after.insert(before);
        }
        ordered.push(step);
    }
    ordered
}
