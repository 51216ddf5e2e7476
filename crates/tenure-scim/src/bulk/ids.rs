//! References to resources that the same request creates: `bulkId:name`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::error::ScimError;

/// The ids that new resources have got so far.
///
/// # Examples
///
/// ```
/// use tenure_scim::bulk::BulkIds;
///
/// let mut ids = BulkIds::default();
/// ids.insert("u", "2819c223");
/// let mut data = serde_json::json!({"members": [{"value": "bulkId:u", "$ref": "../Users/bulkId:u"}]});
/// ids.resolve(&mut data)?;
/// assert_eq!(data, serde_json::json!({"members": [{"value": "2819c223", "$ref": "../Users/2819c223"}]}));
/// assert_eq!(ids.resolve_text("/Users/bulkId:u")?, "/Users/2819c223");
/// assert!(ids.resolve_text("bulkId:v").is_err());
/// # Ok::<(), tenure_scim::ScimError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BulkIds(BTreeMap<String, String>);

impl BulkIds {
    /// Notes the id that the resource called `bulk_id` got.
    pub fn insert(&mut self, bulk_id: impl Into<String>, id: impl Into<String>) {
        self.0.insert(bulk_id.into(), id.into());
    }

    /// Puts ids in place of all references in a body, those in PATCH paths included.
    ///
    /// # Errors
    ///
    /// 409 when a resource that is referred to was not created (RFC 7644 section 3.7.1).
    pub fn resolve(&self, data: &mut Value) -> Result<(), ScimError> {
        match data {
            Value::String(text) if text.contains(PREFIX) => *text = self.resolve_text(text)?,
            Value::Array(values) => values.iter_mut().try_for_each(|v| self.resolve(v))?,
            Value::Object(members) => members.values_mut().try_for_each(|v| self.resolve(v))?,
            _ => {}
        }
        Ok(())
    }

    /// Puts ids in place of all references in one text, for example an operation's path.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve).
    pub fn resolve_text(&self, text: &str) -> Result<String, ScimError> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, name, after)) = next(rest, text.len() == rest.len()) {
            let id = self.0.get(name).ok_or_else(|| {
                ScimError::conflict(format!("`{PREFIX}{name}` refers to a resource that was not created"))
            })?;
            out.push_str(before);
            out.push_str(id);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// The names that a body refers to.
pub(super) fn references(data: &Value, found: &mut BTreeSet<String>) {
    match data {
        Value::String(text) => in_text(text, found),
        Value::Array(values) => values.iter().for_each(|v| references(v, found)),
        Value::Object(members) => members.values().for_each(|v| references(v, found)),
        _ => {}
    }
}

/// The names that a text refers to.
pub(super) fn in_text(text: &str, found: &mut BTreeSet<String>) {
    let mut rest = text;
    while let Some((_, name, after)) = next(rest, text.len() == rest.len()) {
        found.insert(name.to_owned());
        rest = after;
    }
}

/// The first reference in a text: what is before it, its name, what is behind it.
///
/// A reference is a whole text, a path segment, or a quoted text in a PATCH path.
fn next(text: &str, at_start: bool) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find(PREFIX)?;
        let before = text.get(..at)?;
        let opens = if before.is_empty() { at_start } else { before.ends_with(['/', '"']) };
        let rest = text.get(at + PREFIX.len()..)?;
        let end = rest.find(['"', '/', '\\', '?']).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end)?;
        if opens && !name.is_empty() {
            return Some((before, name, after));
        }
        from = at + PREFIX.len();
    }
}

const PREFIX: &str = "bulkId:";
