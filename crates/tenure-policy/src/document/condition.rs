//! A condition: a SCIM filter over an identity's attributes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A SCIM filter over an identity's attributes, as text. Compiling the policy parses it and checks its attributes.
///
/// A bare name that the SCIM User does not have is looked for in its extensions: `department eq "Support"` is enough.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Condition(String);

impl Condition {
    /// A condition.
    #[must_use]
    pub fn new(filter: &str) -> Self {
        Self(filter.to_owned())
    }

    /// The filter as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
