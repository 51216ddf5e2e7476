use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How many operations of one kind were carried out, for the guards' rolling window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GuardCount {
    /// The target.
    pub target: String,
    /// The guarded operation.
    pub operation: String,
    /// When.
    pub at: DateTime<Utc>,
    /// How many.
    pub count: u64,
}

/// A person's approval of one plan, or their override of its guards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApprovalRecord {
    /// The plan's hash.
    pub plan: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
    /// When it lapses.
    pub expires: DateTime<Utc>,
    /// Whether it also lets the plan pass guards that it trips.
    pub overrides_guards: bool,
}

/// Something a person has to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskRecord {
    /// The task; stable, so that a repeated run opens it once.
    pub id: String,
    /// The system it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The identity it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// What to do, in one line.
    pub title: String,
    /// How to do it.
    pub detail: String,
    /// Who should do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// When it was opened.
    pub opened: DateTime<Utc>,
    /// Where it stands.
    pub state: TaskState,
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// To be done.
    Open,
    /// Done.
    Done,
    /// No longer needed.
    Dropped,
}
