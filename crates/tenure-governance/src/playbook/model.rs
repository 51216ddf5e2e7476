use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_policy::{IdentityId, RuleId};

use crate::{PlaybookSpec, PlaybookStep};

/// One run of a playbook for one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Run {
    /// The run.
    pub id: String,
    /// The playbook as it was when the run began.
    pub playbook: PlaybookSpec,
    /// For whom.
    pub subject: IdentityId,
    /// The name to show.
    pub person: String,
    /// What was filled in.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Who started it, or which trigger.
    pub by: String,
    /// When it began.
    pub started: DateTime<Utc>,
    /// How each step stands.
    pub steps: BTreeMap<RuleId, StepState>,
    /// When it came to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<DateTime<Utc>>,
}

/// How a step of a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepState {
    /// Its time has not come.
    Waiting,
    /// A person has to do it.
    Task {
        /// Who.
        owner: IdentityId,
        /// By when.
        due: Option<DateTime<Utc>>,
    },
    /// It is done.
    Done {
        /// When.
        at: DateTime<Utc>,
        /// What was done, in words.
        what: String,
    },
    /// Its condition did not hold, or somebody said that it need not be done.
    LeftOut {
        /// When.
        at: DateTime<Utc>,
        /// Why.
        reason: String,
    },
    /// It could not be done.
    Failed {
        /// When.
        at: DateTime<Utc>,
        /// Why not.
        reason: String,
    },
    /// It was done and was undone.
    Undone {
        /// When.
        at: DateTime<Utc>,
    },
}

impl StepState {
    /// Whether what comes after it may go on, and since when.
    pub(crate) fn settled(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Done { at, .. } | Self::LeftOut { at, .. } => Some(*at),
            _ => None,
        }
    }

    pub(crate) fn is_final(&self) -> bool {
        !matches!(self, Self::Waiting | Self::Task { .. })
    }
}

impl Run {
    /// A text of the playbook with what was filled in.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        let text = text.replace("{person}", &self.person);
        self.parameters.iter().fold(text, |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    /// Whether it came to its end with a step that failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.steps.values().any(|state| matches!(state, StepState::Failed { .. }))
    }

    pub(crate) fn step(&self, id: &RuleId) -> Option<&PlaybookStep> {
        self.playbook.steps.iter().find(|step| step.id == *id)
    }

    pub(crate) fn key(&self) -> String {
        let prefix = if self.ended.is_some() { CLOSED } else { OPEN };
        format!("{prefix}{}", self.id)
    }
}

pub(crate) const OPEN: &str = "governance/run/open/";
pub(crate) const CLOSED: &str = "governance/run/closed/";
