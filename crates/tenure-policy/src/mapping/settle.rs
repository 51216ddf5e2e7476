//! What mappings do to an account that is there: when each value is written, and what is taken away.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenure_scim::Resource;

use crate::desired::{DesiredAccount, DesiredAttribute};
use crate::id::MappingId;
use crate::target::{Apply, Remove};

/// An account as its mappings want it, and what each of them has written by then.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// The account's attributes; what no mapping speaks of is as it was.
    pub attributes: Resource,
    /// The last answer of each mapping that wrote or cleared something: keep it, and pass it to the next call.
    pub written: BTreeMap<MappingId, Value>,
}

impl DesiredAccount {
    /// Lays the mapped values over an account that is there. `written` is what each mapping wrote last, from the previous call.
    ///
    /// `apply` of a mapping says when its value is written: `always` also over what others wrote, `on_change` only when the mapping
    /// gives another answer than the last time, `if_empty` where the account has nothing or still what the mapping wrote, `on_create`
    /// never here (a new account has [`attributes`](Self::attributes)). `remove` says what goes when the mapping gives something else,
    /// nothing, or says that the value is empty: what the mapping wrote, everything, or nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::collections::BTreeMap;
    /// use tenure_policy::{Apply, DesiredAttribute, Remove, settle};
    /// use tenure_scim::Resource;
    ///
    /// let title = DesiredAttribute {
    ///     mapping: "title".parse()?,
    ///     to: "title".parse()?,
    ///     value: Some("Lead".into()),
    ///     apply: Apply::OnChange,
    ///     remove: Remove::OwnValues,
    /// };
    /// let account = Resource::default().with("title", "Agent")?;
    /// let first = settle(&account, &[title.clone()], &BTreeMap::new());
    /// assert_eq!(first.attributes.text("title"), Some("Lead"));
    ///
    /// // Somebody changes it in the target: the mapping gives what it gave before, so that change stays.
    /// let changed = Resource::default().with("title", "Chief")?;
    /// assert_eq!(settle(&changed, &[title], &first.written).attributes.text("title"), Some("Chief"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn settle(&self, current: &Resource, written: &BTreeMap<MappingId, Value>) -> Settled {
        settle(current, &self.mappings, written)
    }
}

/// As [`DesiredAccount::settle`], for mappings at hand.
#[must_use]
pub fn settle(
    current: &Resource,
    mappings: &[DesiredAttribute],
    written: &BTreeMap<MappingId, Value>,
) -> Settled {
    let mut settled = Settled { attributes: current.clone(), written: BTreeMap::new() };
    for mapping in mappings {
        let last = written.get(&mapping.mapping);
        // Of two mappings to one attribute the second sees what the first has left.
        let now = settled.attributes.get(&mapping.to).map(|value| value.to_json());
        let now = now.filter(|value| !is_empty(value));
        let keep = match &mapping.value {
            Some(value) if !is_empty(value) => {
                let writes = writes(mapping.apply, value, now.as_ref(), last);
                if writes {
                    let merged = merge(now, value, last, mapping.remove);
                    settled.attributes.set(&mapping.to, merged);
                }
                if writes { Some(value.clone()) } else { last.cloned() }
            }
            answer => {
                let cleared = answer.is_some();
                let left = match &now {
                    Some(now) => left(now, mapping, cleared, last),
                    None => None,
                };
                if left != now {
                    match left {
                        Some(left) => settled.attributes.set(&mapping.to, left),
                        None => drop(settled.attributes.remove(&mapping.to)),
                    }
                }
                cleared.then_some(Value::Null)
            }
        };
        settled.written.extend(keep.map(|value| (mapping.mapping.clone(), value)));
    }
    settled
}

fn writes(apply: Apply, value: &Value, now: Option<&Value>, last: Option<&Value>) -> bool {
    match apply {
        Apply::Always => true,
        Apply::OnChange => last != Some(value),
        Apply::IfEmpty => now.is_none() || (last.is_some() && now == last),
        Apply::OnCreate => false,
    }
}

/// What stays of a value when its mapping says that it is empty (`cleared`), or gives nothing any more.
fn left(now: &Value, mapping: &DesiredAttribute, cleared: bool, last: Option<&Value>) -> Option<Value> {
    let again = match cleared {
        true => last == Some(&Value::Null),
        false => last.is_none(),
    };
    if mapping.remove == Remove::Never || (mapping.apply == Apply::OnChange && again) {
        return Some(now.clone());
    }
    // An empty source clears a plain value, whoever wrote it; of a list, and where a mapping only ever gives, its own goes.
    let clears = cleared && matches!(mapping.apply, Apply::Always | Apply::OnChange) && !now.is_array();
    match mapping.remove {
        Remove::AllOthers => None,
        _ if clears => None,
        _ => last.map_or_else(|| Some(now.clone()), |last| without(now, last)),
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
    let foreign = |item: &&Value| !own.contains(&key(item)) && !keys.contains(&key(item));
    let mut merged: Vec<Value> = match remove {
        Remove::AllOthers => Vec::new(),
        _ => now.iter().filter(foreign).cloned().collect(),
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
    let (Value::Object(present), Value::Object(wanted)) = (present, wanted) else { return wanted.clone() };
    let mut merged = present.clone();
    merged.extend(wanted.iter().map(|(name, value)| (name.clone(), value.clone())));
    Value::Object(merged)
}

/// What is left when a mapping takes back what it wrote.
fn without(now: &Value, last: &Value) -> Option<Value> {
    let (Value::Array(now), Value::Array(last)) = (now, last) else {
        return (now != last).then(|| now.clone());
    };
    let own: BTreeSet<String> = last.iter().map(key).collect();
    let left: Vec<Value> = now.iter().filter(|item| !own.contains(&key(item))).cloned().collect();
    (!left.is_empty()).then_some(Value::Array(left))
}

/// Tells the elements of a list apart: by `value` where they have one, else by their whole content.
fn key(item: &Value) -> String {
    match item.get("value") {
        Some(Value::String(text)) => text.to_lowercase(),
        Some(other) => other.to_string(),
        None => item.to_string(),
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
