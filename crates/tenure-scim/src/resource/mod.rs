//! The open resource: any SCIM object, with everything it carries.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::path::{AttrPath, PathError};
use crate::uri::{self, SchemaUri};
use crate::value::{ObjectRef, ValueRef};

/// Any SCIM resource, known or unknown, with every attribute it came with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Resource {
    root: Map<String, Value>,
}

/// Why a text or value is no resource.
#[derive(Debug, thiserror::Error)]
#[error("expected a JSON object for a resource: {reason}")]
pub struct ParseError {
    reason: String,
}

impl Resource {
    /// An empty resource of one schema.
    pub fn new(schema: &str) -> Self {
        let mut resource = Self::default();
        resource.add_schema(schema);
        resource
    }

    /// A resource from a `serde_json` value.
    ///
    /// # Errors
    /// When the value is no object.
    pub fn from_json(value: Value) -> Result<Self, ParseError> {
        match value {
            Value::Object(root) => Ok(Self { root }),
            _ => Err(ParseError { reason: "found another JSON value".to_owned() }),
        }
    }

    /// A resource from JSON text.
    ///
    /// # Errors
    /// When the text is no JSON object.
    pub fn from_slice(text: &[u8]) -> Result<Self, ParseError> {
        let value = serde_json::from_slice(text).map_err(|e| ParseError { reason: e.to_string() })?;
        Self::from_json(value)
    }

    /// A copy as a `serde_json` value.
    pub fn to_json(&self) -> Value {
        Value::Object(self.root.clone())
    }

    /// The schema URIs of the resource.
    pub fn schemas(&self) -> impl Iterator<Item = &str> {
        let list = self.member("schemas").and_then(ValueRef::as_array);
        list.into_iter().flat_map(|a| a.iter()).filter_map(ValueRef::as_str)
    }

    /// Whether `schemas` names this schema, in any case.
    pub fn has_schema(&self, schema: &str) -> bool {
        self.schemas().any(|s| s.eq_ignore_ascii_case(schema))
    }

    /// Adds a schema URI to `schemas`, once.
    pub fn add_schema(&mut self, schema: &str) {
        if self.has_schema(schema) {
            return;
        }
        let slot = slot(&mut self.root, "schemas");
        match slot {
            Value::Array(list) => list.push(schema.into()),
            other => *other = Value::Array(vec![schema.into()]),
        }
    }

    /// The `id`.
    pub fn id(&self) -> Option<&str> {
        self.member("id")?.as_str()
    }

    /// Sets the `id`.
    pub fn set_id(&mut self, id: &str) {
        *slot(&mut self.root, "id") = id.into();
    }

    /// The `externalId`.
    pub fn external_id(&self) -> Option<&str> {
        self.member("externalId")?.as_str()
    }

    /// The `meta` attribute.
    pub fn meta(&self) -> Option<ObjectRef<'_>> {
        self.member("meta")?.as_object()
    }

    /// The value at a path; `None` when absent, `Some(Null)` when it is an explicit `null`.
    pub fn get(&self, path: &AttrPath) -> Option<ValueRef<'_>> {
        let value = match path.schema() {
            Some(schema) => match self.extension(schema) {
                Some(container) => container.get(path.name().as_str()),
                None if self.is_base(schema) => self.member(path.name().as_str()),
                None => None,
            },
            None => self.member(path.name().as_str()),
        }?;
        match path.sub() {
            Some(sub) => value.as_object()?.get(sub.as_str()),
            None => Some(value),
        }
    }

    /// The value at a path given as text; `None` also when the text is no path.
    pub fn attr(&self, path: &str) -> Option<ValueRef<'_>> {
        self.get(&AttrPath::parse(path).ok()?)
    }

    /// The text at a path given as text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.attr(path)?.as_str()
    }

    /// Sets the value at a path.
    pub fn set(&mut self, path: &AttrPath, value: impl Into<Value>) {
        let in_root = path.schema().is_none_or(|s| self.extension(s).is_none() && self.is_base(s));
        let base = match path.schema() {
            Some(schema) if !in_root => {
                self.add_schema(schema.as_str());
                object(slot(&mut self.root, schema.as_str()))
            }
            _ => &mut self.root,
        };
        let target = slot(base, path.name().as_str());
        let value = value.into();
        match (path.sub(), target) {
            (None, target) => *target = value,
            (Some(sub), Value::Array(list)) => {
                for element in list {
                    *slot(object(element), sub.as_str()) = value.clone();
                }
            }
            (Some(sub), target) => *slot(object(target), sub.as_str()) = value,
        }
    }

    /// Removes the value at a path; says whether there was one.
    pub fn remove(&mut self, path: &AttrPath) -> bool {
        let in_root = path.schema().is_none_or(|s| self.extension(s).is_none() && self.is_base(s));
        let base = match path.schema() {
            Some(schema) if !in_root => match find(&mut self.root, schema.as_str()) {
                Some(Value::Object(base)) => base,
                _ => return false,
            },
            _ => &mut self.root,
        };
        match (path.sub(), find(base, path.name().as_str())) {
            (_, None) => false,
            (None, Some(_)) => take(base, path.name().as_str()),
            (Some(sub), Some(Value::Object(inner))) => take(inner, sub.as_str()),
            (Some(sub), Some(Value::Array(list))) => list
                .iter_mut()
                .filter_map(Value::as_object_mut)
                .fold(false, |removed, inner| take(inner, sub.as_str()) | removed),
            _ => false,
        }
    }

    /// The resource with one more value, for building in one expression.
    ///
    /// # Errors
    /// When the text is no path.
    pub fn with(mut self, path: &str, value: impl Into<Value>) -> Result<Self, PathError> {
        self.set(&AttrPath::parse(path)?, value);
        Ok(self)
    }

    /// The attributes at the top level, extensions included.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, ValueRef<'_>)> {
        self.root.iter().map(|(k, v)| (k.as_str(), ValueRef::new(v)))
    }

    /// The attributes of an extension.
    pub fn extension(&self, schema: &SchemaUri) -> Option<ObjectRef<'_>> {
        self.member(schema.as_str())?.as_object()
    }

    pub(crate) fn member(&self, name: &str) -> Option<ValueRef<'_>> {
        self.root.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| ValueRef::new(v))
    }

    fn is_base(&self, schema: &SchemaUri) -> bool {
        uri::is_core(schema.as_str())
            || self.schemas().find(|s| self.member(s).is_none()).is_some_and(|s| *schema == *s)
    }
}

fn find<'a>(map: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Value> {
    map.iter_mut().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v)
}

fn key(map: &Map<String, Value>, name: &str) -> String {
    map.keys().find(|k| k.eq_ignore_ascii_case(name)).cloned().unwrap_or_else(|| name.to_owned())
}

fn slot<'a>(map: &'a mut Map<String, Value>, name: &str) -> &'a mut Value {
    let key = key(map, name);
    map.entry(key).or_insert(Value::Null)
}

fn take(map: &mut Map<String, Value>, name: &str) -> bool {
    let key = key(map, name);
    map.remove(&key).is_some()
}

fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    #[expect(clippy::expect_used, reason = "the value was made an object on the line above")]
    value.as_object_mut().expect("an object")
}

impl FromStr for Resource {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::from_slice(text.as_bytes())
    }
}
