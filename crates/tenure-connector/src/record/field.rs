//! Reads typed values out of an open resource.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value, json};
use tenure_scim::{ObjectRef, Resource, ValueRef};

use super::RecordError;

pub(crate) fn optional(resource: &Resource, name: &str) -> Result<Option<String>, RecordError> {
    text(name, resource.attr(name))
}

pub(crate) fn required(resource: &Resource, name: &str) -> Result<String, RecordError> {
    optional(resource, name)?.ok_or_else(|| RecordError::new(name, "a text", "nothing"))
}

pub(crate) fn optional_date(resource: &Resource, name: &str) -> Result<Option<NaiveDate>, RecordError> {
    date(name, resource.attr(name))
}

pub(crate) fn text(name: &str, value: Option<ValueRef<'_>>) -> Result<Option<String>, RecordError> {
    match value.filter(|value| value.is_assigned()) {
        None | Some(ValueRef::String("")) => Ok(None),
        Some(ValueRef::String(text)) => Ok(Some(text.to_owned())),
        Some(other) => Err(RecordError::new(name, "a text", other.to_json().to_string())),
    }
}

pub(crate) fn date(name: &str, value: Option<ValueRef<'_>>) -> Result<Option<NaiveDate>, RecordError> {
    let Some(text) = text(name, value)? else { return Ok(None) };
    match NaiveDate::parse_from_str(&text, "%Y-%m-%d") {
        Ok(date) => Ok(Some(date)),
        Err(_) => Err(RecordError::new(name, "a date as YYYY-MM-DD", text)),
    }
}

pub(crate) fn flag(resource: &Resource, name: &str, default: bool) -> Result<bool, RecordError> {
    match resource.attr(name).filter(|value| value.is_assigned()) {
        None => Ok(default),
        Some(ValueRef::Bool(value)) => Ok(value),
        Some(other) => Err(RecordError::new(name, "true or false", other.to_json().to_string())),
    }
}

pub(crate) fn objects<'a>(resource: &'a Resource, name: &str) -> Result<Vec<ObjectRef<'a>>, RecordError> {
    let Some(value) = resource.attr(name).filter(|value| value.is_assigned()) else { return Ok(Vec::new()) };
    let wrong =
        |value: ValueRef<'_>| RecordError::new(name, "a list of objects", value.to_json().to_string());
    let list = value.as_array().ok_or_else(|| wrong(value))?;
    list.iter().map(|item| item.as_object().ok_or_else(|| wrong(item))).collect()
}

pub(crate) fn count(resource: &Resource, name: &str) -> Result<Option<u64>, RecordError> {
    let Some(value) = resource.attr(name).filter(|value| value.is_assigned()) else { return Ok(None) };
    let count = value.as_i64().and_then(|number| u64::try_from(number).ok());
    count.map(Some).ok_or_else(|| RecordError::new(name, "a whole number", value.to_json().to_string()))
}

pub(crate) fn moment(resource: &Resource, name: &str) -> Result<Option<DateTime<Utc>>, RecordError> {
    let Some(text) = optional(resource, name)? else { return Ok(None) };
    match DateTime::parse_from_rfc3339(&text) {
        Ok(moment) => Ok(Some(moment.with_timezone(&Utc))),
        Err(_) => Err(RecordError::new(name, "a moment as RFC 3339", text)),
    }
}

/// Reads a list of `{ type, value }` as a map.
pub(crate) fn pairs(resource: &Resource, name: &str) -> Result<BTreeMap<String, String>, RecordError> {
    let pair = |item: ObjectRef<'_>| {
        let missing = || RecordError::new(&format!("{name}.type"), "a text", "nothing");
        let key = text(&format!("{name}.type"), item.get("type"))?.ok_or_else(missing)?;
        Ok((key, text(&format!("{name}.value"), item.get("value"))?.unwrap_or_default()))
    };
    objects(resource, name)?.into_iter().map(pair).collect()
}

pub(crate) fn pairs_json(pairs: &BTreeMap<String, String>) -> Value {
    pairs.iter().map(|(name, value)| json!({ "type": name, "value": value })).collect()
}

/// Builds a resource member by member, leaving out what is empty.
pub(crate) struct Members(Map<String, Value>);

impl Members {
    pub(crate) fn new(schema: &str) -> Self {
        Self(Map::from_iter([("schemas".to_owned(), json!([schema]))]))
    }

    pub(crate) fn put(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        let empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        if !empty {
            self.0.insert(name.to_owned(), value);
        }
    }

    pub(crate) fn put_date(&mut self, name: &str, date: Option<NaiveDate>) {
        self.put(name, date.map(|date| date.to_string()));
    }

    pub(crate) fn finish(self) -> Resource {
        Resource::from_json(Value::Object(self.0)).unwrap_or_default()
    }
}
