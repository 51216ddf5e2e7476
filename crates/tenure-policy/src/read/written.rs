//! Documents of other kinds than the policy, read as strictly as it is.

use serde::de::DeserializeOwned;

use super::document::{Format, parse, typed};
use super::node::{Data, Source};
use crate::error::{PolicyError, PolicyErrors};

/// A document that stands beside the policy, with the place where each part of it was read.
///
/// # Examples
///
/// ```
/// use serde::Deserialize;
/// use tenure_policy::{Format, Written};
///
/// #[derive(Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Holidays { days: Vec<String> }
///
/// let written = Written::<Holidays>::read("days.json", Format::Json, "{\n \"days\": [\"2026-13-01\"]\n}")?;
/// let wrong = written.fault("days[0]", "expected a day, found `2026-13-01`", Some("write it as 2026-12-31"));
/// assert_eq!(wrong.to_string(), "days.json:2:11: expected a day, found `2026-13-01`");
/// # Ok::<(), tenure_policy::PolicyErrors>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Written<T> {
    /// What it says.
    pub value: T,
    source: Source,
}

impl<T: DeserializeOwned> Written<T> {
    /// Reads a document. `name` is shown in errors.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the text: its syntax, unknown and missing keys, values of a wrong kind.
    pub fn read(name: &str, format: Format, text: &str) -> Result<Self, PolicyErrors> {
        let root = parse(format, 0, name, text).map_err(PolicyErrors::one)?;
        if !matches!(root.data, Data::Map(..)) {
            let error = PolicyError::new("", "expected a map at the top of the document");
            return Err(PolicyErrors::one(error.at(name, root.pos.line, root.pos.column)));
        }
        let mut errors = Vec::new();
        let read = typed::<T>(root, &[name.to_owned()], &mut errors);
        PolicyErrors::check(errors)?;
        let (value, root) = read.ok_or_else(|| {
            PolicyErrors::one(
                PolicyError::new("", "cannot be read: expected another document").at(name, 0, 0),
            )
        })?;
        Ok(Self { value, source: Source::new(vec![name.to_owned()], root) })
    }
}

impl<T> Written<T> {
    /// A document that was built in Rust: its faults have no place.
    #[must_use]
    pub fn built(value: T) -> Self {
        Self { value, source: Source::default() }
    }

    /// A fault that was found in the document, with its place. `path` is as in `approvals[2].by`.
    #[must_use]
    pub fn fault(&self, path: &str, message: impl Into<String>, help: Option<&str>) -> PolicyError {
        self.source.locate(PolicyError::new(path, message).with_hint(help.map(str::to_owned)))
    }

    /// An error of the policy, found while the document was held against it, as a fault at a path of the document.
    #[must_use]
    pub fn fault_of(&self, path: &str, error: &PolicyError) -> PolicyError {
        self.fault(path, error.message(), error.help())
    }
}
