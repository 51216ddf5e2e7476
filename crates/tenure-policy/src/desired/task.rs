//! What a human must do.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Something that the policy asks of a human.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OpenTask {
    /// What sort of task.
    pub kind: TaskKind,
    /// What it is about: an entitlement, a target, an identity.
    pub subject: String,
    /// What to do, in words.
    pub text: String,
    /// By when, if that is known.
    pub due: Option<DateTime<Utc>>,
}

/// What sort of task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TaskKind {
    /// Hand over work before an entitlement in grace goes.
    HandOver,
    /// Nobody could be found to receive what the leaver owns.
    NameRecipient,
    /// A workload's owner is gone or unknown.
    NameOwner,
    /// A workload has no purpose, no scope or no last day.
    DeclareWorkload,
    /// The secrets of a workload are older than the target allows, or of unknown age.
    RotateSecret,
    /// Nobody has looked for too long at whether a workload is still needed.
    ReviewWorkload,
    /// No free user name was found.
    ChooseName,
    /// A mapping could not be computed.
    RepairMapping,
}
