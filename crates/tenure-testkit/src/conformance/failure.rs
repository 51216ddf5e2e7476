use std::fmt;

use tenure_connector::ConnectorError;

/// Why a trial failed: the rule that was broken, and what was seen instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    message: String,
}

impl Failure {
    /// States what was expected and what was found.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<ConnectorError> for Failure {
    fn from(error: ConnectorError) -> Self {
        Self::new(format!("expected success, found the error `{error}`"))
    }
}

impl From<tenure_scim::path::PathError> for Failure {
    fn from(error: tenure_scim::path::PathError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<tenure_connector::record::RecordError> for Failure {
    fn from(error: tenure_connector::record::RecordError) -> Self {
        Self::new(error.to_string())
    }
}

/// Why a connector cannot be put to a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The capability or the hook that is missing.
    pub because: String,
}

/// How a trial ends: passed, skipped, or failed.
pub(crate) type Ended = Result<Option<Skipped>, Failure>;

/// Ends a trial well.
pub(crate) fn passed() -> Ended {
    Ok(None)
}

/// Ends a trial for lack of something.
pub(crate) fn skip(because: impl Into<String>) -> Ended {
    Ok(Some(Skipped { because: because.into() }))
}

/// Fails unless something holds.
pub(crate) fn ensure(holds: bool, message: impl FnOnce() -> String) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(Failure::new(message())) }
}
