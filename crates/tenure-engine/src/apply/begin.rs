use chrono::TimeDelta;
use serde_json::json;
use tenure_policy::{IdentityId, TargetId};
use tenure_store::{AuditDraft, Batch, PlanRecord, PlanStatus, StoreError, Write};

use super::{ApplyOptions, LEASE, LEASE_HOURS};
use crate::plan::{Plan, Record};
use crate::world::{Retry, Waiting, World};
use crate::{Engine, EngineError, Result};

impl Engine {
    /// Takes the lease, marks the plan as being applied and notes what it wants noted: one commit, before any effect.
    pub(crate) async fn begin(
        &self,
        plan: &Plan,
        hash: &str,
        options: &ApplyOptions,
        status: PlanStatus,
    ) -> Result<()> {
        // A plan that was kept when it was made is there under its hash, and need not be written again.
        let write = match self.store.plan_head(hash).await? {
            Some(_) => Write::PlanStatus { plan: hash.to_owned(), status },
            None => Write::Plan(PlanRecord {
                hash: hash.to_owned(),
                // INVARIANT: a plan consists of texts, times and JSON, which always serialise.
                document: serde_json::to_value(plan).unwrap_or_default(),
                created: plan.made,
                status,
            }),
        };
        let mut batch = Batch::new().with(self.lease(options, false)).with(write);
        for record in &plan.records {
            match record {
                Record::Reason(held) => batch.push(Write::Held { held: held.clone(), at: options.now }),
                Record::Link(link) => batch.push(Write::Link(link.clone())),
                Record::Unwait(step) => {
                    let key = format!("{}{step}", Waiting::PREFIX);
                    self.drop_task(&key, &mut batch).await?;
                    batch.push(Write::Value { key, value: json!(null) });
                }
                Record::Unretry(step) => {
                    batch.push(Write::Value { key: format!("{}{step}", Retry::PREFIX), value: json!(null) });
                }
                // The others belong to steps.
                _ => {}
            }
        }
        let orders = plan.records.iter().filter_map(|record| match record {
            Record::Order { person, order } => Some((person, order)),
            _ => None,
        });
        let orders = self.orders_of_plan(&orders.collect::<Vec<_>>(), options.now).await?;
        batch.conditions.extend(orders.conditions);
        batch.writes.extend(orders.writes);
        let approvals = self.store.approvals(hash).await?;
        let approved: Vec<_> = approvals.iter().map(|approval| json!({"by": approval.by, "reason": approval.reason, "overrides_guards": approval.overrides_guards})).collect();
        batch.push(Write::Audit(AuditDraft {
            at: options.now,
            actor: self.worker.clone(),
            action: "plan.apply".to_owned(),
            target: None,
            identity: None,
            object: Some(hash.to_owned()),
            why: json!({"policy": plan.policy, "approvals": approved}),
            before: json!(null),
            after: json!({"steps": plan.steps.len()}),
            outcome: "started".to_owned(),
        }));
        self.store.commit(batch).await.map_err(busy)
    }

    pub(super) fn lease(&self, options: &ApplyOptions, force: bool) -> Write {
        Write::Lease {
            lease: LEASE.to_owned(),
            holder: self.worker.clone(),
            now: options.now,
            until: options.now + TimeDelta::hours(LEASE_HOURS),
            force,
        }
    }

    async fn drop_task(&self, waiting: &str, batch: &mut Batch) -> Result<()> {
        let Some(value) = self.store.value(waiting).await? else { return Ok(()) };
        let found: Waiting = crate::world::load::decode("waiting step", value)?;
        let select = match &found.step.identity {
            Some(identity) => tenure_store::Select::Identity(identity.to_string()),
            None => tenure_store::Select::Target(found.step.target.to_string()),
        };
        let tasks = self.store.tasks(&select).await?;
        for mut task in tasks.into_iter().filter(|task| Some(&task.id) == found.task.as_ref()) {
            task.state = tenure_store::TaskState::Dropped;
            batch.push(Write::Task(task));
        }
        Ok(())
    }
}

/// Takes over into a run's view what `begin` noted, so that no later write of a link or of what is held undoes it.
pub(super) fn believe(plan: &Plan, world: &mut World) {
    for record in &plan.records {
        match record {
            Record::Link(link) => {
                let (Ok(target), Ok(identity)) =
                    (TargetId::parse(&link.target), IdentityId::parse(&link.identity))
                else {
                    continue;
                };
                if let Some(found) =
                    world.targets.get_mut(&target).and_then(|world| world.links.get_mut(&identity))
                {
                    found.clone_from(link);
                }
            }
            Record::Reason(held) => {
                let world =
                    TargetId::parse(&held.target).ok().and_then(|target| world.targets.get_mut(&target));
                let list = world.and_then(|world| world.held.get_mut(&held.account));
                let known = list.into_iter().flatten().find(|known| known.key() == held.key());
                if let Some(known) = known {
                    known.clone_from(held);
                }
            }
            _ => {}
        }
    }
}

fn busy(error: StoreError) -> EngineError {
    match error {
        StoreError::Conflict { what: "lease", found, .. } => EngineError::Busy { detail: found },
        other => other.into(),
    }
}
