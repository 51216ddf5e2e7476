use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_store::AuditHead;

use crate::plan::StepId;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunReport {
    /// The plan's hash.
    pub plan: String,
    /// Every step, in the order of the plan.
    pub steps: Vec<StepResult>,
    /// Whether the run was stopped.
    pub cancelled: bool,
    /// When the first of the steps that wait for a window, a retry or a target at rest can go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<DateTime<Utc>>,
    /// The end of the audit chain after the run. Noted elsewhere, it proves later that nothing was cut off.
    pub audit: AuditHead,
}

impl RunReport {
    /// How many steps ended in a way.
    #[must_use]
    pub fn count(&self, outcome: StepOutcome) -> usize {
        self.steps.iter().filter(|step| step.outcome == outcome).count()
    }

    /// Whether every step took effect, held already or was handed to someone.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.steps.iter().all(|step| step.outcome.is_success())
    }

    /// The steps that did not take effect.
    pub fn problems(&self) -> impl Iterator<Item = &StepResult> {
        self.steps.iter().filter(|step| !step.outcome.is_success())
    }
}

/// How one step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepResult {
    /// The step.
    pub step: StepId,
    /// The step in one line.
    pub title: String,
    /// How it ended.
    pub outcome: StepOutcome,
    /// More about it, in words.
    pub detail: String,
}

/// The ways a step can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepOutcome {
    /// It took effect.
    Done,
    /// What it should bring about held already.
    Already,
    /// A person was asked to do it.
    Manual,
    /// The target works on it.
    Waiting,
    /// It waits for a time in which its target may be written to.
    Window,
    /// It failed and is tried again in a later run.
    Retry,
    /// It failed for good, as far as can be told.
    Failed,
    /// It was not tried, since what it depends on did not succeed or its target is out of order.
    Held,
    /// It was not begun, since the run was stopped.
    NotStarted,
}

impl StepOutcome {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(self, Self::Done | Self::Already | Self::Manual | Self::Waiting | Self::Window)
    }

    /// The word for it in the store.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Already => "already",
            Self::Manual => "manual",
            Self::Waiting => "waiting",
            Self::Window => "window",
            Self::Retry => "retry",
            Self::Failed => "failed",
            Self::Held => "held",
            Self::NotStarted => "not_started",
        }
    }

    /// What a word in the store stands for.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let all = [
            Self::Done,
            Self::Already,
            Self::Manual,
            Self::Waiting,
            Self::Window,
            Self::Retry,
            Self::Failed,
            Self::Held,
            Self::NotStarted,
        ];
        all.into_iter().find(|outcome| outcome.name() == name)
    }

    /// Whether steps that depend on it can go on.
    pub(super) fn lets_go_on(self) -> bool {
        matches!(self, Self::Done | Self::Already)
    }
}

impl fmt::Display for StepOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "done",
            Self::Already => "already so",
            Self::Manual => "handed to a person",
            Self::Waiting => "under way",
            Self::Window => "waits for its time",
            Self::Retry => "to be tried again",
            Self::Failed => "failed",
            Self::Held => "held back",
            Self::NotStarted => "not begun",
        })
    }
}
