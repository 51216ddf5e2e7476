use tenure_engine::EngineError;
use tenure_store::StoreError;

/// What every fallible call of this crate returns.
pub type Result<T> = std::result::Result<T, GovernanceError>;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GovernanceError {
    /// Nothing lets this person do this.
    #[error("`{actor}` may not {action}: {because}")]
    NotAllowed {
        /// Who tried.
        actor: String,
        /// What.
        action: String,
        /// What was expected.
        because: String,
    },
    /// The wish contradicts the policy or the state of things.
    #[error("{detail}")]
    Refused {
        /// What was expected and what was found.
        detail: String,
    },
    /// What was decided about is not what it was when the person looked at it.
    #[error("the consequences of `{about}` have changed since they were shown: {change}")]
    Changed {
        /// The request.
        about: String,
        /// What is different.
        change: String,
    },
    /// Another has changed the same thing at the same moment.
    #[error("`{about}` was changed by another at the same moment")]
    Raced {
        /// What both changed.
        about: String,
    },
    /// There is no such thing.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// What sort of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// A stored document could not be read.
    #[error("the stored {what} could not be read: {detail}")]
    Corrupt {
        /// What sort of document.
        what: &'static str,
        /// What the decoder said.
        detail: String,
    },
    /// The engine refused or failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
}

impl GovernanceError {
    /// Advice for the person who reads the message, where there is any.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotAllowed { .. } => "ask somebody who may, or let the policy delegate it",
            Self::Changed { .. } => "look at it again; earlier approvals do not count any more",
            Self::Raced { .. } => "look at it again and repeat what is still right",
            Self::Engine(error) => return error.help(),
            Self::Store(error) => return error.help(),
            _ => return None,
        })
    }

    pub(crate) fn refused(detail: impl Into<String>) -> Self {
        Self::Refused { detail: detail.into() }
    }

    pub(crate) fn corrupt(what: &'static str, error: &impl ToString) -> Self {
        Self::Corrupt { what, detail: error.to_string() }
    }

    pub(crate) fn not_allowed(actor: &impl ToString, action: &str, because: impl Into<String>) -> Self {
        Self::NotAllowed { actor: actor.to_string(), action: action.to_owned(), because: because.into() }
    }
}
