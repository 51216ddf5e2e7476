//! Borrowed views of the values in a resource.
//!
//! A [`ValueRef`] borrows from its [`Resource`](struct@crate::Resource) and is copied freely. To change a value, change the
//! resource.

mod array;
mod equal;
mod found;
mod lookup;
mod number;
mod object;

pub use array::ArrayRef;
pub(crate) use found::{Found, Whereabouts};
pub(crate) use lookup::Lookup;
pub use number::{NumberRef, rounded};
pub use object::ObjectRef;

use serde_json::Value;

use crate::arena::{Arena, Kind, Node};

/// One value of a resource, borrowed.
///
/// Two values are equal when they are the same SCIM state: names in any case, members and elements in any order,
/// numbers by what they are worth, and `null`, `[]` and absent members alike.
///
/// ```
/// use tenure_scim::{Resource, ValueRef};
///
/// let resource: Resource = r#"{ "active": true, "emails": [{ "value": "a@example.com" }], "title": null }"#.parse()?;
/// assert_eq!(resource.attr("active"), Some(ValueRef::Bool(true)));
/// assert_eq!(resource.attr("title"), Some(ValueRef::Null));
/// assert_eq!(resource.attr("nickName"), None);
///
/// let emails = resource.attr("emails").and_then(|v| v.as_array()).ok_or("no array")?;
/// let first = emails.iter().next().and_then(|v| v.as_object()).ok_or("no object")?;
/// assert_eq!(first.get("VALUE").and_then(|v| v.as_str()), Some("a@example.com"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Exhaustive: JSON closes the list.
#[derive(Clone, Copy)]
pub enum ValueRef<'a> {
    /// An explicit `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(NumberRef<'a>),
    /// A text.
    String(&'a str),
    /// The elements of a multi-valued attribute.
    Array(ArrayRef<'a>),
    /// The sub-attributes of a complex attribute.
    Object(ObjectRef<'a>),
}

impl<'a> ValueRef<'a> {
    #[inline]
    pub(crate) fn new(arena: &'a Arena, node: Node) -> Self {
        match node.kind() {
            Kind::Null | Kind::Header | Kind::Hole => Self::Null,
            Kind::False => Self::Bool(false),
            Kind::True => Self::Bool(true),
            Kind::Number | Kind::LongNumber => Self::Number(NumberRef::new(arena.text(node))),
            Kind::String | Kind::WideString | Kind::LongString => Self::String(arena.text(node)),
            Kind::Array | Kind::GrownArray => Self::Array(ArrayRef::new(arena, node)),
            Kind::Object | Kind::GrownObject => Self::Object(ObjectRef::new(arena, node)),
        }
    }

    /// The text, if the value is one.
    pub fn as_str(self) -> Option<&'a str> {
        if let Self::String(s) = self { Some(s) } else { None }
    }

    /// The truth value, if the value is one.
    pub fn as_bool(self) -> Option<bool> {
        if let Self::Bool(b) = self { Some(b) } else { None }
    }

    /// The number, if the value is one.
    pub fn as_number(self) -> Option<NumberRef<'a>> {
        if let Self::Number(n) = self { Some(n) } else { None }
    }

    /// The number, if it is a whole number in range.
    pub fn as_i64(self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    /// The number, rounded to a double.
    pub fn as_f64(self) -> Option<f64> {
        self.as_number()?.as_f64()
    }

    /// The elements, if the value is an array.
    pub fn as_array(self) -> Option<ArrayRef<'a>> {
        if let Self::Array(a) = self { Some(a) } else { None }
    }

    /// The sub-attributes, if the value is an object.
    pub fn as_object(self) -> Option<ObjectRef<'a>> {
        if let Self::Object(o) = self { Some(o) } else { None }
    }

    /// Whether the value counts as assigned: not `null`, not an empty array or object.
    ///
    /// Spec: RFC 7643 section 2.5.
    pub fn is_assigned(self) -> bool {
        match self {
            Self::Null => false,
            Self::Array(a) => !a.is_empty(),
            Self::Object(o) => !o.is_empty(),
            _ => true,
        }
    }

    /// What kind of JSON value this is, for messages: `null`, `boolean`, `number`, `string`, `array` or `object`.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// A copy as a `serde_json` value.
    ///
    /// Numbers that `serde_json` cannot hold exactly are rounded to a double, unless the feature `exact-numbers` is on.
    pub fn to_json(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(b),
            Self::Number(n) => n.to_json(),
            Self::String(s) => Value::String(s.to_owned()),
            Self::Array(a) => Value::Array(a.iter().map(Self::to_json).collect()),
            Self::Object(o) => Value::Object(o.iter().map(|(k, v)| (k.to_owned(), v.to_json())).collect()),
        }
    }
}

impl std::fmt::Debug for ValueRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(b) => b.fmt(f),
            Self::Number(n) => n.fmt(f),
            Self::String(s) => s.fmt(f),
            Self::Array(a) => a.fmt(f),
            Self::Object(o) => o.fmt(f),
        }
    }
}
