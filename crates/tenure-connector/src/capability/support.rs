use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::SideEffect;

/// Whether an operation can be done, and how, or why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// It can.
    Supported(OperationSupport),
    /// It cannot.
    Unsupported(Unsupported),
}

/// How an operation is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OperationSupport {
    /// What the operation does besides what it is asked for.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub effects: BTreeSet<SideEffect>,
    /// Whether repeating it with the same key is harmless, even when the first answer was lost.
    pub idempotent: bool,
    /// Whether an expected version is honoured.
    pub locking: bool,
    /// Whether the answer means done, started, or left to a person.
    pub execution: Execution,
    /// How many of them the system takes in one call; `None` when it takes them one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_batch: Option<u32>,
    /// The permissions that the connector's own account needs, in the vendor's names.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub permissions: BTreeSet<String>,
}

/// What the answer to an operation means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Execution {
    /// Done when it answers.
    #[default]
    Direct,
    /// Started when it answers; [`poll`](crate::Connector::poll) tells the end.
    Job,
    /// Written down for a person; [`poll`](crate::Connector::poll) tells the end.
    Manual,
}

impl OperationSupport {
    /// Starts with a direct, non-idempotent operation without side effects.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares that repeating with the same key is harmless.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Declares that an expected version is honoured.
    #[must_use]
    pub fn locking(mut self) -> Self {
        self.locking = true;
        self
    }

    /// Declares what an answer means.
    #[must_use]
    pub fn executed(mut self, execution: Execution) -> Self {
        self.execution = execution;
        self
    }

    /// Adds a side effect.
    #[must_use]
    pub fn with_effect(mut self, effect: SideEffect) -> Self {
        self.effects.insert(effect);
        self
    }

    /// Adds a permission that the connector's own account needs.
    #[must_use]
    pub fn with_permission(mut self, permission: impl Into<String>) -> Self {
        self.permissions.insert(permission.into());
        self
    }

    /// Sets how many the system takes in one call.
    #[must_use]
    pub fn with_max_batch(mut self, max: u32) -> Self {
        self.max_batch = Some(max);
        self
    }
}

/// Why an operation cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsupported {
    /// The sort of reason.
    pub reason: WhyNot,
    /// The reason in words, for the manual task that takes the operation's place.
    pub detail: String,
}

impl Unsupported {
    /// Gives a reason.
    #[must_use]
    pub fn new(reason: WhyNot, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

/// The sorts of reasons why an operation cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WhyNot {
    /// The system has nothing like it.
    Product,
    /// The tenant's plan does not include it.
    Plan,
    /// The connector's own account lacks a permission or a scope.
    Scope,
    /// The system has it, the connector does not.
    NotBuilt,
}
