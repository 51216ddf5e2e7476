use std::fmt;

use serde::{Deserialize, Serialize};

/// What went wrong, in words that a program can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The connector is configured wrongly.
    Config,
    /// The system does not accept the connector's own credentials.
    Auth,
    /// The connector's own account may not do this.
    Permission,
    /// The object is not there.
    NotFound,
    /// An object with the same unique attribute is there.
    AlreadyExists,
    /// The system does not take these values; see [`attributes`](super::ConnectorError::attributes).
    InvalidInput,
    /// A rule of the system forbids it: password rules, last owner, protected or immutable thing.
    Policy,
    /// No licence seat or quota is left.
    NoCapacity,
    /// The object is not in the version that the caller expected.
    Conflict,
    /// The system is not there yet: something just written cannot be seen or used so far.
    NotReady,
    /// Too many calls; see [`retry_after`](super::ConnectorError::retry_after).
    RateLimited,
    /// The system cannot be reached or is out of order.
    Unavailable,
    /// The answer did not come in time.
    Timeout,
    /// The cursor or the delta token is too old; start the walk again.
    TokenExpired,
    /// The connector or the system cannot do this at all.
    Unsupported,
    /// The system answered something that makes no sense.
    Protocol,
    /// Anything else.
    Unexpected,
}

impl ErrorKind {
    /// Whether trying the same again can help, when nothing more is known than the kind.
    #[must_use]
    pub fn default_retry(self) -> Retry {
        match self {
            Self::NotReady | Self::RateLimited | Self::Unavailable | Self::Timeout => Retry::Temporary,
            _ => Retry::Permanent,
        }
    }

    /// The kind in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Config => "wrong configuration",
            Self::Auth => "not authenticated",
            Self::Permission => "permission denied",
            Self::NotFound => "not found",
            Self::AlreadyExists => "already exists",
            Self::InvalidInput => "invalid input",
            Self::Policy => "refused by a rule of the system",
            Self::NoCapacity => "no capacity left",
            Self::Conflict => "changed meanwhile",
            Self::NotReady => "not ready yet",
            Self::RateLimited => "rate limited",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timed out",
            Self::TokenExpired => "token expired",
            Self::Unsupported => "not supported",
            Self::Protocol => "unintelligible answer",
            Self::Unexpected => "unexpected failure",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether trying the same again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// It cannot; something has to change first.
    Permanent,
    /// It can.
    Temporary,
    /// It could have, but it was tried often enough; leave it for a later run.
    Persistent,
}

/// What is known about the effect of a call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The system never saw it.
    NotAttempted,
    /// The system saw it and did not carry it out.
    Refused,
    /// It may or may not have been carried out; read back before repeating anything that is not idempotent.
    Unknown,
}
