//! Texts with a meaning.

use std::fmt;

use super::field::wrong;
use super::{Field, Output, TypedError, Written};
use crate::schema::{Attribute, AttributeType};
use crate::value::ValueRef;

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $kind:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl Field for $name {
            fn describe(attribute: &mut Attribute) {
                attribute.kind = AttributeType::$kind;
            }

            fn read(value: ValueRef<'_>) -> Result<Self, TypedError> {
                value.as_str().map(Self::from).ok_or_else(|| wrong($expected, value))
            }

            fn write(&self, output: &mut Output) -> Written {
                output.string(&self.0)
            }
        }
    };
}

text! {
    /// A URI that points at something: another resource, or anything on the web. It may be relative to the base of the
    /// service provider.
    ///
    /// Spec: RFC 7643 section 2.3.7.
    Reference, Reference, "a URI"
}

impl Reference {
    /// Whether two references point at the same resource: the host in any case, and whatever protocol version the paths
    /// name.
    ///
    /// Both are absolute, or relative to the same base.
    ///
    /// ```
    /// use tenure_scim::typed::Reference;
    ///
    /// let plain = Reference::from("https://example.com/Users/12345");
    /// assert!(plain.points_where(&Reference::from("https://EXAMPLE.com/v2/Users/12345")));
    /// assert!(!plain.points_where(&Reference::from("https://example.com/v2/Users/12346")));
    /// ```
    ///
    /// Spec: RFC 7643 section 2.4 (`$ref`), RFC 7644 section 3.13.
    pub fn points_where(&self, other: &Self) -> bool {
        let ((host, path), (other_host, other_path)) = (self.parts(), other.parts());
        host.eq_ignore_ascii_case(other_host) && without_version(path).eq(without_version(other_path))
    }

    fn parts(&self) -> (&str, &str) {
        let authority = self.0.find("://").map_or(0, |at| at + 3);
        let path =
            self.0.get(authority..).and_then(|rest| rest.find('/')).map_or(self.0.len(), |at| at + authority);
        if authority == 0 { ("", &self.0) } else { self.0.split_at_checked(path).unwrap_or((&self.0, "")) }
    }
}

/// The segments of a path without a version such as `v2` in front of the endpoint.
fn without_version(path: &str) -> impl Iterator<Item = &str> {
    let count = path.split('/').count();
    path.split('/')
        .enumerate()
        .filter(move |(at, segment)| {
            let number = segment.strip_prefix('v').unwrap_or_default();
            let version = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
            !(version && at + 3 == count)
        })
        .map(|(_, segment)| segment)
}

text! {
    /// Bytes as base64 text, as the peer wrote it.
    ///
    /// Spec: RFC 7643 section 2.3.6.
    Binary, Binary, "base64"
}

text! {
    /// A password. Printing it for debugging shows a mask.
    Password, String, "a string"
}

macro_rules! shown {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

shown!(Reference, Binary);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
