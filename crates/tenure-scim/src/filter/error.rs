//! Why a filter is refused.

use std::fmt;
use std::ops::Range;

use crate::error::ScimError;

/// A filter that cannot be read, or that asks what the schema does not allow.
///
/// Converts into a [`ScimError`] with `scimType` `invalidFilter`.
///
/// # Examples
///
/// ```
/// use tenure_scim::Filter;
///
/// let error = Filter::parse("userName == \"anna\"").unwrap_err();
/// assert_eq!(error.to_string(), "expected an operator after `userName`, found `==`");
/// assert_eq!(error.span(), Some(9..11));
/// assert_eq!(error.help(), Some("write `eq`"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    span: Option<Range<usize>>,
    expected: String,
    found: String,
    help: Option<String>,
}

impl FilterError {
    pub(crate) fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self(Box::new(Inner { span: None, expected: expected.into(), found: found.into(), help: None }))
    }

    pub(crate) fn at(mut self, span: Range<usize>) -> Self {
        self.0.span = Some(span);
        self
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Adds the place to an error of [`Filter::check`](super::Filter::check): where `text`, the filter as it was
    /// written, has what was found. Does nothing when the place is known.
    #[must_use]
    pub fn in_text(mut self, text: &str) -> Self {
        if self.0.span.is_none() {
            let found = self.0.found.trim_matches('`');
            self.0.span = text.find(found).map(|start| start..start + found.len());
        }
        self
    }

    /// The bytes of the text at fault; absent where the filter did not come from text.
    pub fn span(&self) -> Option<Range<usize>> {
        self.0.span.clone()
    }

    /// What would have been right.
    pub fn expected(&self) -> &str {
        &self.0.expected
    }

    /// What was there.
    pub fn found(&self) -> &str {
        &self.0.found
    }

    /// Advice, where there is some.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.0.expected, self.0.found)
    }
}

impl std::error::Error for FilterError {}

impl From<FilterError> for ScimError {
    fn from(error: FilterError) -> Self {
        ScimError::invalid_filter(detail(&error))
    }
}

pub(crate) fn detail(error: &FilterError) -> String {
    let mut text = error.to_string();
    if let Some(span) = error.span() {
        text.push_str(&format!(" at byte {}", span.start));
    }
    if let Some(help) = error.help() {
        text.push_str("; ");
        text.push_str(help);
    }
    text
}
