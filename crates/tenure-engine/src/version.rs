use chrono::{DateTime, Utc};
use tenure_policy::Policy;

use crate::{Engine, EngineError, Result};

impl Engine {
    /// The version of the policy that holds at an instant.
    ///
    /// # Errors
    ///
    /// `NotYet`, when none holds by then.
    pub fn policy(&self, now: DateTime<Utc>) -> Result<&Policy> {
        Ok(&self.at(now)?.policy)
    }

    /// Every version of the policy, in the order in which they were given.
    pub fn versions(&self) -> impl Iterator<Item = &Policy> {
        let only = self.versions.is_empty().then_some(&self.policy);
        only.into_iter().chain(self.versions.iter().map(|engine| &engine.policy))
    }

    /// The engine under the version that holds at an instant.
    pub(crate) fn at(&self, now: DateTime<Utc>) -> Result<&Self> {
        let only = self.versions.is_empty().then_some(self);
        let holding = only.into_iter().chain(&self.versions).filter(|engine| engine.holds_at(now));
        holding.max_by_key(|engine| engine.policy.effective()).ok_or_else(|| {
            let first = self.changes.first().copied().unwrap_or(now);
            EngineError::NotYet { from: first }
        })
    }

    /// When the next version comes to hold.
    pub(crate) fn next_version(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.changes.iter().copied().find(|from| *from > now)
    }

    fn holds_at(&self, now: DateTime<Utc>) -> bool {
        self.policy.effective().is_none_or(|from| from <= now)
    }
}
