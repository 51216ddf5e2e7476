//! `bulkId:` references in data and paths.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenure_scim::ScimError;

const MARK: &str = "bulkId:";

/// The references in a value.
pub(super) fn in_value(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => in_text(text, found),
        Value::Array(items) => items.iter().for_each(|item| in_value(item, found)),
        Value::Object(object) => object.values().for_each(|item| in_value(item, found)),
        _ => {}
    }
}

/// The references in a text: the whole of it, or inside the quotes or between the slashes of a path.
pub(super) fn in_text(text: &str, found: &mut BTreeSet<String>) {
    for part in text.split(MARK).skip(1) {
        found.insert(id(part).to_owned());
    }
}

fn id(part: &str) -> &str {
    part.split(['"', '/', ']', ' ', '\\']).next().unwrap_or(part)
}

/// Puts ids in the place of references.
pub(super) fn resolve(value: &mut Value, known: &BTreeMap<String, String>) -> Result<(), ScimError> {
    match value {
        Value::String(text) if text.contains(MARK) => {
            *text = resolve_text(text, known)?;
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| resolve(item, known)),
        Value::Object(object) => object.values_mut().try_for_each(|item| resolve(item, known)),
        _ => Ok(()),
    }
}

/// Puts ids in the place of references in one text.
pub(super) fn resolve_text(text: &str, known: &BTreeMap<String, String>) -> Result<String, ScimError> {
    let mut parts = text.split(MARK);
    let mut resolved = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = id(part);
        let id = known.get(name).ok_or_else(|| {
            ScimError::conflict(format!(
                "`{MARK}{name}` refers to an operation that has not created a resource"
            ))
        })?;
        resolved.push_str(id);
        resolved.push_str(part.strip_prefix(name).unwrap_or_default());
    }
    Ok(resolved)
}

/// Removes attributes and elements that hold a reference which is not known yet.
pub(super) fn remove_unknown(value: &mut Value, known: &BTreeMap<String, String>) {
    match value {
        Value::Array(items) => {
            items.retain(|item| !is_unknown(item, known));
            items.iter_mut().for_each(|item| remove_unknown(item, known));
        }
        Value::Object(object) => {
            object.retain(|_, item| !is_unknown(item, known));
            object.values_mut().for_each(|item| remove_unknown(item, known));
        }
        _ => {}
    }
}

/// Whether a text is an unknown reference, or an object has one directly, so that nothing of it makes sense without it.
fn is_unknown(value: &Value, known: &BTreeMap<String, String>) -> bool {
    let text = |value: &Value| {
        let mut found = BTreeSet::new();
        value.as_str().inspect(|text| in_text(text, &mut found));
        found.iter().any(|name| !known.contains_key(name))
    };
    match value {
        Value::String(_) => text(value),
        Value::Object(object) => object.values().any(text),
        _ => false,
    }
}
