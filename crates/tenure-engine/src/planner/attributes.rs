//! Applies mapped values to an account: when each is written, and what is taken away.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenure_policy::{Apply, DesiredAttribute, Remove};
use tenure_scim::{Patch, Resource};

/// What an account should look like, and what the mappings have written then.
pub(super) struct Wanted {
    pub(super) resource: Resource,
    pub(super) written: BTreeMap<String, Value>,
}

/// Puts the wanted state of an account together from its present state.
///
/// `before` holds the value that each mapping wrote last.
pub(super) fn wanted(
    current: &Resource,
    mappings: &[DesiredAttribute],
    before: &BTreeMap<String, Value>,
) -> Wanted {
    let mut wanted = Wanted { resource: current.clone(), written: BTreeMap::new() };
    for mapping in mappings {
        let id = mapping.mapping.to_string();
        let last = before.get(&id);
        let now = current.get(&mapping.to).map(|value| value.to_json()).filter(|value| !is_empty(value));
        let value = mapping.value.as_ref();
        if let Some(value) = value.filter(|value| !is_empty(value)) {
            if should_write(mapping.apply, value, now.as_ref(), last) {
                let merged = merge(now, value, last, mapping.remove);
                wanted.resource.set(&mapping.to, merged);
                wanted.written.insert(id, value.clone());
            } else if let Some(last) = last {
                wanted.written.insert(id, last.clone());
            }
            continue;
        }
        // The source says that the value is empty, or the mapping gives nothing any more.
        let clears = value.is_some() && mapping.apply != Apply::OnCreate && mapping.apply != Apply::IfEmpty;
        let left = match (&now, mapping.remove) {
            (None, _) => None,
            (Some(now), Remove::Never) => Some(now.clone()),
            (Some(_), Remove::AllOthers) => None,
            (Some(_), Remove::OwnValues) if clears && !matches!(now, Some(Value::Array(_))) => None,
            (Some(now), Remove::OwnValues) => last.map_or(Some(now.clone()), |last| without(now, last)),
        };
        match left {
            Some(left) if Some(&left) == now.as_ref() => {}
            Some(left) => wanted.resource.set(&mapping.to, left),
            None if now.is_some() => {
                wanted.resource.remove(&mapping.to);
            }
            None => {}
        }
    }
    wanted
}

/// The attributes that a patch touches, for people.
pub(super) fn names(patch: &Patch) -> String {
    let names: BTreeSet<String> = patch
        .operations
        .iter()
        .filter_map(|operation| operation.path.as_ref())
        .map(|path| {
            let text = path.to_string();
            let plain = text.split('[').next().unwrap_or_default().to_owned();
            match plain.rsplit_once(':') {
                Some((urn, name)) if urn.starts_with("urn") => name.to_owned(),
                _ => plain,
            }
        })
        .collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

fn should_write(apply: Apply, value: &Value, now: Option<&Value>, last: Option<&Value>) -> bool {
    match apply {
        Apply::Always => true,
        Apply::OnChange => last != Some(value),
        Apply::IfEmpty => now.is_none() || (last.is_some() && now == last),
        Apply::OnCreate => false,
    }
}

/// Lays a value over the present one. A list keeps what the mapping does not own.
fn merge(now: Option<Value>, value: &Value, last: Option<&Value>, remove: Remove) -> Value {
    let (Some(Value::Array(now)), Value::Array(wanted)) = (now, value) else { return value.clone() };
    let own: BTreeSet<String> = match (remove, last) {
        (Remove::OwnValues, Some(Value::Array(last))) => last.iter().map(key).collect(),
        _ => BTreeSet::new(),
    };
    let keys: BTreeSet<String> = wanted.iter().map(key).collect();
    let mut merged: Vec<Value> = match remove {
        Remove::AllOthers => Vec::new(),
        _ => now
            .iter()
            .filter(|item| !own.contains(&key(item)) && !keys.contains(&key(item)))
            .cloned()
            .collect(),
    };
    for item in wanted {
        let present = now.iter().find(|present| key(present) == key(item));
        merged.push(present.map_or_else(|| item.clone(), |present| overlay(present, item)));
    }
    // In the order of the account where it has them, so that an unchanged list is an equal list.
    merged.sort_by_key(|item| now.iter().position(|present| key(present) == key(item)).unwrap_or(usize::MAX));
    Value::Array(merged)
}

fn overlay(present: &Value, wanted: &Value) -> Value {
    match (present, wanted) {
        (Value::Object(present), Value::Object(wanted)) => {
            let mut merged = present.clone();
            for (name, value) in wanted {
                merged.insert(name.clone(), value.clone());
            }
            Value::Object(merged)
        }
        _ => wanted.clone(),
    }
}

/// What is left when a mapping takes back what it wrote.
fn without(now: &Value, last: &Value) -> Option<Value> {
    match (now, last) {
        (Value::Array(now), Value::Array(last)) => {
            let own: BTreeSet<String> = last.iter().map(key).collect();
            let left: Vec<Value> = now.iter().filter(|item| !own.contains(&key(item))).cloned().collect();
            (!left.is_empty()).then_some(Value::Array(left))
        }
        _ => (now != last).then(|| now.clone()),
    }
}

/// Tells the elements of a list apart: by `value` where they have one, else by their whole content.
fn key(item: &Value) -> String {
    match item.get("value") {
        Some(Value::String(text)) => text.to_lowercase(),
        Some(other) => other.to_string(),
        None => tenure_store::canonical_json(item),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}
