//! The difference of two lists of values, paired by what identifies a value.

use std::collections::HashMap;

use serde_json::Value;

use super::super::element::{is_identity, value_rule};
use super::{Changes, Place, assigned, push, writable};
use crate::filter::{CompareOp, Filter, Literal};
use crate::name::AttrName;
use crate::patch::{Patch, PatchOp};
use crate::path::{AttrPath, PatchPath};
use crate::precis::Rule;
use crate::value::{ArrayRef, ValueRef};

pub(super) fn compare(place: &Place<'_>, from: ArrayRef<'_>, to: ArrayRef<'_>, patch: &mut Patch) {
    let start = patch.operations.len();
    if by_value(place, from, to, patch).is_none() {
        patch.operations.truncate(start);
        push(patch, PatchOp::Replace, place.path().into(), Some(place.writable(ValueRef::Array(to))));
    }
}

/// Whether a value occurs twice; `add` would keep one of the two.
pub(super) fn repeats(place: &Place<'_>, values: ArrayRef<'_>) -> bool {
    place.attribute.multi_valued && Keys::new(place).index(values).is_none()
}

/// Emits removals, then changes, then additions; `None` when a value cannot be addressed or nothing would stay.
fn by_value(place: &Place<'_>, from: ArrayRef<'_>, to: ArrayRef<'_>, patch: &mut Patch) -> Option<()> {
    let keys = Keys::new(place);
    let mut old = keys.index(from)?;
    let new = keys.index(to)?;
    let selectors = Selectors::new(&keys, from);
    let mut removed = Vec::new();
    let mut added = Vec::new();
    let mut pairs = Vec::new();
    let mut kept = 0;
    for element in to.iter() {
        match old.remove(&keys.of(element)) {
            Some(stored) if stored == element => kept += 1,
            Some(stored) => pairs.push((stored, element)),
            None => added.push(element),
        }
    }
    for element in from.iter() {
        if !new.contains_key(&keys.of(element)) {
            removed.push(element);
        }
    }
    let retyped = pair_by_type(&selectors, to, &mut removed, &mut added);
    if kept + pairs.len() + retyped.len() == 0 {
        return None;
    }

    let mut changes = Vec::new();
    for (stored, element) in pairs.into_iter().chain(retyped) {
        let (ValueRef::Object(before), ValueRef::Object(after)) = (stored, element) else {
            removed.push(stored);
            added.push(element);
            continue;
        };
        let change = Changes::of(place.attribute, before, after);
        if change.touches_immutable() {
            removed.push(stored);
            added.push(element);
        } else if !change.is_empty() {
            changes.push((selectors.filter(stored)?, change, element));
        }
    }

    for element in removed {
        let filter = selectors.filter(element)?;
        push(patch, PatchOp::Remove, PatchPath::with_filter(&place.path(), filter), None);
    }
    // A value that stops being primary goes before the one that becomes it, so that nothing is reset on the way.
    changes.sort_by_key(|(_, _, element)| is_primary(*element));
    for (filter, change, element) in changes {
        if change.count() == 1 && !change.unknown {
            change.emit(patch, &place.path(), Some(&filter));
        } else {
            let path = PatchPath::with_filter(&place.path(), filter);
            push(patch, PatchOp::Replace, path, Some(writable(place.attribute, element)));
        }
    }
    if !added.is_empty() {
        let values = added.into_iter().map(|e| place.writable(e)).collect();
        push(patch, PatchOp::Add, place.path().into(), Some(Value::Array(values)));
    }
    Some(())
}

/// Pairs what is left over by `type`, where a type says which value is meant: the work address has changed.
fn pair_by_type<'r>(
    selectors: &Selectors<'_, '_>,
    to: ArrayRef<'r>,
    removed: &mut Vec<ValueRef<'r>>,
    added: &mut Vec<ValueRef<'r>>,
) -> Vec<(ValueRef<'r>, ValueRef<'r>)> {
    let mut pairs = Vec::new();
    if is_identity(selectors.keys.place.attribute) {
        return pairs;
    }
    let mut wanted: HashMap<String, usize> = HashMap::new();
    for kind in to.iter().filter_map(|e| text_of(e, "type")) {
        *wanted.entry(Rule::Fold.key(kind).into_owned()).or_default() += 1;
    }
    removed.retain(|stored| {
        let Some(kind) = text_of(*stored, "type").map(|t| Rule::Fold.key(t)) else { return true };
        if selectors.types.get(&*kind) != Some(&1) || wanted.get(&*kind) != Some(&1) {
            return true;
        }
        let same = |e: &ValueRef<'_>| text_of(*e, "type").is_some_and(|t| Rule::Fold.eq_key(t, &kind));
        match added.iter().position(same) {
            Some(at) => {
                pairs.push((*stored, added.remove(at)));
                false
            }
            None => true,
        }
    });
    pairs
}

