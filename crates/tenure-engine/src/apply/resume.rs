use std::collections::BTreeMap;

use tenure_store::{Batch, JournalPhase, PlanStatus};

use super::executor::{Before, Run};
use super::{ApplyOptions, RunReport, StepOutcome};
use crate::plan::{Plan, StepId};
use crate::world::World;
use crate::world::load::decode;
use crate::{Engine, Result};

impl Engine {
    /// Finishes what an earlier run left in the middle.
    ///
    /// Steps whose outcome is unknown are read back from the target first: what took effect is recorded, what did not is
    /// done, with the same idempotency key. Takes over the lease of the run that stopped; should that run be alive after
    /// all, its next write to the store is refused. A plan that the calendar has overtaken is only brought to a known
    /// state; make a new one for the rest.
    ///
    /// A plan that is with the workers is left to them; one that was not wholly handed over is.
    ///
    /// Returns one report a plan; none, when nothing was left in the middle.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails; `Connector`, when a target's schema cannot be had.
    pub async fn resume(&self, options: &ApplyOptions) -> Result<Vec<RunReport>> {
        let engine = self.at(options.now)?;
        let mut reports = Vec::new();
        for head in self.store.unfinished_plans().await? {
            // Those are carried out by whoever takes their steps.
            if head.status == PlanStatus::Queued {
                continue;
            }
            let Some(record) = self.store.plan(&head.hash).await? else { continue };
            let plan: Plan = decode("plan", record.document)?;
            self.store.commit(Batch::new().with(self.lease(options, true))).await?;
            if record.status == PlanStatus::Queueing {
                let world = World::around(engine, &plan, options.now).await?;
                engine.hand_over(&plan, &record.hash, options, &world).await?;
                continue;
            }
            let before = self.journalled(&record.hash).await?;
            let world = World::around(engine, &plan, options.now).await?;
            tracing::info!(plan = %record.hash, journalled = before.len(), "resuming");
            let run = Run::new(engine, &plan, &record.hash, options, world);
            let overtaken =
                options.now >= plan.valid_until || plan.policy != engine.policy.version().to_string();
            let mut open = BTreeMap::new();
            for (index, step) in plan.steps.iter().enumerate() {
                match before.get(&step.id) {
                    Some(found) if found.phase == JournalPhase::Started => {
                        open.insert(step.id.clone(), found.clone());
                    }
                    Some(found) => {
                        let outcome = ended_as(found.phase);
                        run.state().outcomes.insert(index, (outcome, "before the interruption".to_owned()));
                    }
                    None => {}
                }
            }
            reports.push(match overtaken {
                true => run.bring_to_rest(open).await?,
                false => run.execute(open).await?,
            });
        }
        Ok(reports)
    }

    async fn journalled(&self, plan: &str) -> Result<BTreeMap<StepId, Before>> {
        let mut steps: BTreeMap<StepId, Before> = BTreeMap::new();
        for entry in self.store.journal(plan).await? {
            let attempt = entry.attempt;
            let id = StepId::new(entry.step);
            let attempt = steps.get(&id).map_or(attempt, |before| before.attempt.max(attempt));
            steps.insert(id, Before { phase: entry.phase, attempt });
        }
        Ok(steps)
    }
}

pub(crate) fn ended_as(phase: JournalPhase) -> StepOutcome {
    match phase {
        JournalPhase::Done => StepOutcome::Done,
        JournalPhase::Manual => StepOutcome::Manual,
        JournalPhase::Accepted => StepOutcome::Waiting,
        JournalPhase::Failed => StepOutcome::Failed,
        JournalPhase::Held => StepOutcome::Held,
        JournalPhase::Started | JournalPhase::Retry | JournalPhase::Unknown => StepOutcome::Retry,
    }
}
