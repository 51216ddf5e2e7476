//! Operations on multi-valued attributes.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::PatchOp;
use super::apply::Apply;
use super::conform::{has_state, require_subs};
use super::element::{
    described, find, find_listed, is_identity, is_primary, is_stored, keep_primary, merge, once, same,
    select, set_member, without_nulls,
};
use super::join::join_equal;
use super::singular::{all_values, unassign};
use super::target::{AttributeTarget, Selector};
use crate::arena::Slot;
use crate::error::ScimError;
use crate::profile::{Tolerance, restrict};
use crate::schema::{Attribute, AttributeType, Mutability};

pub(super) fn run(
    apply: &mut Apply<'_>,
    op: PatchOp,
    target: &AttributeTarget<'_>,
    value: Option<&Value>,
) -> Result<bool, ScimError> {
    if let Some(slot) = target.slot(apply.doc)
        && target.attribute.mutability == Mutability::Immutable
        && is_stored(apply.doc.at(slot))
    {
        return Err(ScimError::mutability(format!(
            "`{}` is immutable and has values",
            target.attribute.name
        )));
    }
    if op == PatchOp::Remove {
        return remove(apply, target, value);
    }
    let value = value.unwrap_or(&Value::Null);
    match (&target.selector, target.sub, op) {
        (None, None, PatchOp::Add) => add(apply, target, value),
        (None, None, _) => replace(apply, target, value),
        (None, Some(sub), _) => {
            let Some(array) = assigned(apply, target) else {
                return create(apply, target, Map::new(), value);
            };
            let all: Vec<_> = apply.doc.elements(array).collect();
            set_sub(apply, op, target.attribute, sub, array, &all, value)
        }
        (Some(selector), sub, _) => {
            let array = assigned(apply, target);
            let found = match array {
                Some(array) => selected(apply, array, selector)?,
                None => Vec::new(),
            };
            match (array, found.as_slice(), sub) {
                (None, _, _) | (_, [], _) => unmatched(apply, op, target, selector, value),
                (Some(array), found, Some(sub)) => {
                    set_sub(apply, op, target.attribute, sub, array, found, value)
                }
                (Some(array), found, None) => set_elements(apply, op, target.attribute, array, found, value),
            }
        }
    }
}

fn selected(apply: &mut Apply<'_>, array: Slot, selector: &Selector<'_>) -> Result<Vec<Slot>, ScimError> {
    let found = select(apply.doc, array, selector);
    restrict::matches(apply.profile, found.len(), &selector.filter)?;
    Ok(found)
}

/// The array, if it has elements.
fn assigned(apply: &Apply<'_>, target: &AttributeTarget<'_>) -> Option<Slot> {
    target.slot(apply.doc).filter(|s| apply.doc.at(*s).as_array().is_some_and(|a| !a.is_empty()))
}

fn add(apply: &mut Apply<'_>, target: &AttributeTarget<'_>, value: &Value) -> Result<bool, ScimError> {
    let attribute = target.attribute;
    let values = apply.conform().many(value, attribute)?;
    if values.is_empty() {
        return Ok(false);
    }
    let array = target.slot_or_insert(apply.doc);
    let mut changed = false;
    for value in values {
        changed |= add_one(apply, array, attribute, value)?;
    }
    Ok(changed)
}

/// Adds one element; one that is there already is completed.
fn add_one(
    apply: &mut Apply<'_>,
    array: Slot,
    attribute: &Attribute,
    value: Cow<'_, Value>,
) -> Result<bool, ScimError> {
    let primary = is_primary(&value);
    let (element, changed) = match (find(apply.doc, array, &value, attribute), value.as_object()) {
        (Some(_), _) if is_identity(attribute) => return Ok(false),
        (Some(element), Some(members)) => (element, merge(apply.doc, element, members, attribute)?),
        (Some(element), None) => (element, false),
        (None, _) => {
            require_subs(&value, attribute)?;
            let value = if value.as_object().is_some_and(|m| !m.values().all(has_state)) {
                Cow::Owned(without_nulls(value.into_owned()))
            } else {
                value
            };
            (apply.doc.push_json(array, &value), true)
        }
    };
    if primary && changed {
        keep_primary(apply.doc, array, element);
    }
    Ok(changed)
}

