//! The path of an attribute or sub-attribute, without a value filter.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::name::{AttrName, NameError};
use crate::uri::{SchemaUri, UriError};

/// `[schema ":"] name ["." sub]`: one attribute or sub-attribute, optionally named with its schema.
///
/// ```
/// use tenure_scim::AttrPath;
///
/// let path: AttrPath = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName".parse()?;
/// assert_eq!(path.name(), "manager");
/// assert_eq!(path.sub().map(|s| s.as_str()), Some("displayName"));
/// assert!(path.schema().is_some());
/// assert_eq!("EMAILS.Value".parse::<AttrPath>()?, "emails.value".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Spec: RFC 7644 sections 3.4.2.2 (`attrPath`) and 3.10. The last colon ends the schema, so dots inside a URN do no
/// harm.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttrPath {
    schema: Option<SchemaUri>,
    name: AttrName,
    sub: Option<AttrName>,
}

/// Why a text is no attribute path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// The part in front of the last colon is no schema URI.
    #[error(transparent)]
    Schema(#[from] UriError),
    /// A name in the path is no attribute name.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl AttrPath {
    /// A path from its parts.
    pub fn new(schema: Option<SchemaUri>, name: AttrName, sub: Option<AttrName>) -> Self {
        Self { schema, name, sub }
    }

    /// Reads a path.
    ///
    /// # Errors
    /// When the schema is no URI, or a name is no attribute name.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let (schema, rest) = match text.rsplit_once(':') {
            Some((uri, rest)) => (Some(SchemaUri::parse(uri)?), rest),
            None => (None, text),
        };
        let (name, sub) = match rest.split_once('.') {
            Some((name, sub)) => (name, Some(AttrName::parse(sub)?)),
            None => (rest, None),
        };
        Ok(Self { schema, name: AttrName::parse(name)?, sub })
    }

    /// The schema the path is qualified with.
    pub fn schema(&self) -> Option<&SchemaUri> {
        self.schema.as_ref()
    }

    /// The attribute.
    pub fn name(&self) -> &AttrName {
        &self.name
    }

    /// The sub-attribute.
    pub fn sub(&self) -> Option<&AttrName> {
        self.sub.as_ref()
    }

    /// The same attribute without its sub-attribute.
    #[must_use]
    pub fn parent(&self) -> Self {
        Self { schema: self.schema.clone(), name: self.name.clone(), sub: None }
    }

    /// The path of a sub-attribute of this attribute.
    #[must_use]
    pub fn with_sub(&self, sub: AttrName) -> Self {
        Self { schema: self.schema.clone(), name: self.name.clone(), sub: Some(sub) }
    }

    /// The same path, qualified with a schema.
    #[must_use]
    pub fn with_schema(&self, schema: SchemaUri) -> Self {
        Self { schema: Some(schema), name: self.name.clone(), sub: self.sub.clone() }
    }

    /// The same path without its schema.
    #[must_use]
    pub fn without_schema(&self) -> Self {
        Self { schema: None, name: self.name.clone(), sub: self.sub.clone() }
    }
}

impl FromStr for AttrPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::parse(text)
    }
}

impl From<AttrName> for AttrPath {
    fn from(name: AttrName) -> Self {
        Self { schema: None, name, sub: None }
    }
}

impl fmt::Display for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}:")?;
        }
        f.write_str(self.name.as_str())?;
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttrPath({self})")
    }
}

impl Serialize for AttrPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AttrPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
