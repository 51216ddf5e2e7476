//! Rules: values of attributes whose people hold the same.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use tenure_scim::{AttrPath, CompareOp, Filter, Resource};

use super::{MinedEntitlement, MinedRule, MiningOptions};
use crate::document::Condition;
use crate::entitlement::EntitlementKey;
use crate::id::IdentityId;
use crate::mapping::name_key;

/// A value by its attribute's place in the options and its comparison key.
type Value = (usize, String);

/// Values that somebody has together, and who.
type Groups<'a> = BTreeMap<Vec<Value>, BTreeSet<&'a IdentityId>>;

pub(super) fn propose(
    people: &BTreeMap<&IdentityId, Cow<'_, Resource>>,
    paths: &[AttrPath],
    held: &BTreeMap<&EntitlementKey, BTreeSet<&IdentityId>>,
    possessed: &BTreeSet<(&EntitlementKey, &IdentityId)>,
    options: &MiningOptions,
) -> Vec<MinedRule> {
    let mut spellings = BTreeMap::new();
    let groups = group(people, paths, &mut spellings);
    let mut by_holder: BTreeMap<&IdentityId, Vec<&EntitlementKey>> = BTreeMap::new();
    for (key, holders) in held {
        holders.iter().for_each(|holder| by_holder.entry(holder).or_default().push(key));
    }
    // What a rule of one value gives already; filled before pairs are looked at.
    let mut simple: BTreeSet<(Value, &EntitlementKey)> = BTreeSet::new();
    let mut rules = Vec::new();
    let mut ordered: Vec<_> =
        groups.iter().filter(|(_, who)| who.len() >= options.least_people.max(1)).collect();
    ordered.sort_by_key(|(values, _)| values.len());
    for (values, who) in ordered {
        let mut counts: BTreeMap<&EntitlementKey, usize> = BTreeMap::new();
        for key in who.iter().filter_map(|id| by_holder.get(id)).flatten() {
            *counts.entry(key).or_default() += 1;
        }
        let mut found = Vec::new();
        for (key, support) in counts {
            let given = values.iter().any(|value| simple.contains(&(value.clone(), key)));
            if given || support * 100 < who.len() * usize::from(options.least_percent) {
                continue;
            }
            if let [value] = values.as_slice() {
                simple.insert((value.clone(), key));
            }
            found.push(MinedEntitlement {
                entitlement: key.clone(),
                support,
                confidence: u8::try_from(support * 100 / who.len()).unwrap_or(100),
                gains: who
                    .iter()
                    .filter(|id| !possessed.contains(&(key, **id)))
                    .map(|id| (*id).clone())
                    .collect(),
            });
        }
        if !found.is_empty() {
            let condition = condition(values, &spellings, options);
            rules.push(MinedRule { condition, people: who.len(), entitlements: found });
        }
    }
    rules.sort_by(|a, b| {
        b.explains().cmp(&a.explains()).then_with(|| a.condition.as_str().cmp(b.condition.as_str()))
    });
    rules
}

/// People by one value and by two values of different attributes.
fn group<'a>(
    people: &BTreeMap<&'a IdentityId, Cow<'_, Resource>>,
    paths: &[AttrPath],
    spellings: &mut BTreeMap<Value, String>,
) -> Groups<'a> {
    let mut groups = Groups::new();
    for (id, attributes) in people {
        let mut own: Vec<Value> = Vec::new();
        for (number, path) in paths.iter().enumerate() {
            let Some(text) = attributes.get(path).and_then(|value| value.as_str()).filter(|t| !t.is_empty())
            else {
                continue;
            };
            let value = (number, name_key(text));
            let spelling = spellings.entry(value.clone()).or_insert_with(|| text.to_owned());
            if text < spelling.as_str() {
                text.clone_into(spelling);
            }
            own.push(value);
        }
        for (at, first) in own.iter().enumerate() {
            groups.entry(vec![first.clone()]).or_default().insert(*id);
            for second in own.iter().skip(at + 1) {
                groups.entry(vec![first.clone(), second.clone()]).or_default().insert(*id);
            }
        }
    }
    groups
}

fn condition(values: &[Value], spellings: &BTreeMap<Value, String>, options: &MiningOptions) -> Condition {
    let parts = values.iter().filter_map(|value| {
        let (path, text) = (options.attributes.get(value.0)?, spellings.get(value)?);
        Some(Filter::compare(path.clone(), CompareOp::Eq, text.as_str()))
    });
    Condition::new(&Filter::and(parts).to_string())
}
