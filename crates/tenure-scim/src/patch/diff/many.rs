//! The difference of two lists of values, paired by what identifies a value.

use std::cell::OnceCell;
use std::collections::HashMap;

use serde_json::Value;

use super::keys::{Index, Keys, Text};
use super::{Changes, Place, push, writable};
use crate::filter::{CompareOp, Filter, Literal};
use crate::name::AttrName;
use crate::patch::element::{once, same};
use crate::patch::{Patch, PatchOp};
use crate::path::{AttrPath, PatchPath};
use crate::value::{ArrayRef, ValueRef};

pub(super) fn compare(place: &Place<'_>, from: ArrayRef<'_>, to: ArrayRef<'_>, patch: &mut Patch) {
    let start = patch.operations.len();
    if by_value(place, from, to, patch).is_none() {
        patch.operations.truncate(start);
        if from != to {
            let values = to.iter().map(|value| place.writable(value)).collect();
            let values = Value::Array(once(values, place.attribute));
            if !same(ValueRef::Array(from), &values) {
                push(patch, PatchOp::Replace, place.path().into(), Some(values));
            }
        }
    }
}

/// Whether a value occurs twice; `add` would keep one of the two.
pub(super) fn repeats(place: &Place<'_>, values: ArrayRef<'_>) -> bool {
    place.attribute.multi_valued && Keys::new(place).index(values).is_none()
}

/// Emits removals, then changes, then additions; `None` when a value cannot be addressed or nothing would stay.
fn by_value(place: &Place<'_>, from: ArrayRef<'_>, to: ArrayRef<'_>, patch: &mut Patch) -> Option<()> {
    let keys = Keys::new(place);
    let selectors = Selectors::new(&keys, from, to);
    let mut fates = Fates::new(&selectors)?;
    let changes = fates.changes(place, &selectors)?;

    for element in fates.removed {
        let filter = selectors.filter(element)?;
        push(patch, PatchOp::Remove, PatchPath::with_filter(&place.path(), filter), None);
    }
    for (filter, change, element) in changes {
        if change.count() == 1 && !change.unknown {
            change.emit(patch, &place.path(), Some(&filter));
        } else {
            let path = PatchPath::with_filter(&place.path(), filter);
            push(patch, PatchOp::Replace, path, Some(writable(place.attribute, element)));
        }
    }
    if !fates.added.is_empty() {
        let values = fates.added.into_iter().map(|e| place.writable(e)).collect();
        push(patch, PatchOp::Add, place.path().into(), Some(Value::Array(values)));
    }
    Some(())
}

/// What becomes of the values.
struct Fates<'r> {
    removed: Vec<ValueRef<'r>>,
    /// Those that stay and differ, before and after, and how many values have the same text because of it.
    pairs: Vec<(ValueRef<'r>, ValueRef<'r>, usize)>,
    added: Vec<ValueRef<'r>>,
}

impl<'r> Fates<'r> {
    fn new(selectors: &Selectors<'_, '_, 'r>) -> Option<Self> {
        let (keys, from, to) = (selectors.keys, selectors.from, selectors.to);
        let mut old = keys.index(from)?;
        let mut fates = Self { removed: Vec::new(), pairs: Vec::new(), added: Vec::new() };
        let mut kept = 0;
        // Positions are below the length, so that it marks what has found its partner.
        let taken = from.len();
        let mut new = Index::new();
        for element in to.iter() {
            match old.get_mut(&keys.of(element)) {
                Some((position, _)) if *position == taken => return None,
                Some((position, stored)) => {
                    *position = taken;
                    if *stored == element { kept += 1 } else { fates.pairs.push((*stored, element, 1)) }
                }
                None if keys.add(&mut new, 0, element) => fates.added.push(element),
                None => return None,
            }
        }
        if kept + fates.pairs.len() < from.len() {
            let mut removed: Vec<_> = old.into_values().filter(|(position, _)| *position != taken).collect();
            removed.sort_unstable_by_key(|(position, _)| *position);
            fates.removed.extend(removed.into_iter().map(|(_, element)| element));
        }
        let retyped = pair_by_type(selectors, to, &mut fates.removed, &mut fates.added);
        fates.pairs.extend(retyped.into_iter().map(|(stored, element)| (stored, element, 0)));
        (kept + fates.pairs.len() > 0).then_some(fates)
    }

    /// What changes within the values that stay; one that cannot be changed goes and comes anew.
    fn changes<'a>(
        &mut self,
        place: &Place<'a>,
        selectors: &Selectors<'_, '_, 'r>,
    ) -> Option<Vec<(Filter, Changes<'a>, ValueRef<'r>)>> {
        let mut changes = Vec::new();
        for (stored, element, with_its_value) in std::mem::take(&mut self.pairs) {
            let change = match (stored, element) {
                (ValueRef::Object(before), ValueRef::Object(after)) => {
                    Some(Changes::of(place.attribute, before, after)).filter(|c| !c.touches_immutable())
                }
                _ => None,
            };
            match change {
                None => {
                    self.removed.push(stored);
                    self.added.push(element);
                }
                Some(change) if change.is_empty() => {}
                Some(change) => changes.push((selectors.lasting(stored, with_its_value)?, change, element)),
            }
        }
        // A value that stops being primary goes before the one that becomes it, so that nothing is reset on the way.
        changes.sort_by_key(|(_, _, element)| is_primary(*element));
        Some(changes)
    }
}

