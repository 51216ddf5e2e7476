use std::collections::BTreeMap;

use tenure_policy::TargetId;
use tenure_store::{Batch, Condition, PlanStatus, StoreError, WorkRecord, Write};

use super::job::Job;
use crate::apply::{ApplyOptions, LEASE, privileged_at_stake};
use crate::plan::{Action, Plan, Step, StepId};
use crate::world::World;
use crate::{Engine, EngineError, Result};

/// How many steps are handed over in one commit.
const PAGE: usize = 2_000;

impl Engine {
    /// Hands a plan to the workers. Returns its hash.
    ///
    /// Checks what [`apply`](Engine::apply) checks before its first write, and refuses what it refuses. The steps are in
    /// the queues of the store when it returns; workers begin with them earlier. Should this program die in between,
    /// [`resume`](Engine::resume) hands over the rest. The plan ends when its last step has, whoever carries it out; a
    /// second plan is refused until then.
    ///
    /// # Errors
    ///
    /// Those of `apply`, and `Store` when the store has no queue.
    pub async fn submit(&self, plan: &Plan, options: &ApplyOptions) -> Result<String> {
        self.store.check_queue().await?;
        let hash = plan.hash();
        let engine = self.at(options.now)?;
        let world = engine.ready(plan, &hash, options).await?;
        engine.begin(plan, &hash, options, PlanStatus::Queueing).await?;
        engine.hand_over(plan, &hash, options, &world).await?;
        tracing::info!(plan = %hash, steps = plan.steps.len(), "handed to the workers");
        Ok(hash)
    }

    /// Puts the steps into the queues, those that are there already included, and marks the plan.
    pub(crate) async fn hand_over(
        &self,
        plan: &Plan,
        hash: &str,
        options: &ApplyOptions,
        world: &World,
    ) -> Result<()> {
        let holds = Condition::Holds { lease: LEASE.to_owned(), holder: self.worker.clone() };
        let turns = one_after_the_other(self, plan, world);
        for page in plan.steps.chunks(PAGE) {
            let mut batch = Batch::new().when(holds.clone());
            for step in page {
                batch.push(Write::Work(work(plan, hash, step, &turns)?));
            }
            self.store.commit(batch).await?;
        }
        let status = PlanStatus::Queued;
        let batch = Batch::new()
            .when(holds)
            .with(Write::PlanStatus { plan: hash.to_owned(), status })
            .with(Write::Release { lease: LEASE.to_owned(), holder: self.worker.clone() });
        self.store.commit(batch).await?;
        tracing::debug!(plan = hash, at = %options.now, "queued");
        Ok(())
    }
}

fn work(plan: &Plan, hash: &str, step: &Step, turns: &BTreeMap<StepId, StepId>) -> Result<WorkRecord> {
    let after = step.after.iter().chain(turns.get(&step.id));
    Ok(WorkRecord {
        run: hash.to_owned(),
        id: step.id.to_string(),
        queue: step.target.to_string(),
        group: step.identity.as_ref().map(ToString::to_string),
        after: after.map(ToString::to_string).collect(),
        body: serde_json::to_value(Job::new(plan, step)).map_err(|error| {
            EngineError::Store(StoreError::Corrupt { what: "step", detail: error.to_string() })
        })?,
    })
}

/// Steps that could take a privilege from its last holder go one after the other in each target, so that two workers
/// never each see the other's holder: the step before, by the step after it.
fn one_after_the_other(engine: &Engine, plan: &Plan, world: &World) -> BTreeMap<StepId, StepId> {
    let mut turns = BTreeMap::new();
    let mut last: BTreeMap<&TargetId, &StepId> = BTreeMap::new();
    for step in &plan.steps {
        let Action::Operation(operation) = &step.action else { continue };
        let Some(target) = world.targets.get(&step.target) else { continue };
        let linked = step.identity.as_ref().and_then(|identity| target.links.get(identity));
        let named = operation.object().map(|object| object.id.as_str()).filter(|id| !id.is_empty());
        let Some(account) = named.or(linked.map(|link| link.account.as_str())) else { continue };
        if privileged_at_stake(engine, &step.target, target, operation, account).is_empty() {
            continue;
        }
        if let Some(before) = last.insert(&step.target, &step.id) {
            turns.insert(step.id.clone(), before.clone());
        }
    }
    turns
}
