//! Paid seats that are taken back by their verdicts.

use chrono::{DateTime, Utc};
use tenure_engine::{ReclaimPlan, SeatReclaim};
use tenure_policy::IdentityId;

use crate::{Governance, GovernanceError, Result};

impl Governance {
    /// Plans to take paid seats back, as [`Engine::plan_reclaim`](tenure_engine::Engine::plan_reclaim) does, in the name of an
    /// administrator.
    ///
    /// # Errors
    ///
    /// * `NotAllowed`, when who wants it is no administrator at work;
    /// * those of the engine.
    pub async fn plan_reclaim(
        &self,
        wish: SeatReclaim,
        by: &IdentityId,
        now: DateTime<Utc>,
    ) -> Result<ReclaimPlan> {
        self.require_at_work(by, "take seats back", now).await?;
        if !self.is_administrator(by) {
            return Err(GovernanceError::not_allowed(by, "take seats back", "expected an administrator"));
        }
        let mut wish = wish;
        wish.by = by.to_string();
        Ok(self.engine.plan_reclaim(&wish, now).await?)
    }
}
