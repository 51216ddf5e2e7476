use std::sync::Arc;

use tenure_engine::Engine;
use tenure_policy::IdentityId;
use tenure_store::Store;

use crate::Rules;

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

    pub(crate) fn store(&self) -> &dyn Store {
        &**self.engine.store()
    }

    pub(crate) fn is_administrator(&self, actor: &IdentityId) -> bool {
        self.rules.document().administrators.contains(actor)
    }
}