/// Pairs what is left over by `type`, where a type says which value is meant: the work address has changed.
fn pair_by_type<'r>(
    selectors: &Selectors<'_, '_, 'r>,
    to: ArrayRef<'r>,
    removed: &mut Vec<ValueRef<'r>>,
    added: &mut Vec<ValueRef<'r>>,
) -> Vec<(ValueRef<'r>, ValueRef<'r>)> {
    let mut pairs = Vec::new();
    if selectors.keys.by_value {
        return pairs;
    }
    let mut wanted: HashMap<Text<'_>, usize> = HashMap::new();
    for kind in to.iter().filter_map(|e| text_of(e, "type")) {
        *wanted.entry(Text::kind(kind)).or_default() += 1;
    }
    removed.retain(|stored| {
        let Some(kind) = text_of(*stored, "type").map(Text::kind) else { return true };
        if selectors.types(&kind) != 1 || wanted.get(&kind) != Some(&1) {
            return true;
        }
        let same = |e: &ValueRef<'_>| text_of(*e, "type").is_some_and(|t| Text::kind(t) == kind);
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

/// Finds for each stored value a filter that selects it and no other.
struct Selectors<'a, 'p, 'r> {
    keys: &'p Keys<'a, 'p>,
    from: ArrayRef<'r>,
    to: ArrayRef<'r>,
    values: OnceCell<HashMap<Text<'r>, usize>>,
    later: OnceCell<HashMap<Text<'r>, usize>>,
    types: OnceCell<HashMap<Text<'r>, usize>>,
}

impl<'a, 'p, 'r> Selectors<'a, 'p, 'r> {
    /// Of neither list two have the same key.
    fn new(keys: &'p Keys<'a, 'p>, from: ArrayRef<'r>, to: ArrayRef<'r>) -> Self {
        Self { keys, from, to, values: OnceCell::new(), later: OnceCell::new(), types: OnceCell::new() }
    }

    /// How many stored values have a text.
    fn values(&self, text: &Text<'r>) -> usize {
        let all = || count(self.from.iter().filter_map(|e| self.keys.value(e)));
        self.values.get_or_init(all).get(text).map_or(0, |n| *n)
    }

    /// How many values have a text at the end.
    fn later(&self, text: &Text<'r>) -> usize {
        let all = || count(self.to.iter().filter_map(|e| self.keys.value(e)));
        self.later.get_or_init(all).get(text).map_or(0, |n| *n)
    }

    fn types(&self, kind: &Text<'r>) -> usize {
        let all = || count(self.from.iter().filter_map(|e| text_of(e, "type")).map(Text::kind));
        self.types.get_or_init(all).get(kind).map_or(0, |n| *n)
    }

    /// A filter for a value that goes, before anything else has changed.
    fn filter(&self, element: ValueRef<'r>) -> Option<Filter> {
        self.select(element, |value| self.values(&value) == 1)
    }

    /// A filter that selects the value however many of the other changes were made before.
    ///
    /// With the value itself, `own` values have its text at the end; with more, others will come to have it.
    fn lasting(&self, element: ValueRef<'r>, own: usize) -> Option<Filter> {
        let alone = |value| self.values(&value) == 1 && self.later(&value) <= own;
        if own == 0 && !self.keys.value(element).is_some_and(alone) {
            // It was paired by its type, which no other value has before or after.
            return equals("type", self.text(element, "type")?);
        }
        self.select(element, alone)
    }

    fn select(&self, element: ValueRef<'r>, alone: impl Fn(Text<'r>) -> bool) -> Option<Filter> {
        let text = element.as_str().filter(|_| self.knows("value")).or_else(|| self.text(element, "value"));
        let kind = self.text(element, "type");
        let alone = |value| self.keys.by_value || alone(value);
        match (text, kind) {
            (Some(text), _) if self.keys.value(element).is_some_and(alone) => equals("value", text),
            (Some(text), Some(kind)) => Some(Filter::and([equals("value", text)?, equals("type", kind)?])),
            (None, Some(kind)) if self.types(&Text::kind(kind)) == 1 => equals("type", kind),
            _ => None,
        }
    }

    /// A text of an element that a filter may name.
    fn text(&self, element: ValueRef<'r>, name: &str) -> Option<&'r str> {
        text_of(element, name).filter(|_| self.knows(name))
    }

    fn knows(&self, name: &str) -> bool {
        let known = &self.keys.place.attribute.sub_attributes;
        known.is_empty() || known.iter().any(|s| s.name == *name)
    }
}

fn count<'r>(texts: impl Iterator<Item = Text<'r>>) -> HashMap<Text<'r>, usize> {
    let mut counts = HashMap::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    counts
}

fn equals(name: &str, text: &str) -> Option<Filter> {
    let path = AttrPath::from(AttrName::parse(name).ok()?);
    Some(Filter::compare(path, CompareOp::Eq, Literal::String(text.to_owned())))
}

pub(super) fn text_of<'r>(element: ValueRef<'r>, name: &str) -> Option<&'r str> {
    element.as_object()?.get(name)?.as_str()
}

fn is_primary(element: ValueRef<'_>) -> bool {
    element.as_object().and_then(|o| o.get("primary")).and_then(ValueRef::as_bool) == Some(true)
}
