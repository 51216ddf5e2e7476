use chrono::{DateTime, Utc};
use tenure_policy::{IdentityId, TargetId};

use crate::world::Retry;
use crate::world::load::decode;
use crate::{Engine, Result, StepId};

/// A step that failed and is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingRetry {
    /// The step.
    pub step: StepId,
    /// What it does; empty where a version noted it that did not keep this.
    pub title: String,
    /// The target that refused it or did not answer.
    pub target: Option<TargetId>,
    /// Whom it is about.
    pub identity: Option<IdentityId>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried again at the earliest: with the next run after that.
    pub next: DateTime<Utc>,
    /// Why it failed the last time.
    pub error: String,
}

impl Engine {
    /// The steps that failed and are tried again, those that come first at the beginning. One leaves the list when it succeeds, or when
    /// a plan does not want it any more.
    ///
    /// # Errors
    ///
    /// `Store`, when the store fails; `Corrupt`, when what it holds cannot be read.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn retries(&self) -> Result<Vec<PendingRetry>> {
        let noted = self.store.values(Retry::PREFIX).await?;
        let pending = noted.into_iter().map(|(key, value)| {
            let retry: Retry = decode("retry", value)?;
            Ok(PendingRetry {
                step: StepId::new(key.strip_prefix(Retry::PREFIX).unwrap_or(&key).to_owned()),
                title: retry.title,
                target: retry.target,
                identity: retry.identity,
                attempts: retry.attempts,
                next: retry.next,
                error: retry.error,
            })
        });
        let mut pending = pending.collect::<Result<Vec<_>>>()?;
        pending.sort_by(|a, b| (a.next, a.step.as_str()).cmp(&(b.next, b.step.as_str())));
        Ok(pending)
    }
}
