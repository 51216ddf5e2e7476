//! Identifiers: one small type for each kind of thing, so that a role cannot be passed for a rule.

use std::fmt;
use std::sync::Arc;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{what} `{found}` is not usable: expected 1 to 256 characters without control characters or blanks at the ends"
)]
pub struct IdError {
    what: &'static str,
    found: String,
}

fn check(what: &'static str, text: &str) -> Result<Arc<str>, IdError> {
    let ok =
        !text.is_empty() && text.len() <= 256 && text.trim() == text && !text.chars().any(char::is_control);
    if ok { Ok(Arc::from(text)) } else { Err(IdError { what, found: text.chars().take(64).collect() }) }
}

/// Reads a text and parses it, without a copy of the text in between.
pub(crate) struct Parsed<T, E>(pub(crate) fn(&str) -> Result<T, E>);

impl<T, E: fmt::Display> Visitor<'_> for Parsed<T, E> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<F: serde::de::Error>(self, text: &str) -> Result<T, F> {
        (self.0)(text).map_err(F::custom)
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        ///
        /// Cloning is cheap: the text is shared. Order is byte order.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Makes an identifier from text.
            ///
            /// # Errors
            ///
            /// When the text is empty, longer than 256 bytes, has blanks at its ends or holds control characters.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check($what, text).map(Self)
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), &*self.0)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }
        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }
        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }
        impl TryFrom<&str> for $name {
            type Error = IdError;
            fn try_from(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }
        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Parsed(Self::parse))
            }
        }
    };
}

id!(
    /// Names one identity, a person or a workload, for ever: never reused, never renamed.
    IdentityId, "identity id"
);
id!(
    /// Names one engagement of a person.
    EngagementId, "engagement id"
);
id!(
    /// Names a role of the policy.
    RoleId, "role id"
);
id!(
    /// Names a rule of the policy; a row of a table is `table#line`.
    RuleId, "rule id"
);
id!(
    /// Names a separation-of-duties constraint.
    ConstraintId, "constraint id"
);
id!(
    /// Names one explicit grant.
    GrantId, "grant id"
);
id!(
    /// Names the access request that led to a grant.
    RequestId, "request id"
);
id!(
    /// Names an attribute mapping; it owns the values it wrote, so it stays when the mapping is moved or reworded.
    MappingId, "mapping id"
);
id!(
    /// Names a connected system, for instance `helpdesk`.
    TargetId, "target id"
);
