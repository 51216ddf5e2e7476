//! Elements of multi-valued attributes: which stored one a new one is, and changes in one.

use serde_json::{Map, Value};

use super::conform::{has_state, primary_key};
use super::target::Selector;
use crate::arena::{Arena, Slot};
use crate::error::ScimError;
use crate::filter::{CompareOp, Filter, Literal};
use crate::precis::Rule;
use crate::resource::Resource;
use crate::schema::{Attribute, AttributeType, Mutability};
use crate::validate::Once;
use crate::value::{NumberRef, ValueRef};

/// Whether a stored value counts as assigned (RFC 7643 section 2.5).
pub(super) fn is_stored(value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Object(members) => members.iter().any(|(_, v)| is_stored(v)),
        other => other.is_assigned(),
    }
}

/// Whether a stored value and a new one are the same state.
pub(super) fn same(stored: ValueRef<'_>, new: &Value) -> bool {
    match (stored, new) {
        (ValueRef::Bool(a), Value::Bool(b)) => a == *b,
        (ValueRef::String(a), Value::String(b)) => a == b,
        (ValueRef::Number(a), Value::Number(b)) => a == NumberRef::new(&b.to_string()),
        (ValueRef::Object(a), Value::Object(b)) => {
            b.iter().all(|(k, v)| a.get(k).map_or(!has_state(v), |stored| same(stored, v)))
                && a.iter().all(|(k, v)| !is_stored(v) || b.keys().any(|name| name.eq_ignore_ascii_case(k)))
        }
        (ValueRef::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).all(|(a, b)| same(a, b)) || same_in_any_order(stored, new)
        }
        (a, b) => !is_stored(a) && !has_state(b),
    }
}

fn same_in_any_order(stored: ValueRef<'_>, new: &Value) -> bool {
    let scratch = Resource::from_json(serde_json::json!({ "value": new }));
    scratch.is_ok_and(|scratch| scratch.member("value") == Some(stored))
}

/// How the `value` of an attribute's elements is compared.
pub(super) fn value_rule(attribute: &Attribute) -> Rule {
    let leaf = value_sub(attribute).unwrap_or(attribute);
    if leaf.is_case_exact() { Rule::Exact } else { Rule::Fold }
}

/// Whether an element is what its `value` says, as a group's member is.
pub(super) fn is_identity(attribute: &Attribute) -> bool {
    value_sub(attribute).is_some_and(|v| matches!(v.mutability, Mutability::Immutable | Mutability::ReadOnly))
}

fn value_sub(attribute: &Attribute) -> Option<&Attribute> {
    attribute.sub_attributes.iter().find(|s| s.name == "value")
}

/// The stored element that `new` is, if there is one.
pub(super) fn find(doc: &mut Arena, array: Slot, new: &Value, attribute: &Attribute) -> Option<Slot> {
    let rule = value_rule(attribute);
    if attribute.kind != AttributeType::Complex {
        let Some(text) = new.as_str() else {
            return doc.elements(array).find(|e| same(doc.at(*e), new));
        };
        let candidates = doc.candidates(array, text);
        return candidates
            .into_iter()
            .find(|e| doc.at(*e).as_str().is_some_and(|s| rule.cmp(s, text).is_eq()));
    }
    let Some(text) = text_of(new, "value") else {
        return doc.elements(array).find(|e| same(doc.at(*e), new));
    };
    let of_type = text_of(new, "type");
    let candidates = doc.candidates(array, text);
    candidates.into_iter().find(|e| {
        let stored = doc.at(*e).as_object();
        let stored_text = |name| stored.and_then(|o| o.get(name)).and_then(ValueRef::as_str);
        let same_type = match (stored_text("type"), of_type) {
            (Some(a), Some(b)) => Rule::Fold.cmp(a, b).is_eq(),
            (a, b) => a.is_none() && b.is_none(),
        };
        stored_text("value").is_some_and(|s| rule.cmp(s, text).is_eq())
            && (same_type || is_identity(attribute))
    })
}

/// The stored elements that have everything that `listed` has.
pub(super) fn find_listed(doc: &mut Arena, array: Slot, listed: &Value, attribute: &Attribute) -> Vec<Slot> {
    let text = listed.as_str().or_else(|| text_of(listed, "value"));
    let candidates = match text {
        Some(text) => doc.candidates(array, text),
        None => doc.elements(array).collect(),
    };
    let rule = value_rule(attribute);
    let equal = |stored: ValueRef<'_>, new: &Value| match (stored, new) {
        (ValueRef::String(a), Value::String(b)) => rule.cmp(a, b).is_eq(),
        (stored, new) => same(stored, new),
    };
    let holds = |e: &Slot| match (doc.at(*e), listed) {
        (ValueRef::Object(stored), Value::Object(listed)) => listed
            .iter()
            .filter(|(_, v)| has_state(v))
            .all(|(k, v)| stored.get(k).is_some_and(|stored| equal(stored, v))),
        (stored, listed) => equal(stored, listed),
    };
    candidates.into_iter().filter(holds).collect()
}

