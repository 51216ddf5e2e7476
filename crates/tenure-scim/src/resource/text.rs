//! Resources from and to JSON.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::{ParseError, ParseErrorKind, ParseLimits, Resource};
use crate::arena::{Arena, Builder};
use crate::json;
use crate::value::ValueRef;

impl Resource {
    /// Reads a resource from JSON text, with the default [`ParseLimits`].
    ///
    /// # Errors
    /// When the text is no JSON object, exceeds a limit, or names an attribute twice.
    pub fn from_slice(text: &[u8]) -> Result<Self, ParseError> {
        Self::from_slice_with(text, &ParseLimits::default())
    }

    /// Reads a resource from JSON text within limits.
    ///
    /// # Errors
    /// When the text is no JSON object, exceeds a limit, or names an attribute twice.
    pub fn from_slice_with(text: &[u8], limits: &ParseLimits) -> Result<Self, ParseError> {
        Ok(Self { arena: json::parse(text, limits)? })
    }

    /// A resource from a `serde_json` value, with numbers as that value has them. Of two spellings of one name, the last counts.
    ///
    /// # Errors
    /// When the value is no object.
    // By value, so that a caller need not know whether the value is moved or copied.
    #[expect(clippy::needless_pass_by_value, reason = "the mirror of `to_json`; reads well with `json!`")]
    pub fn from_json(value: Value) -> Result<Self, ParseError> {
        if !value.is_object() {
            let found = match value {
                Value::Null => "null",
                Value::Bool(_) => "a boolean",
                Value::Number(_) => "a number",
                Value::String(_) => "a string",
                _ => "an array",
            };
            return Err(ParseError::new(ParseErrorKind::NotAnObject { found }));
        }
        let mut builder = Builder::with_capacity(256, 32);
        let root = builder.arena.copy_json(&value, &mut Vec::new());
        Ok(Self { arena: builder.finish(root) })
    }

    /// A copy as a `serde_json` value.
    ///
    /// Whole numbers of 64 bits are exact. `serde_json` holds every other number as a double, so that digits beyond the
    /// seventeenth are lost and a number that is too large for a double becomes `null`, unless the feature
    /// `exact-numbers` is on; [`to_text`](Self::to_text) loses nothing either way.
    ///
    /// ```
    /// use tenure_scim::Resource;
    ///
    /// let resource: Resource = r#"{"a":18446744073709551615,"b":0.1,"c":1234567890.12345678901}"#.parse()?;
    /// # #[cfg(not(feature = "exact-numbers"))]
    /// assert_eq!(resource.to_json().to_string(), r#"{"a":18446744073709551615,"b":0.1,"c":1234567890.1234567}"#);
    /// assert_eq!(resource.to_text(), r#"{"a":18446744073709551615,"b":0.1,"c":1234567890.12345678901}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> Value {
        ValueRef::Object(self.as_object()).to_json()
    }

    /// The resource as JSON text without spaces, every number as it was written.
    pub fn to_text(&self) -> String {
        let mut out = String::with_capacity(self.arena.text_estimate());
        json::write_object(self.as_object(), &mut out);
        out
    }

    pub(crate) fn from_arena(arena: Arena) -> Self {
        Self { arena }
    }
}

impl FromStr for Resource {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::from_slice(text.as_bytes())
    }
}

impl fmt::Display for Resource {
    /// Prints the resource as JSON text, secrets included.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}
