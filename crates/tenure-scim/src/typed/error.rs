//! Why a resource does not fit a struct.

/// Why a resource does not fit a struct: a value is missing, or has another type than the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} for `{path}`, found {found}")]
pub struct TypedError {
    path: String,
    expected: String,
    found: String,
}

impl TypedError {
    /// An error at a value that is about to be read; the path grows on the way out.
    pub fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { path: String::new(), expected: expected.into(), found: found.into() }
    }

    /// Where the value is.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn within(mut self, outer: &str) -> Self {
        let joint = match (self.path.chars().next(), outer.contains(':')) {
            (None | Some('['), _) => "",
            (_, true) => ":",
            _ => ".",
        };
        self.path = format!("{outer}{joint}{}", self.path);
        self
    }

    pub(crate) fn within_element(mut self, at: usize) -> Self {
        let joint = if self.path.is_empty() { "" } else { "." };
        self.path = format!("[{at}]{joint}{}", self.path);
        self
    }
}