/// The stored elements that a value filter selects.
pub(super) fn select(doc: &mut Arena, array: Slot, selector: &Selector<'_>) -> Vec<Slot> {
    let candidates = match wanted_value(&selector.filter) {
        Some(text) => doc.candidates(array, text),
        None => doc.elements(array).collect(),
    };
    candidates.into_iter().filter(|e| selector.matcher.matches(doc.found(*e))).collect()
}

/// The `value` that every match of the filter has.
fn wanted_value(filter: &Filter) -> Option<&str> {
    match filter {
        Filter::Compare(c) if c.op == CompareOp::Eq && *c.path.name() == "value" => match &c.value {
            Literal::String(text) => Some(text),
            _ => None,
        },
        Filter::And(parts) => parts.iter().find_map(wanted_value),
        _ => None,
    }
}

/// The element that a filter describes, if it says nothing but what is equal.
pub(super) fn described(filter: &Filter) -> Option<Map<String, Value>> {
    match filter {
        Filter::Compare(c) if c.op == CompareOp::Eq => {
            let value = match &c.value {
                Literal::Null => return None,
                Literal::Bool(value) => Value::Bool(*value),
                Literal::Number(number) => serde_json::from_str(number.as_str()).ok()?,
                Literal::String(text) => Value::String(text.clone()),
            };
            Some(Map::from_iter([(c.path.name().to_string(), value)]))
        }
        Filter::And(parts) => {
            let mut all = Map::new();
            for part in parts {
                all.extend(described(part)?);
            }
            Some(all)
        }
        _ => None,
    }
}

/// Puts the members of `new` into a stored complex value; unassigned members are taken out.
pub(super) fn merge(
    doc: &mut Arena,
    object: Slot,
    new: &Map<String, Value>,
    attribute: &Attribute,
) -> Result<bool, ScimError> {
    let mut changed = false;
    for (name, value) in new {
        let sub = attribute.sub_attributes.iter().find(|s| s.name == *name.as_str());
        changed |= set_member(doc, object, name, value, sub, attribute)?;
    }
    Ok(changed)
}

/// Sets or, with an unassigned value, takes out one member of a stored complex value.
pub(super) fn set_member(
    doc: &mut Arena,
    object: Slot,
    name: &str,
    value: &Value,
    sub: Option<&Attribute>,
    attribute: &Attribute,
) -> Result<bool, ScimError> {
    let stored = doc.member(object, name);
    let assigned = stored.is_some_and(|s| is_stored(doc.at(s)));
    let unchanged = match stored {
        Some(stored) => same(doc.at(stored), value),
        None => !has_state(value),
    };
    if unchanged {
        return Ok(false);
    }
    if assigned && sub.is_some_and(|s| s.mutability == Mutability::Immutable) {
        return Err(ScimError::mutability(format!(
            "`{}.{name}` is immutable and has a value",
            attribute.name
        )));
    }
    if has_state(value) {
        let slot = doc.member_or_insert(object, sub.map_or(name, |s| s.name.as_str()));
        doc.write_json(slot, value);
        return Ok(true);
    }
    if sub.is_some_and(|s| s.required) {
        return Err(ScimError::mutability(format!("`{}.{name}` is required", attribute.name)));
    }
    Ok(doc.remove_member(object, name))
}

/// The values without those that have the `value` and `type` of one before (RFC 7643 section 2.4).
pub(super) fn once(values: Vec<Value>, attribute: &Attribute) -> Vec<Value> {
    let mut seen = Once::new(attribute);
    let new: Vec<bool> = values
        .iter()
        .map(|v| seen.is_new_pair(v.as_str().or_else(|| text_of(v, "value")), text_of(v, "type")))
        .collect();
    values.into_iter().zip(new).filter_map(|(value, new)| new.then_some(value)).collect()
}

/// Takes the mark off every primary element but `keep` (RFC 7644 section 3.5.2).
pub(super) fn keep_primary(doc: &mut Arena, array: Slot, keep: Slot) {
    let marked: Vec<_> = doc
        .elements(array)
        .filter(|e| *e != keep)
        .filter_map(|e| doc.member(e, "primary"))
        .filter(|p| doc.at(*p) == ValueRef::Bool(true))
        .collect();
    for primary in marked {
        doc.write_json(primary, &Value::Bool(false));
    }
}

pub(super) fn is_primary(value: &Value) -> bool {
    primary_key(value).is_some()
}

/// The value without members that are `null`.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(members.into_iter().filter(|(_, v)| has_state(v)).collect()),
        other => other,
    }
}

fn text_of<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.as_object()?.iter().find(|(k, _)| k.eq_ignore_ascii_case(name))?.1.as_str()
}
