//! Values that a change has made equal.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

use super::element::{is_stored, value_rule};
use crate::arena::{Arena, Slot};
use crate::precis::Rule;
use crate::schema::Attribute;
use crate::value::ValueRef;

/// Joins values that have the same `value` and `type` since some of them were changed; gives those that are to go.
///
/// A changed value stays, the first where several were changed. It gets what only the others say, and is primary when
/// one of them was.
///
/// Spec: RFC 7643 section 2.4: the same pair of `type` and `value` is not returned twice.
#[must_use]
pub(super) fn join_equal(doc: &mut Arena, array: Slot, changed: &[Slot], attribute: &Attribute) -> Vec<Slot> {
    let equal = match changed {
        [] => return Vec::new(),
        [only] => equal_to(doc, array, *only, attribute),
        changed => equal_among(doc, array, changed, attribute),
    };
    for (stays, goes) in &equal {
        take_over(doc, *stays, *goes);
    }
    equal.into_iter().map(|(_, goes)| goes).collect()
}

/// One changed value with each that it is equal to; a large array is not scanned.
fn equal_to(doc: &mut Arena, array: Slot, only: Slot, attribute: &Attribute) -> Vec<(Slot, Slot)> {
    let rule = value_rule(attribute);
    let Some((value, _)) = pair(doc.at(only)) else { return Vec::new() };
    let value = value.to_owned();
    let candidates = doc.candidates(array, &value);
    let Some((value, kind)) = pair(doc.at(only)) else { return Vec::new() };
    let same = |other: &Slot| {
        *other != only
            && pair(doc.at(*other))
                .is_some_and(|(v, k)| rule.cmp(v, value).is_eq() && Rule::Fold.cmp(k, kind).is_eq())
    };
    candidates.into_iter().filter(same).map(|other| (only, other)).collect()
}

/// Equal values, of which one at least was changed, in one pass over all.
fn equal_among(doc: &Arena, array: Slot, changed: &[Slot], attribute: &Attribute) -> Vec<(Slot, Slot)> {
    let rule = value_rule(attribute);
    let key = |slot: Slot| pair(doc.at(slot)).map(|(value, kind)| (rule.key(value), Rule::Fold.key(kind)));
    let mut stays: HashMap<(Cow<'_, str>, Cow<'_, str>), Slot> = HashMap::with_capacity(changed.len());
    for slot in changed {
        if let Some(key) = key(*slot) {
            stays.entry(key).or_insert(*slot);
        }
    }
    let equal = |slot: Slot| stays.get(&key(slot)?).filter(|s| **s != slot).map(|s| (*s, slot));
    doc.elements(array).filter_map(equal).collect()
}

/// The `value` and `type` of an element that has a `value`.
fn pair(element: ValueRef<'_>) -> Option<(&str, &str)> {
    let text = |name| element.as_object().and_then(|o| o.get(name)).and_then(ValueRef::as_str);
    Some((element.as_str().or_else(|| text("value"))?, text("type").unwrap_or_default()))
}

fn take_over(doc: &mut Arena, stays: Slot, goes: Slot) {
    let Some(members) = doc.at(goes).as_object() else { return };
    let members: Vec<(String, Value)> = members
        .iter()
        .filter(|(_, v)| is_stored(*v))
        .map(|(name, v)| (name.to_owned(), v.to_json()))
        .collect();
    for (name, value) in members {
        let primary = name.eq_ignore_ascii_case("primary") && value == Value::Bool(true);
        let lacks = !doc.member(stays, &name).is_some_and(|own| is_stored(doc.at(own)));
        if lacks || primary {
            let own = doc.member_or_insert(stays, &name);
            doc.write_json(own, &value);
        }
    }
}
