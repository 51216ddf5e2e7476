use std::fmt;

use serde::{Deserialize, Serialize};
use tenure_connector::{ObjectRef, Operation, OperationKind};

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// An operation of the target's connector. An object without an id is the identity's account in the target, which an
    /// earlier step creates.
    Operation(Operation),
    /// Points attributes of an account at other identities' accounts, which may not exist before the plan is applied.
    SetReferences {
        /// The account.
        object: ObjectRef,
    },
    /// Ties an account that is there to the identity. Writes nothing to the target.
    Link {
        /// The account.
        account: ObjectRef,
        /// Why the two belong together.
        evidence: String,
    },
    /// Notes that a linked account is gone from the target. Writes nothing to the target.
    Forget {
        /// The account.
        account: ObjectRef,
    },
    /// Asks a person to do what the target cannot do by program.
    Manual(TaskDraft),
}

/// A task for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskDraft {
    /// The task's id: the same situation gives the same id, so that it is opened once.
    pub id: String,
    /// What to do, in one line.
    pub title: String,
    /// The operation that the target cannot do.
    pub instead_of: OperationKind,
    /// Why it cannot.
    pub because: String,
}

/// What a step does, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verb {
    /// Notes that an account is gone.
    Forget,
    /// Ties an existing account to an identity.
    Link,
    /// Makes an account.
    Create,
    /// Changes attributes.
    Update,
    /// Lets an account work again.
    Enable,
    /// Ends sessions.
    RevokeSessions,
    /// Stops an account from working.
    Disable,
    /// Takes an entitlement away.
    Revoke,
    /// Gives an entitlement.
    Grant,
    /// Points an attribute at another account.
    SetReference,
    /// Gives what an account owns to another.
    TransferOwnership,
    /// Gives a paid seat back.
    ReleaseSeat,
    /// Removes an account.
    Delete,
}

impl Verb {
    /// The word, for instance `revoke_sessions`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Forget => "forget",
            Self::Link => "link",
            Self::Create => "create",
            Self::Update => "update",
            Self::Enable => "enable",
            Self::RevokeSessions => "revoke_sessions",
            Self::Disable => "disable",
            Self::Revoke => "revoke",
            Self::Grant => "grant",
            Self::SetReference => "set_reference",
            Self::TransferOwnership => "transfer_ownership",
            Self::ReleaseSeat => "release_seat",
            Self::Delete => "delete",
        }
    }

    /// Whether it reduces what someone can do.
    #[must_use]
    pub fn takes_away(self) -> bool {
        matches!(self, Self::RevokeSessions | Self::Disable | Self::Revoke | Self::ReleaseSeat | Self::Delete)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
