//! Why a filter cannot be said in another language.

use crate::error::ScimError;

/// A filter, or a part of one, that another query language cannot express.
///
/// Never ignore it: a filter that is dropped selects every row. Converts into a [`ScimError`] with `scimType`
/// `invalidFilter`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot translate `{part}`: {reason}")]
pub struct TranslateError {
    part: String,
    reason: String,
}

impl TranslateError {
    pub(super) fn new(part: &(impl ToString + ?Sized), reason: impl Into<String>) -> Self {
        Self { part: part.to_string(), reason: reason.into() }
    }

    /// The part of the filter at fault.
    pub fn part(&self) -> &str {
        &self.part
    }

    /// What stands in the way.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl From<TranslateError> for ScimError {
    fn from(error: TranslateError) -> Self {
        ScimError::invalid_filter(error.to_string())
    }
}
