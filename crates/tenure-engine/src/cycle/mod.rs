//! Whole rounds, one or for ever.

mod run;
mod wake;

pub use run::Schedule;
pub use wake::Wake;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::apply::{ApplyOptions, RunReport};
use crate::observe::ObserveReport;
use crate::plan::{Plan, PlanOptions};
use crate::world::Retry;
use crate::world::load::decode;
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
    /// Whether only what changed was read.
    #[serde(default)]
    pub by_delta: bool,
    /// When the first of the steps that failed is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<DateTime<Utc>>,
}

impl Round {
    /// When the next round can bring something new, as far as the calendar, retries and windows tell.
    #[must_use]
    pub fn next(&self) -> Option<DateTime<Utc>> {
        let waits = self.report.as_ref().and_then(|report| report.next);
        [self.plan.next_change_at, waits, self.retry].into_iter().flatten().min()
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
        self.carry_on(options, resumed, settled, observed, false).await
    }

    /// Plans and applies after the look.
    async fn carry_on(
        &self,
        options: &ApplyOptions,
        resumed: Vec<RunReport>,
        settled: Vec<String>,
        observed: ObserveReport,
        by_delta: bool,
    ) -> Result<Round> {
        let at = options.now;
        let everybody = PlanOptions::default().within_windows();
        let plan = self.plan(at, &if by_delta { everybody.due_only() } else { everybody }).await?;
        let report = match self.apply(&plan, &options.clone().observe_again(false)).await {
            Ok(report) => Some(report),
            Err(EngineError::GuardsTripped { .. }) => None,
            Err(other) => return Err(other),
        };
        let retry = self.next_retry(at).await?;
        Ok(Round { at, resumed, settled, observed, by_delta, plan, report, retry })
    }

    /// When the first of the steps that failed is tried again.
    async fn next_retry(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let mut next: Option<DateTime<Utc>> = None;
        for (_, value) in self.store.values(Retry::PREFIX).await? {
            let retry: Retry = decode("retry", value)?;
            if retry.next > now {
                next = Some(next.map_or(retry.next, |next| next.min(retry.next)));
            }
        }
        Ok(next)
    }
}
