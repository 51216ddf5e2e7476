//! The plan: what will be done, in which order, and why. Data, nothing else.

mod action;
mod cost;
mod guard;
mod notice;
mod options;
mod step;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_policy::{IdentityId, TargetId};
use tenure_store::canonical_hash;

pub use action::{Action, TaskDraft, Verb};
pub use cost::Cost;
pub use guard::GuardVerdict;
pub use notice::{Notice, NoticeKind, Upcoming};
pub use options::PlanOptions;
pub(crate) use step::Record;
pub use step::{Reference, Risk, Step, StepId};

/// What will be done to make the targets agree with the policy, and why.
///
/// A plan is data: it can be printed, stored, reviewed and approved by its [`hash`](Plan::hash), and it is applied as it
/// is or not at all. The same facts, policy and moment give the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// The version of the format.
    pub format: u32,
    /// The version of the policy it follows from.
    pub policy: String,
    /// When it was made.
    pub made: DateTime<Utc>,
    /// Until when it may be applied: the calendar may ask for something else afterwards.
    pub valid_until: DateTime<Utc>,
    /// For every identity or unlinked account it touches, a hash of the facts it follows from.
    pub facts: BTreeMap<String, String>,
    /// The steps, each after those it depends on.
    pub steps: Vec<Step>,
    /// Every guard that the steps were measured against.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<GuardVerdict>,
    /// What a person should know or decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// What is due later, as far as it is known now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub upcoming: Vec<Upcoming>,
    /// When the answer may differ without anything else changing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_change_at: Option<DateTime<Utc>>,
    /// How many people were looked at, when only those were whose answer can have changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<usize>,
    /// What the engine notes in its own store when the plan is applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) records: Vec<Record>,
}

impl Plan {
    /// A plan without steps, under which what people and jobs have done is recorded.
    pub(crate) fn for_records(policy: String, now: DateTime<Utc>) -> Self {
        Self {
            format: crate::planner::FORMAT,
            policy,
            made: now,
            valid_until: now,
            facts: BTreeMap::new(),
            steps: Vec::new(),
            guards: Vec::new(),
            notices: Vec::new(),
            upcoming: Vec::new(),
            next_change_at: None,
            looked_at: None,
            records: Vec::new(),
        }
    }

    /// SHA-256 over the plan as canonical JSON, in lower-case hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        // INVARIANT: a plan consists of texts, times and JSON, which always serialise.
        canonical_hash(self)
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The number of steps by target and verb.
    #[must_use]
    pub fn summary(&self) -> BTreeMap<TargetId, BTreeMap<Verb, usize>> {
        let mut counts: BTreeMap<TargetId, BTreeMap<Verb, usize>> = BTreeMap::new();
        for step in &self.steps {
            *counts.entry(step.target.clone()).or_default().entry(step.verb).or_default() += 1;
        }
        counts
    }

    /// What the steps cost or save in a year, by currency.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.steps.iter().filter_map(|step| step.cost.as_ref()).collect()
    }

    /// The guards that it trips.
    pub fn tripped(&self) -> impl Iterator<Item = &GuardVerdict> {
        self.guards.iter().filter(|verdict| !verdict.allowed)
    }

    /// The steps for one identity.
    pub fn steps_for<'a>(&'a self, identity: &'a IdentityId) -> impl Iterator<Item = &'a Step> {
        self.steps.iter().filter(move |step| step.identity.as_ref() == Some(identity))
    }

    /// The step with this id.
    #[must_use]
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }
}
