//! Finds the rules that can match: by the rarest equality each of them demands.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use tenure_scim::precis::username_key;
use tenure_scim::schema::AttributeType;
use tenure_scim::{AttrPath, CompareOp, Filter, Literal, Resource, ResourceSchema, ValueRef};

use super::{Compiled, CompiledRule};

/// Rules by an equality that they demand; those that demand none are tried always.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleIndex {
    slots: Vec<Slot>,
    always: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Slot {
    path: AttrPath,
    parent: AttrPath,
    rules: FxHashMap<Box<str>, Vec<u32>>,
}

/// One equality: an attribute and the comparison key of a value.
pub(crate) type Equality = (AttrPath, String);

impl RuleIndex {
    pub(crate) fn new(rules: &[CompiledRule], conditions: &[Compiled], schema: &ResourceSchema) -> Self {
        // What each rule demands: alternatives of which one must hold.
        let mut demands: Vec<Vec<Vec<Equality>>> = Vec::with_capacity(rules.len());
        let mut frequency: BTreeMap<AttrPath, FxHashMap<String, usize>> = BTreeMap::new();
        for rule in rules {
            let condition = rule.when.and_then(|when| conditions.get(when as usize));
            let options = condition.map(|condition| demanded(&condition.filter, schema)).unwrap_or_default();
            for (path, key) in options.iter().flatten() {
                // Only a path that is met the first time is copied: there are few, and many keys.
                if !frequency.contains_key(path) {
                    frequency.insert(path.clone(), FxHashMap::default());
                }
                if let Some(keys) = frequency.get_mut(path) {
                    *keys.entry(key.clone()).or_default() += 1;
                }
            }
            demands.push(options);
        }
        let mut index = Self::default();
        let mut slots: BTreeMap<AttrPath, FxHashMap<Box<str>, Vec<u32>>> = BTreeMap::new();
        for (number, options) in demands.iter().enumerate() {
            let Ok(number) = u32::try_from(number) else { continue };
            let weight = |set: &Vec<Equality>| {
                set.iter().filter_map(|(path, key)| frequency.get(path)?.get(key)).sum::<usize>()
            };
            match options.iter().min_by_key(|set| weight(set)) {
                None => index.always.push(number),
                Some(set) => {
                    for (path, key) in set {
                        let rules =
                            slots.entry(path.clone()).or_default().entry(key.as_str().into()).or_default();
                        if rules.last() != Some(&number) {
                            rules.push(number);
                        }
                    }
                }
            }
        }
        index.slots =
            slots.into_iter().map(|(path, rules)| Slot { parent: path.parent(), path, rules }).collect();
        index
    }

    /// The rules that can match, in the order of the document. A superset: each still has to be tried.
    pub(crate) fn candidates(&self, identity: &Resource, out: &mut Vec<u32>) {
        out.clear();
        out.extend_from_slice(&self.always);
        for slot in &self.slots {
            slot.each_value(identity, &mut |text| {
                if let Some(rules) = slot.rules.get(&*username_key(text)) {
                    out.extend_from_slice(rules);
                }
            });
        }
        out.sort_unstable();
        out.dedup();
    }
}

impl Slot {
    fn each_value(&self, identity: &Resource, found: &mut dyn FnMut(&str)) {
        match self.path.sub() {
            None => {
                if let Some(value) = identity.get(&self.path) {
                    each(value, found);
                }
            }
            Some(sub) => match identity.get(&self.parent) {
                Some(ValueRef::Array(list)) => {
                    for value in list.iter().filter_map(|element| element.as_object()?.get(sub.as_str())) {
                        each(value, found);
                    }
                }
                Some(ValueRef::Object(object)) => {
                    if let Some(value) = object.get(sub.as_str()) {
                        each(value, found);
                    }
                }
                _ => {}
            },
        }
    }
}

fn each(value: ValueRef<'_>, found: &mut dyn FnMut(&str)) {
    match value {
        ValueRef::String(text) => found(text),
        ValueRef::Array(list) => list.iter().for_each(|element| each(element, found)),
        _ => {}
    }
}

/// The sets of equalities of which at least one must hold for the filter to hold; every set is such a demand of its own.
pub(crate) fn demanded(filter: &Filter, schema: &ResourceSchema) -> Vec<Vec<Equality>> {
    match filter {
        Filter::Compare(comparison) if comparison.op == CompareOp::Eq => match &comparison.value {
            Literal::String(text) if is_text(&comparison.path, schema) => {
                vec![vec![(comparison.path.clone(), username_key(text).into_owned())]]
            }
            _ => Vec::new(),
        },
        Filter::And(parts) => parts.iter().flat_map(|part| demanded(part, schema)).collect(),
        Filter::Or(parts) => {
            let mut joined = Vec::new();
            for part in parts {
                let options = demanded(part, schema);
                match options.into_iter().min_by_key(Vec::len) {
                    Some(set) => joined.extend(set),
                    None => return Vec::new(),
                }
            }
            if joined.is_empty() { Vec::new() } else { vec![joined] }
        }
        _ => Vec::new(),
    }
}

/// True for a plain text attribute: two values that compare equal have the same comparison key.
fn is_text(path: &AttrPath, schema: &ResourceSchema) -> bool {
    schema.resolve(path).is_some_and(|resolved| {
        matches!(resolved.leaf().kind, AttributeType::String | AttributeType::Reference)
    })
}
