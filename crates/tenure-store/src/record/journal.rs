use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A plan and how far it has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanRecord {
    /// The plan's hash.
    pub hash: String,
    /// The plan.
    pub document: Value,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// How far it has come.
    pub status: PlanStatus,
}

/// Which plan it is and how far it has come, without the plan itself, which may be large.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanHead {
    /// The plan's hash.
    pub hash: String,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// How far it has come.
    pub status: PlanStatus,
}

/// How far a plan has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanStatus {
    /// Made, nothing written yet.
    Planned,
    /// Steps are being carried out, or were when the program stopped.
    Applying,
    /// Its steps are being handed to the workers.
    Queueing,
    /// Its steps are with the workers.
    Queued,
    /// Every step is settled.
    Done,
    /// Given up.
    Abandoned,
}

impl PlanStatus {
    /// Whether steps are still to be carried out.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Applying | Self::Queueing | Self::Queued)
    }
}

/// One line of the journal: written before an effect and after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// The plan's hash.
    pub plan: String,
    /// The step.
    pub step: String,
    /// The attempt, from one.
    pub attempt: u32,
    /// What happened.
    pub phase: JournalPhase,
    /// When.
    pub at: DateTime<Utc>,
    /// When to try again or to ask again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<DateTime<Utc>>,
    /// The outcome, the job or the error.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub detail: Value,
}

/// What a journal line records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalPhase {
    /// The effect is about to be asked for; without a later line its outcome is unknown.
    Started,
    /// The target works on it.
    Accepted,
    /// Done, or found to be so already.
    Done,
    /// Handed to a person.
    Manual,
    /// Failed; to be tried again.
    Retry,
    /// Failed for good.
    Failed,
    /// The target's answer was lost and could not be read back yet.
    Unknown,
    /// Not tried, since what it depends on did not succeed.
    Held,
}
