//! Operations on singular attributes.

use serde_json::{Map, Value};

use super::PatchOp;
use super::apply::Apply;
use super::conform::{has_state, require_subs};
use super::element::{is_stored, merge, same, set_member, without_nulls};
use super::target::AttributeTarget;
use crate::arena::Slot;
use crate::error::ScimError;
use crate::profile::{Restriction, Tolerance};
use crate::schema::{Attribute, AttributeType, Mutability};

pub(super) fn run(
    apply: &mut Apply<'_>,
    op: PatchOp,
    target: &AttributeTarget<'_>,
    value: Option<&Value>,
) -> Result<bool, ScimError> {
    if let Some(selector) = &target.selector {
        let matches = target.slot(apply.doc).is_some_and(|s| selector.matcher.matches(apply.doc.found(s)));
        match (matches, op) {
            (true, _) => {}
            (false, PatchOp::Remove) => return Ok(false),
            (false, _) => {
                let name = target.name();
                return Err(ScimError::no_target(format!("the filter does not match the value of `{name}`")));
            }
        }
    }
    if op == PatchOp::Remove {
        if value.is_some_and(has_state) && !apply.tolerates(Tolerance::PatchRemoveValues) {
            return Err(ScimError::invalid_value("expected no `value` for `remove`"));
        }
        return remove(apply, target);
    }
    let value = value.unwrap_or(&Value::Null);
    match target.sub {
        Some(_) => set_sub(apply, op, target, value),
        None => set(apply, op, target, value),
    }
}

/// Takes the attribute or sub-attribute out.
fn remove(apply: &mut Apply<'_>, target: &AttributeTarget<'_>) -> Result<bool, ScimError> {
    let Some(slot) = target.slot(apply.doc) else { return Ok(false) };
    if target.attribute.mutability == Mutability::Immutable && is_stored(apply.doc.at(slot)) {
        return Err(ScimError::mutability(format!("`{}` is immutable and has a value", target.name())));
    }
    if let Some(sub) = target.sub {
        let changed =
            set_member(apply.doc, slot, sub.name.as_str(), &Value::Null, Some(sub), target.attribute)?;
        if changed && !is_stored(apply.doc.at(slot)) {
            unassign(apply, target)?;
        }
        return Ok(changed);
    }
    if !is_stored(apply.doc.at(slot)) {
        return Ok(false);
    }
    unassign(apply, target)?;
    Ok(true)
}

/// Takes an attribute out that may be without a value.
pub(super) fn unassign(apply: &mut Apply<'_>, target: &AttributeTarget<'_>) -> Result<(), ScimError> {
    if target.attribute.required {
        // SPEC: RFC 7644 section 3.5.2.2: a required attribute that becomes unassigned is a `mutability` error.
        return Err(ScimError::mutability(format!("`{}` is required", target.attribute.name)));
    }
    target.unassign(apply.doc);
    Ok(())
}

fn set(
    apply: &mut Apply<'_>,
    op: PatchOp,
    target: &AttributeTarget<'_>,
    value: &Value,
) -> Result<bool, ScimError> {
    let attribute = target.attribute;
    let value = apply.conform().single(value, attribute, "")?.into_owned();
    if !has_state(&value) && !value.is_object() {
        return remove(apply, target);
    }
    if attribute.required && value.as_str() == Some("") {
        return Err(ScimError::invalid_value(format!(
            "expected a value for `{}`, found empty text",
            target.name()
        )));
    }
    let stored = target.slot(apply.doc).filter(|s| is_stored(apply.doc.at(*s)));
    match stored {
        Some(slot) if same(apply.doc.at(slot), &value) => Ok(false),
        Some(_) if attribute.mutability == Mutability::Immutable => {
            Err(ScimError::mutability(format!("`{}` is immutable and has a value", target.name())))
        }
        Some(slot) => match &value {
            // SPEC: RFC 7644 section 3.5.2.3: sub-attributes that the value does not name stay.
            Value::Object(members) if attribute.kind == AttributeType::Complex => {
                let whole = op == PatchOp::Replace && apply.profile.restricts(Restriction::PatchReplaceWhole);
                let members =
                    if whole { &with_the_rest_unassigned(apply, slot, members, attribute) } else { members };
                let changed = merge(apply.doc, slot, members, attribute)?;
                if !is_stored(apply.doc.at(slot)) {
                    unassign(apply, target)?;
                }
                Ok(changed)
            }
            value => {
                apply.doc.write_json(slot, value);
                Ok(true)
            }
        },
        None if !has_state(&value) => Ok(false),
        None => {
            require_subs(&value, attribute)?;
            let slot = target.slot_or_insert(apply.doc);
            apply.doc.write_json(slot, &without_nulls(value));
            Ok(true)
        }
    }
}

/// The members, and `null` for each that is stored, not named, and the client's to write.
fn with_the_rest_unassigned(
    apply: &Apply<'_>,
    slot: Slot,
    members: &Map<String, Value>,
    attribute: &Attribute,
) -> Map<String, Value> {
    let mut all = members.clone();
    let stored = apply.doc.at(slot).as_object();
    for (name, _) in stored.into_iter().flat_map(|o| o.iter()) {
        let read_only =
            attribute.sub_attributes.iter().any(|s| s.name == *name && s.mutability == Mutability::ReadOnly);
        if !read_only && !members.keys().any(|k| k.eq_ignore_ascii_case(name)) {
            all.insert(name.to_owned(), Value::Null);
        }
    }
    all
}

fn set_sub(
    apply: &mut Apply<'_>,
    op: PatchOp,
    target: &AttributeTarget<'_>,
    value: &Value,
) -> Result<bool, ScimError> {
    let (attribute, sub) = (target.attribute, target.leaf());
    let value = match sub.multi_valued {
        true => apply.conform().sub_value(value, sub, attribute)?.into_owned(),
        false => apply.conform().single(value, sub, attribute.name.as_str())?.into_owned(),
    };
    if !has_state(&value) {
        return remove(apply, target);
    }
    let stored = target.slot(apply.doc);
    if let Some(slot) = stored
        && attribute.mutability == Mutability::Immutable
        && is_stored(apply.doc.at(slot))
    {
        return Err(ScimError::mutability(format!("`{}` is immutable and has a value", attribute.name)));
    }
    let value = match (stored, sub.multi_valued) {
        (Some(slot), true) => all_values(apply, op, slot, sub.name.as_str(), value),
        (None, true) if !value.is_array() => Value::Array(vec![value]),
        _ => value,
    };
    let slot = target.slot_or_insert(apply.doc);
    set_member(apply.doc, slot, sub.name.as_str(), &value, Some(sub), attribute)
}

/// What a multi-valued sub-attribute holds after `op`.
pub(super) fn all_values(apply: &Apply<'_>, op: PatchOp, object: Slot, name: &str, value: Value) -> Value {
    let new = match value {
        Value::Array(values) => values,
        single => vec![single],
    };
    if op == PatchOp::Replace {
        return Value::Array(new);
    }
    let stored = apply.doc.member(object, name);
    let mut all = match stored.map(|s| apply.doc.at(s).to_json()) {
        Some(Value::Array(values)) => values,
        _ => Vec::new(),
    };
    for value in new {
        if !all.contains(&value) {
            all.push(value);
        }
    }
    Value::Array(all)
}