/// What identifies a value within its attribute.
struct Keys<'a, 'p> {
    place: &'p Place<'a>,
    rule: Rule,
}

impl<'a, 'p> Keys<'a, 'p> {
    fn new(place: &'p Place<'a>) -> Self {
        Self { place, rule: value_rule(place.attribute) }
    }

    fn of(&self, element: ValueRef<'_>) -> String {
        let simple = element.as_str().or_else(|| text_of(element, "value"));
        let kind = text_of(element, "type").filter(|_| !is_identity(self.place.attribute));
        let kind = kind.map(|t| Rule::Fold.key(t)).unwrap_or_default();
        match simple {
            Some(value) => format!("v{}\0{kind}", self.rule.key(value)),
            None if !kind.is_empty() => format!("t{kind}"),
            None => format!("w{}", element.to_json()),
        }
    }

    /// The values by key; `None` when two have the same.
    fn index<'r>(&self, elements: ArrayRef<'r>) -> Option<HashMap<String, ValueRef<'r>>> {
        let mut index = HashMap::with_capacity(elements.len());
        let mut whole: Vec<ValueRef<'r>> = Vec::new();
        for element in elements.iter() {
            let key = self.of(element);
            // A whole value may be written in two ways.
            if key.starts_with('w') {
                if whole.contains(&element) {
                    return None;
                }
                whole.push(element);
            }
            if !assigned(element) || index.insert(key, element).is_some() {
                return None;
            }
        }
        Some(index)
    }
}

/// Finds for each stored value a filter that selects it and no other.
struct Selectors<'a, 'p> {
    keys: &'p Keys<'a, 'p>,
    values: HashMap<String, usize>,
    types: HashMap<String, usize>,
}

impl<'a, 'p> Selectors<'a, 'p> {
    fn new(keys: &'p Keys<'a, 'p>, elements: ArrayRef<'_>) -> Self {
        let (mut values, mut types) = (HashMap::new(), HashMap::new());
        for element in elements.iter() {
            if let Some(value) = element.as_str().or_else(|| text_of(element, "value")) {
                *values.entry(keys.rule.key(value).into_owned()).or_default() += 1;
            }
            if let Some(kind) = text_of(element, "type") {
                *types.entry(Rule::Fold.key(kind).into_owned()).or_default() += 1;
            }
        }
        Self { keys, values, types }
    }

    fn filter(&self, element: ValueRef<'_>) -> Option<Filter> {
        let attribute = self.keys.place.attribute;
        let knows = |name: &str| {
            attribute.sub_attributes.is_empty() || attribute.sub_attributes.iter().any(|s| s.name == *name)
        };
        let value = element.as_str().or_else(|| text_of(element, "value")).filter(|_| knows("value"));
        let kind = text_of(element, "type").filter(|_| knows("type"));
        let value_count = value.and_then(|v| self.values.get(&*self.keys.rule.key(v)));
        let type_count = kind.and_then(|t| self.types.get(&*Rule::Fold.key(t)));
        match (value, kind) {
            (Some(value), _) if value_count == Some(&1) => equals("value", value),
            (Some(value), Some(kind)) => Some(Filter::and([equals("value", value)?, equals("type", kind)?])),
            (None, Some(kind)) if type_count == Some(&1) => equals("type", kind),
            _ => None,
        }
    }
}

fn equals(name: &str, text: &str) -> Option<Filter> {
    let path = AttrPath::from(AttrName::parse(name).ok()?);
    Some(Filter::compare(path, CompareOp::Eq, Literal::String(text.to_owned())))
}

fn text_of<'r>(element: ValueRef<'r>, name: &str) -> Option<&'r str> {
    element.as_object()?.get(name)?.as_str()
}

fn is_primary(element: ValueRef<'_>) -> bool {
    element.as_object().and_then(|o| o.get("primary")).and_then(ValueRef::as_bool) == Some(true)
}
