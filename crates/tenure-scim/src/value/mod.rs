//! Borrowed views of the values in a resource.

use serde_json::{Map, Number, Value};

/// One value of a resource, borrowed.
#[derive(Debug, Clone, Copy, PartialEq)]
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

/// A number of a resource, kept as it was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NumberRef<'a>(&'a Number);

/// The elements of a multi-valued attribute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArrayRef<'a>(&'a [Value]);

/// The sub-attributes of a complex attribute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObjectRef<'a>(&'a Map<String, Value>);

impl<'a> ValueRef<'a> {
    pub(crate) fn new(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(b) => Self::Bool(*b),
            Value::Number(n) => Self::Number(NumberRef(n)),
            Value::String(s) => Self::String(s),
            Value::Array(a) => Self::Array(ArrayRef(a)),
            Value::Object(o) => Self::Object(ObjectRef(o)),
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

    /// The number, if it is a whole number in range.
    pub fn as_i64(self) -> Option<i64> {
        if let Self::Number(n) = self { n.as_i64() } else { None }
    }

    /// The number, if the value is one.
    pub fn as_f64(self) -> Option<f64> {
        if let Self::Number(n) = self { n.as_f64() } else { None }
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

    /// A copy as a `serde_json` value.
    pub fn to_json(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(b),
            Self::Number(n) => Value::Number(n.0.clone()),
            Self::String(s) => Value::String(s.to_owned()),
            Self::Array(a) => Value::Array(a.0.to_vec()),
            Self::Object(o) => Value::Object(o.0.clone()),
        }
    }
}

impl NumberRef<'_> {
    /// The number, if it is a whole number in range.
    pub fn as_i64(self) -> Option<i64> {
        self.0.as_i64()
    }

    /// The number, rounded to a double.
    pub fn as_f64(self) -> Option<f64> {
        self.0.as_f64()
    }
}

impl<'a> ArrayRef<'a> {
    /// How many elements there are.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there is no element.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The elements in order.
    pub fn iter(self) -> impl Iterator<Item = ValueRef<'a>> + Clone {
        self.0.iter().map(ValueRef::new)
    }
}

impl<'a> ObjectRef<'a> {
    /// How many sub-attributes there are.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there is no sub-attribute.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Names and values.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, ValueRef<'a>)> + Clone {
        self.0.iter().map(|(k, v)| (k.as_str(), ValueRef::new(v)))
    }

    /// The sub-attribute with this name, in any case.
    pub fn get(self, name: &str) -> Option<ValueRef<'a>> {
        self.0.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| ValueRef::new(v))
    }
}
