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
