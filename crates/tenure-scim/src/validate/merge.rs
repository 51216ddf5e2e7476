//! Finding again what a resource had.

use std::collections::HashMap;

use crate::datetime::Instant;
use crate::schema::{Attribute, AttributeType, Mutability};
use crate::value::ValueRef;

/// The elements that a multi-valued attribute has, by their `value`, when they have read-only parts.
pub(super) struct ReadOnlyParts<'a> {
    by_value: HashMap<&'a str, ValueRef<'a>>,
}

impl<'a> ReadOnlyParts<'a> {
    pub(super) fn new(attribute: &Attribute, existing: Option<ValueRef<'a>>) -> Self {
        let wanted = attribute.sub_attributes.iter().any(|s| s.mutability == Mutability::ReadOnly);
        let elements = existing.filter(|_| wanted).and_then(ValueRef::as_array);
        let by_value = elements.into_iter().flat_map(|e| e.iter()).filter_map(|e| Some((value_of(e)?, e)));
        Self { by_value: by_value.collect() }
    }

    /// The element with the same `value`.
    pub(super) fn of(&mut self, element: ValueRef<'_>) -> Option<ValueRef<'a>> {
        self.by_value.get(value_of(element)?).copied()
    }
}

fn value_of(element: ValueRef<'_>) -> Option<&str> {
    element.as_object()?.get("value")?.as_str()
}

/// Whether two values of one attribute are the same to SCIM: case as the attribute has it, times as points in time.
pub(super) fn is_same(attribute: &Attribute, a: ValueRef<'_>, b: ValueRef<'_>) -> bool {
    match (a, b) {
        (ValueRef::String(a), ValueRef::String(b)) if attribute.kind == AttributeType::DateTime => {
            match (Instant::parse(a), Instant::parse(b)) {
                (Some(a), Some(b)) => a.compare(b) == Some(std::cmp::Ordering::Equal),
                _ => a == b,
            }
        }
        (ValueRef::String(a), ValueRef::String(b)) => {
            a == b || (!attribute.is_case_exact() && a.to_lowercase() == b.to_lowercase())
        }
        (ValueRef::Object(a), ValueRef::Object(b)) => attribute.sub_attributes.iter().all(|sub| {
            let assigned = |v: Option<ValueRef<'_>>| v.is_some_and(ValueRef::is_assigned);
            match (a.named(&sub.name), b.named(&sub.name)) {
                (Some(a), Some(b)) => is_same(sub, a, b),
                (a, b) => sub.mutability == Mutability::ReadOnly || (!assigned(a) && !assigned(b)),
            }
        }),
        (a, b) => a == b,
    }
}