fn replace(apply: &mut Apply<'_>, target: &AttributeTarget<'_>, value: &Value) -> Result<bool, ScimError> {
    let values = apply.conform().many(value, target.attribute)?;
    if values.is_empty() {
        return remove_all(apply, target);
    }
    for value in &values {
        require_subs(value, target.attribute)?;
    }
    let values = values.into_iter().map(|v| without_nulls(v.into_owned())).collect();
    let values = Value::Array(once(values, target.attribute));
    if target.slot(apply.doc).is_some_and(|s| same(apply.doc.at(s), &values)) {
        return Ok(false);
    }
    let slot = target.slot_or_insert(apply.doc);
    apply.doc.write_json(slot, &values);
    Ok(true)
}

fn remove_all(apply: &mut Apply<'_>, target: &AttributeTarget<'_>) -> Result<bool, ScimError> {
    if assigned(apply, target).is_none() {
        return Ok(false);
    }
    unassign(apply, target)?;
    Ok(true)
}

fn remove(
    apply: &mut Apply<'_>,
    target: &AttributeTarget<'_>,
    value: Option<&Value>,
) -> Result<bool, ScimError> {
    let value = value.filter(|v| !v.is_null());
    let Some(array) = assigned(apply, target) else {
        return match value {
            Some(_) => listed_allowed(apply, target).map(|()| false),
            None => Ok(false),
        };
    };
    if value.is_some() {
        listed_allowed(apply, target)?;
    }
    let found = match (&target.selector, value, target.sub) {
        (Some(selector), _, _) => selected(apply, array, selector)?,
        (None, Some(listed), None) => {
            let mut found = Vec::new();
            for listed in apply.conform().many(listed, target.attribute)? {
                found.extend(find_listed(apply.doc, array, &listed, target.attribute));
            }
            found
        }
        (None, _, Some(_)) => apply.doc.elements(array).collect(),
        (None, None, None) => return remove_all(apply, target),
    };
    let mut changed = false;
    let mut empty = found;
    if let Some(sub) = target.sub {
        let name = sub.name.as_str();
        let mut left = Vec::new();
        for element in &empty {
            if set_member(apply.doc, *element, name, &Value::Null, Some(sub), target.attribute)? {
                left.push(*element);
            }
        }
        changed = !left.is_empty();
        empty.retain(|element| !is_stored(apply.doc.at(*element)));
        if tells_apart(sub) {
            empty.extend(join_equal(apply.doc, array, &left, target.attribute));
        }
    }
    changed |= apply.doc.remove_elements(array, &empty) > 0;
    if changed && assigned(apply, target).is_none() {
        unassign(apply, target)?;
    }
    Ok(changed)
}

/// Whether a `remove` may come with a `value`.
fn listed_allowed(apply: &mut Apply<'_>, target: &AttributeTarget<'_>) -> Result<(), ScimError> {
    let tolerance = match target.selector {
        Some(_) => Tolerance::PatchRemoveFilterAndValue,
        None => Tolerance::PatchRemoveValues,
    };
    if apply.tolerates(tolerance) {
        return Ok(());
    }
    Err(ScimError::invalid_value(format!(
        "expected no `value` for `remove`; to remove some values use `{}[value eq ...]`",
        target.attribute.name
    )))
}

/// Sets one sub-attribute of some elements.
fn set_sub(
    apply: &mut Apply<'_>,
    op: PatchOp,
    attribute: &Attribute,
    sub: &Attribute,
    array: Slot,
    found: &[Slot],
    value: &Value,
) -> Result<bool, ScimError> {
    let value = match sub.multi_valued {
        true => apply.conform().sub_value(value, sub, attribute)?.into_owned(),
        false => apply.conform().single(value, sub, attribute.name.as_str())?.into_owned(),
    };
    let primary = sub.name == "primary" && value == Value::Bool(true);
    refuse_many_primaries(primary, attribute, found)?;
    let mut changed = Vec::new();
    for element in found {
        let value = match sub.multi_valued {
            true => all_values(apply, op, *element, sub.name.as_str(), value.clone()),
            false => value.clone(),
        };
        if set_member(apply.doc, *element, sub.name.as_str(), &value, Some(sub), attribute)? {
            changed.push(*element);
        }
        if primary {
            keep_primary(apply.doc, array, *element);
        }
    }
    if tells_apart(sub) {
        let joined = join_equal(apply.doc, array, &changed, attribute);
        apply.doc.remove_elements(array, &joined);
    }
    Ok(!changed.is_empty())
}

/// Whether values that differ in this sub-attribute are different values.
fn tells_apart(sub: &Attribute) -> bool {
    sub.name == "value" || sub.name == "type"
}

