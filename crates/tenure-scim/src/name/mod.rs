//! Attribute names.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::arena::{Key, known};

pub(crate) mod fold;

/// The name of one attribute or sub-attribute, compared without regard to ASCII case.
///
/// ```
/// use tenure_scim::AttrName;
///
/// let name: AttrName = "userName".parse()?;
/// assert_eq!(name, "USERNAME");
/// assert!(AttrName::parse("$ref").is_ok());
/// assert!(AttrName::parse("user name").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Spec: RFC 7643 section 2.1. Deviation: `$ref` begins with a character that the grammar does not allow at the
/// front (erratum 8924), so a leading `$` is accepted before a letter.
#[derive(Clone)]
pub struct AttrName {
    text: Box<str>,
    key: Option<Key>,
}

/// Why a text is no attribute name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no attribute name: expected a letter, then letters, digits, `-`, `_` or `$`")]
pub struct NameError {
    text: String,
}

impl NameError {
    /// The text that was refused.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl AttrName {
    /// Reads an attribute name.
    ///
    /// # Errors
    /// When the text is empty or has a character that no attribute name has.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if !is_name(text) {
            return Err(NameError { text: text.to_owned() });
        }
        Ok(Self { text: text.into(), key: known::find(text).map(|k| k.key) })
    }

    /// A name that the derive macro has checked.
    pub(crate) fn from_static(text: &'static str) -> Self {
        Self { text: text.into(), key: known::find(text).map(|k| k.key) }
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The number that resources use for the name, if it is a name of the standard schemas.
    pub(crate) fn key(&self) -> Option<Key> {
        self.key
    }
}

pub(crate) fn is_name(text: &str) -> bool {
    let bytes = text.strip_prefix('$').unwrap_or(text).as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'$' | b'-' | b'_'))
}

fold::impl_folded!(AttrName);

impl FromStr for AttrName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

impl fmt::Display for AttrName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for AttrName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttrName({:?})", self.as_str())
    }
}

impl Serialize for AttrName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for AttrName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
