use serde::{Deserialize, Serialize};
use tenure_connector::{IdempotencyKey, ManualTask, Operation};

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// The number people refer to.
    pub id: String,
    /// Whether it is done. A person changes this.
    pub status: TaskStatus,
    /// One line that says what to do.
    pub title: String,
    /// The steps.
    pub steps: Vec<String>,
    /// Who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// The system's id of a new account. A person can fill this in; otherwise the task's number stands for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What the person has to say, above all why a task was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The write that the task came from.
    pub key: IdempotencyKey,
    /// The operation itself.
    pub operation: Operation,
}

/// Whether a task is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Somebody has to do it.
    #[default]
    Open,
    /// Somebody did it.
    Done,
    /// Nobody will do it; the note says why.
    Rejected,
}

impl TaskStatus {
    /// The word in the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Rejected => "rejected",
        }
    }
}

impl Task {
    /// The task in the words of the contract.
    #[must_use]
    pub fn instructions(&self) -> ManualTask {
        ManualTask {
            id: self.id.clone(),
            title: self.title.clone(),
            steps: self.steps.clone(),
            assignee: self.assignee.clone(),
        }
    }

    /// The id of the account that this task creates.
    pub(crate) fn account_id(&self) -> &str {
        self.account.as_deref().unwrap_or(&self.id)
    }
}
