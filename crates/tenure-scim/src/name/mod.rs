//! Attribute names.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
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
    text: Cow<'static, str>,
    /// Of the names of the standard schemas, however they are spelled.
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
        let found = known::find(text);
        // The standard names are not copied again and again.
        let usual = found.filter(|found| found.exact).and_then(|found| known::name(found.key));
        let text = usual.map_or_else(|| Cow::Owned(text.to_owned()), Cow::Borrowed);
        Ok(Self { text, key: found.map(|found| found.key) })
    }

    /// A name that the derive macro has checked.
    pub(crate) fn from_static(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), key: known::find(text).map(|k| k.key) }
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

impl PartialEq for AttrName {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && (self.key.is_some() || self.text.eq_ignore_ascii_case(&other.text))
    }
}

impl Hash for AttrName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.key {
            Some(key) => key.hash(state),
            None => fold::hash(&self.text, state),
        }
    }
}

fold::impl_folded_order!(AttrName);

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
