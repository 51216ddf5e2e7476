/// A resource that is not the record it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("attribute `{attribute}`: expected {expected}, found `{found}`")]
pub struct RecordError {
    attribute: String,
    expected: &'static str,
    found: String,
}

impl RecordError {
    pub(crate) fn new(attribute: &str, expected: &'static str, found: impl Into<String>) -> Self {
        Self { attribute: attribute.to_owned(), expected, found: found.into() }
    }

    /// The attribute that is wrong.
    #[must_use]
    pub fn attribute(&self) -> &str {
        &self.attribute
    }

    /// What should have been there.
    #[must_use]
    pub fn expected(&self) -> &str {
        self.expected
    }

    /// What was there; `nothing` when the attribute is missing.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }
}