/// Merges a value into some elements (`add`), or puts it in their place (`replace`).
fn set_elements(
    apply: &mut Apply<'_>,
    op: PatchOp,
    attribute: &Attribute,
    array: Slot,
    found: &[Slot],
    value: &Value,
) -> Result<bool, ScimError> {
    let value = apply.conform().single(value, attribute, "")?.into_owned();
    let primary = is_primary(&value);
    refuse_many_primaries(primary, attribute, found)?;
    if !has_state(&value) {
        return Ok(apply.doc.remove_elements(array, found) > 0);
    }
    let mut changed = Vec::new();
    for element in found {
        let effect = match &value {
            Value::Object(members) if op == PatchOp::Add => merge(apply.doc, *element, members, attribute)?,
            Value::Object(members) => replace_element(apply, attribute, *element, members)?,
            value => {
                let differs = !same(apply.doc.at(*element), value);
                if differs {
                    apply.doc.write_json(*element, value);
                }
                differs
            }
        };
        if primary && effect {
            keep_primary(apply.doc, array, *element);
        }
        if effect {
            changed.push(*element);
        }
    }
    let joined = join_equal(apply.doc, array, &changed, attribute);
    apply.doc.remove_elements(array, &joined);
    Ok(!changed.is_empty())
}

/// Puts a new value in the place of an element; what only the service provider writes stays.
fn replace_element(
    apply: &mut Apply<'_>,
    attribute: &Attribute,
    element: Slot,
    members: &Map<String, Value>,
) -> Result<bool, ScimError> {
    let Value::Object(mut members) = without_nulls(Value::Object(members.clone())) else { return Ok(false) };
    for sub in &attribute.sub_attributes {
        let Some(stored) = apply.doc.member(element, sub.name.as_str()).map(|s| apply.doc.at(s)) else {
            continue;
        };
        let new = members.iter().find(|(k, _)| sub.name == *k.as_str()).map(|(_, v)| v);
        match sub.mutability {
            Mutability::ReadOnly => {
                members.insert(sub.name.to_string(), stored.to_json());
            }
            Mutability::Immutable if is_stored(stored) && !new.is_some_and(|new| same(stored, new)) => {
                let name = format!("{}.{}", attribute.name, sub.name);
                return Err(ScimError::mutability(format!("`{name}` is immutable and has a value")));
            }
            _ => {}
        }
    }
    let value = Value::Object(members);
    require_subs(&value, attribute)?;
    if same(apply.doc.at(element), &value) {
        return Ok(false);
    }
    apply.doc.write_json(element, &value);
    Ok(true)
}

fn refuse_many_primaries(primary: bool, attribute: &Attribute, found: &[Slot]) -> Result<(), ScimError> {
    if primary && found.len() > 1 {
        let name = &attribute.name;
        return Err(ScimError::invalid_value(format!(
            "expected at most one primary value in `{name}`, found {} that the path selects",
            found.len()
        )));
    }
    Ok(())
}

/// A value filter that matched nothing.
fn unmatched(
    apply: &mut Apply<'_>,
    op: PatchOp,
    target: &AttributeTarget<'_>,
    selector: &Selector<'_>,
    value: &Value,
) -> Result<bool, ScimError> {
    let tolerance = match op {
        PatchOp::Add => Tolerance::PatchAddCreatesElement,
        _ => Tolerance::PatchReplaceCreatesElement,
    };
    let described = described(&selector.filter).filter(|_| target.attribute.kind == AttributeType::Complex);
    match described {
        Some(described) if apply.tolerates(tolerance) => create(apply, target, described, value),
        _ => Err(ScimError::no_target(format!(
            "`{}[{}]` matches no value",
            target.attribute.name, selector.filter
        ))),
    }
}

/// Adds the element that a path describes.
fn create(
    apply: &mut Apply<'_>,
    target: &AttributeTarget<'_>,
    mut described: Map<String, Value>,
    value: &Value,
) -> Result<bool, ScimError> {
    match (target.sub, value) {
        (Some(sub), value) => {
            described.insert(sub.name.to_string(), value.clone());
        }
        (None, Value::Object(members)) => described.extend(members.clone()),
        (None, Value::Array(values)) => match values.as_slice() {
            [Value::Object(members)] => described.extend(members.clone()),
            _ => return Err(ScimError::invalid_value("expected one object in `value`")),
        },
        (None, _) => return Err(ScimError::invalid_value("expected an object in `value`")),
    }
    add(apply, target, &Value::Object(described))
}
