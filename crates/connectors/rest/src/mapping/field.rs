use serde_json::{Map, Value, json};
use tenure_scim::path::PathError;
use tenure_scim::{AttrPath, Resource, ValueRef};

/// One attribute of SCIM and the member of the vendor's JSON that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub(super) path: &'static str,
    pub(super) at: &'static str,
    pub(super) shape: Shape,
    pub(super) access: Access,
    pub(super) required: bool,
}

/// How a vendor writes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    /// A number that is an id, which SCIM has as text.
    Id,
    Flag,
    /// A flag that means the opposite: `suspended` for `active`. Absent is no.
    Inverse,
    Moment,
    Texts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    ReadWrite,
    ReadOnly,
    /// Written with a create, not by an update.
    Once,
    /// Written by a change of status, and not with the other members.
    Status,
}

impl Field {
    const fn new(path: &'static str, at: &'static str, shape: Shape) -> Self {
        Self { path, at, shape, access: Access::ReadWrite, required: false }
    }

    /// A text; `at` is a JSON pointer.
    #[must_use]
    pub const fn text(path: &'static str, at: &'static str) -> Self {
        Self::new(path, at, Shape::Text)
    }

    /// A number that names something, as a text.
    #[must_use]
    pub const fn id(path: &'static str, at: &'static str) -> Self {
        Self::new(path, at, Shape::Id)
    }

    /// Yes or no.
    #[must_use]
    pub const fn flag(path: &'static str, at: &'static str) -> Self {
        Self::new(path, at, Shape::Flag)
    }

    /// Yes or no, of which the vendor has the opposite: `suspended` for `active`.
    #[must_use]
    pub const fn inverse(path: &'static str, at: &'static str) -> Self {
        Self::new(path, at, Shape::Inverse)
    }

    /// A moment as RFC 3339 has it.
    #[must_use]
    pub const fn moment(path: &'static str, at: &'static str) -> Self {
        Self::new(path, at, Shape::Moment)
    }

    /// A list of texts.
    #[must_use]
    pub const fn texts(path: &'static str, at: &'static str) -> Self {
        Self::new(path, at, Shape::Texts)
    }

    /// Nobody can write it.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.access = Access::ReadOnly;
        self
    }

    /// It is written with a create, and no update changes it.
    #[must_use]
    pub const fn once(mut self) -> Self {
        self.access = Access::Once;
        self
    }

    /// Whether the account works, which the system has calls of its own for: it is never sent with other members.
    #[must_use]
    pub const fn by_status(mut self) -> Self {
        self.access = Access::Status;
        self
    }

    /// Nothing is created without it.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Whether it is sent with other members.
    pub(super) fn is_sent(&self) -> bool {
        !matches!(self.access, Access::ReadOnly | Access::Status)
    }

    /// The vendor's value as SCIM has it; `None` for nothing.
    pub(super) fn seen(&self, item: &Value) -> Option<Value> {
        let found = item.pointer(self.at).filter(|value| !value.is_null());
        match (self.shape, found) {
            (Shape::Inverse, found) => Some(json!(found.and_then(Value::as_bool) != Some(true))),
            (Shape::Id, Some(Value::Number(number))) => Some(number.to_string().into()),
            (Shape::Flag, Some(Value::Bool(flag))) => Some((*flag).into()),
            (Shape::Texts, Some(Value::Array(texts))) if !texts.is_empty() => Some(texts.clone().into()),
            (Shape::Text | Shape::Id | Shape::Moment, Some(Value::String(text))) if !text.is_empty() => {
                Some(text.as_str().into())
            }
            _ => None,
        }
    }

    /// SCIM's value as the vendor takes it; `None` for nothing.
    pub(super) fn sent(&self, resource: &Resource) -> Result<Option<Value>, PathError> {
        let path = AttrPath::parse(self.path)?;
        let value = resource.get(&path).filter(|value| value.is_assigned()).map(ValueRef::to_json);
        Ok(match (self.shape, value) {
            (Shape::Inverse, value) => value.map(|value| json!(value != Value::Bool(true))),
            (Shape::Id, Some(Value::String(text))) => {
                Some(text.parse::<u64>().map_or(Value::String(text), Value::from))
            }
            (_, value) => value,
        })
    }

    /// A yes or no as the vendor has it.
    pub(super) fn of_flag(&self, flag: bool) -> Value {
        (flag != (self.shape == Shape::Inverse)).into()
    }

    /// Puts a value where the vendor has it, with the objects and one-element lists on the way.
    pub(super) fn put(&self, body: &mut Map<String, Value>, value: Value) {
        let mut names = self.at.split('/').skip(1);
        let Some(first) = names.next() else { return };
        let mut place = body.entry(first.to_owned()).or_insert(Value::Null);
        for name in names {
            if name == "0" {
                if !place.is_array() {
                    *place = json!([null]);
                }
            } else if !place.is_object() {
                *place = json!({});
            }
            place = match place {
                Value::Array(elements) => match elements.first_mut() {
                    Some(element) => element,
                    None => return,
                },
                Value::Object(members) => members.entry(name.to_owned()).or_insert(Value::Null),
                _ => return,
            };
        }
        *place = value;
    }

    /// The attribute as a schema describes it, with its name in its schema.
    pub(super) fn attribute(&self, name: &str) -> Value {
        let kind = match self.shape {
            Shape::Text | Shape::Id | Shape::Texts => "string",
            Shape::Flag | Shape::Inverse => "boolean",
            Shape::Moment => "dateTime",
        };
        let mutability = match self.access {
            Access::ReadWrite | Access::Status => "readWrite",
            Access::ReadOnly => "readOnly",
            Access::Once => "immutable",
        };
        json!({
            "name": name,
            "type": kind,
            "multiValued": self.shape == Shape::Texts,
            "required": self.required,
            "mutability": mutability,
            "uniqueness": if self.path == "userName" { "server" } else { "none" },
        })
    }
}
