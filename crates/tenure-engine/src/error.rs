use tenure_connector::{ConnectorError, RejectedItem};
use tenure_policy::TargetId;
use tenure_store::StoreError;

use crate::plan::GuardVerdict;

/// What every fallible call of the engine returns.
pub type Result<T> = std::result::Result<T, EngineError>;

/// Why the engine did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The policy names a target that has no connector.
    #[error("the policy names target `{target}`, which has no connector")]
    NoConnector {
        /// The target.
        target: TargetId,
    },
    /// A connector was added for a target that the policy does not name.
    #[error("a connector was added for target `{target}`, which the policy does not name")]
    UnknownTarget {
        /// The target.
        target: TargetId,
    },
    /// Every version of the policy is for a later time.
    #[error("no version of the policy holds yet: the first does from {from}")]
    NotYet {
        /// When the first version comes to hold.
        from: chrono::DateTime<chrono::Utc>,
    },
    /// A connector cannot do what every source or target must do.
    #[error("`{system}` cannot be used: {detail}")]
    Unusable {
        /// The source or target.
        system: String,
        /// What is missing.
        detail: String,
    },
    /// A source or target could not be read.
    #[error("`{system}` could not be read")]
    Connector {
        /// The source or target.
        system: String,
        /// What the connector said.
        #[source]
        error: ConnectorError,
    },
    /// Rows of a source could not be read, so nothing of it was taken over.
    #[error("source `{source_name}` has {} unreadable rows, the first: {}", .rejected.len(), .rejected.first().map_or_else(String::new, ToString::to_string))]
    Rejected {
        /// The source.
        source_name: String,
        /// The rows.
        rejected: Vec<RejectedItem>,
    },
    /// What the plan was made from has changed.
    #[error("the plan is stale: {}", .changed.join("; "))]
    Stale {
        /// What changed, in words.
        changed: Vec<String>,
    },
    /// The plan trips guards and carries no override.
    #[error("the plan trips {} of its guards: {}", .verdicts.len(), .verdicts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    GuardsTripped {
        /// The guards that are tripped.
        verdicts: Vec<GuardVerdict>,
    },
    /// Another run holds the lease.
    #[error("another run is under way: {detail}")]
    Busy {
        /// Who, and until when.
        detail: String,
    },
    /// An earlier run stopped in the middle.
    #[error("plan `{plan}` was not finished")]
    Unfinished {
        /// The plan's hash.
        plan: String,
    },
    /// There is no such thing.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// What sort of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The request contradicts the state of things.
    #[error("{detail}")]
    Refused {
        /// What was expected and what was found.
        detail: String,
    },
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// A stored document could not be read.
    #[error("the stored {what} could not be read: {detail}")]
    Corrupt {
        /// What sort of document.
        what: &'static str,
        /// What the decoder said.
        detail: String,
    },
}

impl EngineError {
    /// Advice for the person who reads the message, where there is any.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoConnector { .. } => "add a connector for it, or remove it from the policy",
            Self::UnknownTarget { .. } => {
                "name it under `targets` in the policy, with mode `observe` to begin with"
            }
            Self::NotYet { .. } => "add the version that holds until then",
            Self::Rejected { .. } => "repair the rows, or let the source continue without them",
            Self::Stale { .. } => "make a new plan and look at it again",
            Self::GuardsTripped { .. } => {
                "look at the plan; if it is right, approve it with an override, a reason and an expiry"
            }
            Self::Busy { .. } => "wait until it has finished",
            Self::Unfinished { .. } => "resume it first; nothing is done twice",
            Self::Store(error) => return error.help(),
            _ => return None,
        })
    }

    pub(crate) fn corrupt(what: &'static str, error: &impl ToString) -> Self {
        Self::Corrupt { what, detail: error.to_string() }
    }
}
