use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_connector::Timer;

use crate::apply::{ApplyOptions, RunReport};
use crate::observe::ObserveReport;
use crate::plan::{Plan, PlanOptions};
use crate::{Engine, EngineError, Result};

/// What one round brought. Get it from [`Engine::cycle`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Round {
    /// When it was.
    pub at: DateTime<Utc>,
    /// Runs that had been left in the middle and were finished first.
    pub resumed: Vec<RunReport>,
    /// Steps that people and targets have done since.
    pub settled: Vec<String>,
    /// What was seen.
    pub observed: ObserveReport,
    /// The plan.
    pub plan: Plan,
    /// How it was applied; not at all, when it tripped a guard.
    pub report: Option<RunReport>,
}

impl Round {
    /// When the next round can bring something new, as far as the calendar and retries tell.
    #[must_use]
    pub fn next(&self) -> Option<DateTime<Utc>> {
        self.plan.next_change_at
    }
}

impl Engine {
    /// Does one whole round: finishes what was left, asks for jobs, observes, plans, and applies the plan unless it trips a
    /// guard. A plan that trips one is stored and waits for an approval.
    ///
    /// # Errors
    ///
    /// Those of [`resume`](Engine::resume), [`observe`](Engine::observe), [`plan`](Engine::plan) and
    /// [`apply`](Engine::apply), except for guards.
    pub async fn cycle(&self, options: &ApplyOptions) -> Result<Round> {
        let at = options.now;
        let resumed = self.resume(options).await?;
        let settled = self.poll(at).await?;
        let observed = self.observe(at).await?;
        let plan = self.plan(at, &PlanOptions::default().within_windows()).await?;
        let report = match self.apply(&plan, &options.clone().observe_again(false)).await {
            Ok(report) => Some(report),
            Err(EngineError::GuardsTripped { .. }) => None,
            Err(other) => return Err(other),
        };
        Ok(Round { at, resumed, settled, observed, plan, report })
    }

    /// Does round after round until it is cancelled: the next one when the calendar asks for it, at the latest after
    /// `interval`. Tells each round, or why it failed, to `tell`; a failed round is tried again after `interval`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future is like a crash; the next round resumes.
    pub async fn run(
        &self,
        clock: &(dyn Fn() -> DateTime<Utc> + Send + Sync),
        timer: &dyn Timer,
        interval: std::time::Duration,
        options: &ApplyOptions,
        mut tell: impl FnMut(Result<Round>) + Send,
    ) {
        while !options.cancel.is_cancelled() {
            let mut options = options.clone();
            options.now = clock();
            let round = self.cycle(&options).await;
            let next = round.as_ref().ok().and_then(Round::next);
            tell(round);
            let until = next.and_then(|next| (next - clock()).to_std().ok()).unwrap_or(interval);
            if !options.cancel.is_cancelled() {
                timer.sleep(until.min(interval)).await;
            }
        }
    }
}
