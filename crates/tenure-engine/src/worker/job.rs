use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::plan::{Plan, Step};

/// What a worker needs to carry a step out without reading the whole plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) step: Step,
    /// The hash of the facts the step follows from, for the audit trail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) facts: Option<String>,
    /// The version of the policy the plan follows from.
    pub(super) policy: String,
    /// Until when the step may be begun.
    pub(super) valid_until: DateTime<Utc>,
}

impl Job {
    pub(super) fn new(plan: &Plan, step: &Step) -> Self {
        let facts = step.identity.as_ref().and_then(|identity| plan.facts.get(identity.as_str()));
        Self {
            step: step.clone(),
            facts: facts.cloned(),
            policy: plan.policy.clone(),
            valid_until: plan.valid_until,
        }
    }
}
