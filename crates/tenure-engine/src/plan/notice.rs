use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_policy::{IdentityId, TargetId};

/// Something that a person should know or decide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notice {
    /// What sort of thing.
    pub kind: NoticeKind,
    /// About which target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetId>,
    /// About whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityId>,
    /// What there is to know, in words.
    pub text: String,
}

/// What sort of thing a notice tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoticeKind {
    /// A constraint does not hold.
    Violation,
    /// The policy asks a person for something.
    Task,
    /// An account could belong to several identities, or the match is not certain enough.
    Ambiguous,
    /// An account matches an identity that is linked to another account.
    LinkedElsewhere,
    /// An account belongs to nobody known.
    Unmatched,
    /// Something that nothing may touch would have been touched.
    Protected,
    /// The target is only observed, so a difference was left alone.
    Observed,
    /// The target cannot do it and a task for it is open already.
    WaitingForPerson,
    /// It failed before and is tried again later.
    WaitingForRetry,
    /// Its target may not be written to before a later time.
    WaitingForWindow,
    /// The target could not be read, so nothing is planned for it.
    Unread,
    /// The target works on it.
    WaitingForTarget,
    /// Every paid seat that is bought is taken.
    WaitingForSeat,
    /// It cannot be undone.
    Irreversible,
}

impl NoticeKind {
    /// Whether it is about something that is wanted and could not be done yet.
    pub(crate) fn is_open(self) -> bool {
        matches!(
            self,
            Self::Task
                | Self::Ambiguous
                | Self::LinkedElsewhere
                | Self::WaitingForPerson
                | Self::WaitingForRetry
                | Self::WaitingForWindow
                | Self::WaitingForTarget
                | Self::WaitingForSeat
        )
    }
}

/// Something that is due later.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Upcoming {
    /// When; unknown while something forbids it.
    pub due: Option<DateTime<Utc>>,
    /// Where.
    pub target: TargetId,
    /// For whom.
    pub identity: IdentityId,
    /// The name to show.
    pub person: String,
    /// What.
    pub action: String,
    /// What forbids it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
}
