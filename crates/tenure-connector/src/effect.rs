use serde::{Deserialize, Serialize};

/// What an operation does in a target system besides what it was asked for.
///
/// The same words declare it beforehand in [`OperationSupport::effects`](crate::OperationSupport) and report it
/// afterwards in [`Outcome::effects`](crate::Outcome).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SideEffect {
    /// The user gets an e-mail from the system.
    EmailsUser,
    /// A paid seat becomes free.
    FreesSeat,
    /// The seat stays paid although the account no longer works.
    KeepsSeat,
    /// Group memberships and roles are lost, and do not come back by undoing the operation.
    DropsMemberships,
    /// It cannot be undone.
    Irreversible,
    /// The system keeps the data for this long, and it can be restored until then.
    Retained {
        /// Days from the operation.
        days: u32,
    },
    /// Running sessions end.
    EndsSessions,
    /// Running sessions go on.
    KeepsSessions,
    /// The credential is destroyed and must be set anew after undoing the operation.
    DestroysCredential,
    /// Attributes that the operation did not name changed too.
    ChangesAttributes {
        /// Their paths as text.
        paths: Vec<String>,
    },
    /// Something the vocabulary has no word for.
    Other {
        /// What it is, for people.
        what: String,
    },
}
