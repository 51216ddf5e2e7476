//! Errors of reading and compiling a policy: every one with its place, all at once.

use std::fmt;

/// One thing that is wrong with a policy.
///
/// `Display` gives `file:line:column: message`; advice is in [`PolicyError::help`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    path: String,
    message: String,
    help: Option<String>,
    /// Set when it may only follow from another error.
    follows: Option<Box<Follows>>,
}

/// From what an error may follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Follows {
    /// From the loss of a role with this id.
    Role(String),
    /// From the loss of a target with this id.
    Target(String),
    /// From an error inside of what it is about.
    Part,
}

impl PolicyError {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            file: None,
            line: None,
            column: None,
            path: path.into(),
            message: message.into(),
            help: None,
            follows: None,
        }
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn with_hint(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    pub(crate) fn following(mut self, from: Follows) -> Self {
        self.follows = Some(Box::new(from));
        self
    }

    pub(crate) fn at(mut self, file: &str, line: u32, column: u32) -> Self {
        if !file.is_empty() {
            self.file = Some(file.to_owned());
        }
        if line > 0 {
            (self.line, self.column) = (Some(line), Some(column));
        }
        self
    }

    pub(crate) fn follows(&self) -> Option<&Follows> {
        self.follows.as_deref()
    }

    /// The name of the document, as it was given to the reader.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        self.line
    }

    /// The column, from 1, in characters.
    #[must_use]
    pub fn column(&self) -> Option<u32> {
        self.column
    }

    /// Where in the document, for instance `rules[3].when`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong: what was expected and what was found.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}:")?;
        }
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "{line}:{column}:")?;
        }
        if self.file.is_some() || self.line.is_some() {
            f.write_str(" ")?;
        } else if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for PolicyError {}

/// Everything that is wrong with a policy, in the order of the document. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyErrors {
    errors: Vec<PolicyError>,
}

impl PolicyErrors {
    /// Nothing, when there are no errors; else all of them, in the order of the document.
    ///
    /// # Errors
    ///
    /// When there is an error.
    pub fn check(mut errors: Vec<PolicyError>) -> Result<(), Self> {
        if errors.is_empty() {
            return Ok(());
        }
        errors.sort_by(|a, b| {
            (&a.file, a.line, a.column, &a.path, &a.message)
                .cmp(&(&b.file, b.line, b.column, &b.path, &b.message))
        });
        errors.dedup();
        Err(Self { errors })
    }

    pub(crate) fn one(error: PolicyError) -> Self {
        Self { errors: vec![error] }
    }

    /// Every error, in the order of the document.
    pub fn iter(&self) -> std::slice::Iter<'_, PolicyError> {
        self.errors.iter()
    }

    /// How many there are.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always at least one")]
    pub fn len(&self) -> usize {
        self.errors.len()
    }
}

impl<'a> IntoIterator for &'a PolicyErrors {
    type Item = &'a PolicyError;
    type IntoIter = std::slice::Iter<'a, PolicyError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(first) = self.errors.first() {
            write!(f, "{first}")?;
        }
        match self.errors.len().saturating_sub(1) {
            0 => Ok(()),
            more => write!(f, " (and {more} more)"),
        }
    }
}

impl std::error::Error for PolicyErrors {}
