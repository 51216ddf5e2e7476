//! Carries a plan out: journal before each effect and after it, read back what is unknown, never twice.

mod begin;
mod executor;
mod guard;
mod options;
mod perform;
mod poll;
mod progress;
mod queue;
mod readback;
mod report;
mod resume;
mod settle;
mod state;

pub(crate) use executor::{Before, Run};
pub(crate) use guard::privileged_at_stake;
pub use options::{ApplyOptions, Cancel};
pub use progress::Progress;
pub use report::{RunReport, StepOutcome, StepResult};
pub(crate) use resume::ended_as;

use std::collections::BTreeMap;

use tenure_policy::TargetId;
use tenure_store::PlanStatus;

use crate::plan::Plan;
use crate::planner::guards;
use crate::world::World;
use crate::{Engine, EngineError, Result};

/// The lease that keeps two runs from working at the same time.
pub(crate) const LEASE: &str = "run";
/// How long a lease is taken for. A crashed run is taken over by `resume` without waiting for it.
const LEASE_HOURS: i64 = 1;

impl Engine {
    /// Carries a plan out.
    ///
    /// Refuses it when anything it follows from has changed, when it trips a guard without an override, or when another
    /// run is under way. Each effect is journalled before it is asked for and after it is known, so that after a crash
    /// at any point [`resume`](Engine::resume) finishes the run with nothing lost and nothing done twice. A failed step
    /// holds only what depends on it.
    ///
    /// # Errors
    ///
    /// * `Stale`, when policy, facts or calendar have moved on;
    /// * `GuardsTripped`, when the whole plan exceeds a guard and no override was approved;
    /// * `Unfinished` or `Busy`, when another run has not finished or is under way;
    /// * `Connector` or `Rejected`, when looking again fails;
    /// * `Store`, when the store fails; what was asked of a target by then is read back by `resume`.
    ///
    /// A step that fails is not an error but part of the report.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future is like a crash: call `resume`. To stop in order, use [`Cancel`].
    pub async fn apply(&self, plan: &Plan, options: &ApplyOptions) -> Result<RunReport> {
        let hash = plan.hash();
        let engine = self.at(options.now)?;
        let mut world = engine.ready(plan, &hash, options).await?;
        engine.begin(plan, &hash, options, PlanStatus::Applying).await?;
        begin::believe(plan, &mut world);
        tracing::info!(plan = %hash, steps = plan.steps.len(), "applying");
        Run::new(engine, plan, &hash, options, world).execute(BTreeMap::new()).await
    }

    /// Everything that is checked before the first write.
    pub(crate) async fn ready(&self, plan: &Plan, hash: &str, options: &ApplyOptions) -> Result<World> {
        if let Some(other) = self.store.unfinished_plans().await?.into_iter().next() {
            return Err(EngineError::Unfinished { plan: other.hash });
        }
        self.check_age(plan, options)?;
        if options.observe_again {
            self.observe(options.now).await?;
        }
        let world = World::around(self, plan, options.now).await?;
        check_facts(plan, &world)?;
        self.check_guards(plan, hash, options).await?;
        Ok(world)
    }

    fn check_age(&self, plan: &Plan, options: &ApplyOptions) -> Result<()> {
        let version = self.policy.version().to_string();
        if plan.policy != version {
            let changed =
                vec![format!("it follows from policy {}, the policy is now {version}", plan.policy)];
            return Err(EngineError::Stale { changed });
        }
        if options.now >= plan.valid_until {
            let changed = vec![format!("it was valid until {}", plan.valid_until)];
            return Err(EngineError::Stale { changed });
        }
        Ok(())
    }

    async fn check_guards(&self, plan: &Plan, hash: &str, options: &ApplyOptions) -> Result<()> {
        let verdicts = guards::verdicts(self, plan, options.now).await?;
        let tripped: Vec<_> = verdicts.into_iter().filter(|verdict| !verdict.allowed).collect();
        if tripped.is_empty() {
            return Ok(());
        }
        let approvals = self.store.approvals(hash).await?;
        let overridden =
            approvals.iter().any(|approval| approval.overrides_guards && approval.expires > options.now);
        if overridden { Ok(()) } else { Err(EngineError::GuardsTripped { verdicts: tripped }) }
    }
}

fn check_facts(plan: &Plan, world: &World) -> Result<()> {
    let mut changed = Vec::new();
    for (about, hash) in &plan.facts {
        let now =
            match tenure_policy::IdentityId::parse(about).ok().filter(|id| world.identities.contains_key(id))
            {
                Some(identity) => world.facts_of(&identity),
                None => about
                    .split_once('/')
                    .and_then(|(target, account)| {
                        Some(world.facts_of_account(&TargetId::parse(target).ok()?, account))
                    })
                    .unwrap_or_default(),
            };
        if now != *hash {
            changed.push(format!("what is known of `{about}` has changed"));
        }
    }
    if changed.is_empty() { Ok(()) } else { Err(EngineError::Stale { changed }) }
}
