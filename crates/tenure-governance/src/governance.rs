use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tenure_engine::Engine;
use tenure_policy::{Identity, IdentityId, Phase};
use tenure_store::Store;

use crate::{GovernanceError, Result, Rules};

/// Requests, approvals and what else people decide, over an engine and its store.
///
/// It keeps nothing itself: all state is in the engine's store, so that several programs may share it. It reads no clock.
#[derive(Debug, Clone)]
pub struct Governance {
    pub(crate) engine: Arc<Engine>,
    pub(crate) rules: Arc<Rules>,
}

impl Governance {
    /// Joins an engine and rules.
    #[must_use]
    pub fn new(engine: Arc<Engine>, rules: Rules) -> Self {
        Self { engine, rules: Arc::new(rules) }
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The same engine with other rules, for a program that reads them anew while it runs.
    #[must_use]
    pub fn with_rules(&self, rules: Rules) -> Self {
        Self { engine: Arc::clone(&self.engine), rules: Arc::new(rules) }
    }

    /// The names to show of some people and services. Those who are not known are left out.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn names(&self, ids: &BTreeSet<IdentityId>) -> Result<BTreeMap<IdentityId, String>> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let records = self.store().identities_of(&ids).await.map_err(GovernanceError::Store)?;
        let mut names = BTreeMap::new();
        for record in records {
            let found: Identity = serde_json::from_value(record.document)
                .map_err(|error| GovernanceError::corrupt("identity", &error))?;
            names.insert(found.id().clone(), found.display_name().to_owned());
        }
        Ok(names)
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &**self.engine.store()
    }

    /// Whether somebody is a person at work, and so may do anything here at all.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn is_at_work(&self, who: &IdentityId, now: DateTime<Utc>) -> Result<bool> {
        let record = self.store().identity(who.as_str()).await.map_err(GovernanceError::Store)?;
        let found: Option<Identity> = record
            .map(|record| serde_json::from_value(record.document))
            .transpose()
            .map_err(|error| GovernanceError::corrupt("identity", &error))?;
        let policy = self.engine.policy(now)?;
        let phase = |found: &Identity| policy.state(found, now).phase;
        Ok(found.is_some_and(|found| found.as_person().is_some() && phase(&found) == Phase::Active))
    }

    pub(crate) async fn require_at_work(
        &self,
        actor: &IdentityId,
        action: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        if self.is_at_work(actor, now).await? {
            return Ok(());
        }
        Err(GovernanceError::not_allowed(actor, action, "expected somebody who is at work"))
    }

    pub(crate) fn is_administrator(&self, actor: &IdentityId) -> bool {
        self.rules.document().administrators.contains(actor)
    }
}

/// The name to show of somebody, or else the id.
pub(crate) fn named(names: &BTreeMap<IdentityId, String>, id: &IdentityId) -> String {
    names.get(id).cloned().unwrap_or_else(|| id.to_string())
}
