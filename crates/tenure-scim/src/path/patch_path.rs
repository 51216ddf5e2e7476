//! The path of a PATCH operation: an attribute path with an optional value filter.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::AttrPath;
use crate::error::ScimError;
use crate::filter::{Filter, FilterError, FilterLimits, parser};
use crate::name::AttrName;

/// `attribute`, `attribute.sub`, `attribute[filter]` or `attribute[filter].sub`.
///
/// # Examples
///
/// ```
/// use tenure_scim::PatchPath;
///
/// let path = PatchPath::parse(r#"emails[type eq "work"].value"#)?;
/// assert_eq!(path.attribute().name(), "emails");
/// assert_eq!(path.sub().map(|s| s.as_str()), Some("value"));
/// assert!(path.filter().is_some());
/// # Ok::<(), tenure_scim::path::PatchPathError>(())
/// ```
///
/// Spec: RFC 7644 section 3.5.2, figure 7.
#[derive(Clone, Debug, PartialEq)]
pub struct PatchPath {
    attribute: AttrPath,
    filter: Option<Filter>,
    sub: Option<AttrName>,
}

/// Why a text is no PATCH path.
///
/// Converts into a [`ScimError`]: `invalidFilter` when the fault is inside `[ ]`, else `invalidPath`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct PatchPathError {
    error: FilterError,
    in_filter: bool,
}

impl PatchPathError {
    /// The bytes of the text at fault.
    pub fn span(&self) -> Option<Range<usize>> {
        self.error.span()
    }

    /// Advice, where there is some.
    pub fn help(&self) -> Option<&str> {
        self.error.help()
    }
}

impl From<PatchPathError> for ScimError {
    fn from(error: PatchPathError) -> Self {
        let detail = crate::filter::detail(&error.error);
        if error.in_filter { ScimError::invalid_filter(detail) } else { ScimError::invalid_path(detail) }
    }
}

impl PatchPath {
    /// Reads a path.
    ///
    /// # Errors
    ///
    /// When the text is no attribute path, the filter is no filter, or something stands behind it.
    pub fn parse(text: &str) -> Result<Self, PatchPathError> {
        match parser::patch_path(text, &FilterLimits::default()) {
            Ok(raw) => Ok(Self { attribute: raw.path, filter: raw.filter, sub: raw.sub }),
            Err(error) => {
                let start = error.span().map_or(0, |s| s.start);
                let in_filter =
                    text.get(..start).is_some_and(|head| head.contains('[') && !head.contains(']'));
                Err(PatchPathError { error, in_filter })
            }
        }
    }

    /// The path of some values of a multi-valued attribute.
    pub fn with_filter(attribute: &AttrPath, filter: Filter) -> Self {
        let sub = attribute.sub().cloned();
        Self { attribute: attribute.parent(), filter: Some(filter), sub }
    }

    /// The attribute, with its sub-attribute when there is no filter between the two.
    pub fn attribute(&self) -> &AttrPath {
        &self.attribute
    }

    /// The condition in the brackets.
    pub fn filter(&self) -> Option<&Filter> {
        self.filter.as_ref()
    }

    /// The sub-attribute, in front of or behind which there may be a filter.
    pub fn sub(&self) -> Option<&AttrName> {
        self.sub.as_ref().or(self.attribute.sub())
    }
}

impl From<AttrPath> for PatchPath {
    fn from(attribute: AttrPath) -> Self {
        Self { attribute, filter: None, sub: None }
    }
}

impl FromStr for PatchPath {
    type Err = PatchPathError;

    fn from_str(text: &str) -> Result<Self, PatchPathError> {
        Self::parse(text)
    }
}

impl fmt::Display for PatchPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.attribute.fmt(f)?;
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

impl Serialize for PatchPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PatchPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7644 section 3.5.2, figure 8.
    #[test]
    fn examples_of_figure_8_parse_and_print() {
        let cases = [
            ("members", false, None),
            ("name.familyName", false, Some("familyName")),
            (r#"addresses[type eq "work"]"#, true, None),
            (r#"members[value eq "2819c223-7f76-453a-919d-413861904646"]"#, true, None),
            (
                r#"members[value eq "2819c223-7f76-453a-919d-413861904646"].displayName"#,
                true,
                Some("displayName"),
            ),
            ("members.$ref", false, Some("$ref")),
            (
                r#"urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq "work"].value"#,
                true,
                Some("value"),
            ),
        ];
        for (text, filter, sub) in cases {
            let path = PatchPath::parse(text).unwrap();
            assert_eq!(path.to_string(), text);
            assert_eq!(path.filter().is_some(), filter);
            assert_eq!(path.sub().map(AttrName::as_str), sub);
        }
        // RFC 7644 section 3.5.2.2 writes no space in front of the literal.
        let path = PatchPath::parse(r#"members[value eq"2819c223"]"#).unwrap();
        assert_eq!(path.to_string(), r#"members[value eq "2819c223"]"#);
    }

    /// Found by fuzzing: parentheses in a schema URI made paths that no filter could name.
    #[test]
    fn what_is_an_attribute_path_is_a_patch_path() {
        for text in ["urn:imeet(f:etf:params", "urn:x:a)b", "urn:x[y]:a"] {
            assert!(AttrPath::parse(text).is_err() && PatchPath::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_fault_in_the_brackets_is_the_filters() {
        let cases = [
            ("", "invalidPath"),
            ("emails[", "invalidFilter"),
            ("emails[type is 1]", "invalidFilter"),
            ("emails[type eq \"work\"", "invalidFilter"),
            ("emails[type eq \"work\"]value", "invalidPath"),
            ("emails[type eq \"work\"] .value", "invalidPath"),
            ("emails[type eq \"work\"].value.x", "invalidPath"),
            ("e mails", "invalidPath"),
            ("emails.", "invalidPath"),
            ("9emails", "invalidPath"),
        ];
        for (text, keyword) in cases {
            let error = ScimError::from(PatchPath::parse(text).unwrap_err());
            assert_eq!(error.scim_type().unwrap().as_str(), keyword, "{text}: {error}");
        }
    }
}
