//! Sorting for connectors that cannot (RFC 7644 section 3.4.2.3).

use std::cmp::Ordering;

use tenure_connector::{Object, Sort};
use tenure_scim::{AttrPath, Resource, ResourceSchema, ValueRef, precis};

/// Orders objects; those that compare equal stay as they were.
pub(crate) fn sort(objects: &mut [Object], sort: &Sort, schema: &ResourceSchema) {
    let exact = schema.attribute(&sort.by).is_some_and(|attribute| attribute.is_case_exact());
    objects.sort_by_cached_key(|object| {
        let key = Key::of(&object.resource, &sort.by, exact);
        if sort.descending { Directed::Down(key) } else { Directed::Up(key) }
    });
}

#[derive(Debug, Clone, PartialEq)]
enum Key {
    Flag(bool),
    Number(f64),
    Text(String),
    /// What has no value comes last when ascending and first when descending.
    Nothing,
}

#[derive(Debug, PartialEq)]
enum Directed {
    Up(Key),
    Down(Key),
}

impl Key {
    fn of(resource: &Resource, by: &AttrPath, exact: bool) -> Self {
        let Some(value) = resource.get(&by.parent()) else { return Self::Nothing };
        let Some(elements) = value.as_array() else {
            return inner(value, by).map_or(Self::Nothing, |value| Self::value(value, by, exact));
        };
        let primary = elements.iter().find(|element| {
            let flag = element.as_object().and_then(|object| object.get("primary"));
            flag.and_then(ValueRef::as_bool) == Some(true)
        });
        let chosen = primary.or_else(|| elements.iter().next());
        chosen
            .and_then(|element| inner(element, by))
            .map_or(Self::Nothing, |value| Self::value(value, by, exact))
    }

    fn value(value: ValueRef<'_>, by: &AttrPath, exact: bool) -> Self {
        if let Some(flag) = value.as_bool() {
            Self::Flag(flag)
        } else if let Some(number) = value.as_f64() {
            Self::Number(number)
        } else {
            match (value.as_str(), exact, by.name() == "userName") {
                (None | Some(""), ..) => Self::Nothing,
                (Some(text), true, _) => Self::Text(text.to_owned()),
                (Some(text), false, true) => Self::Text(precis::username_key(text).into_owned()),
                (Some(text), false, false) => Self::Text(precis::text_key(text).into_owned()),
            }
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Flag(_) => 0,
            Self::Number(_) => 1,
            Self::Text(_) => 2,
            Self::Nothing => 3,
        }
    }
}

/// The value itself, or the sub-attribute that the path or the rule for multi-valued attributes names.
fn inner<'a>(value: ValueRef<'a>, by: &AttrPath) -> Option<ValueRef<'a>> {
    match (value.as_object(), by.sub()) {
        (Some(object), Some(sub)) => object.get(sub.as_str()),
        (Some(object), None) => object.get("value"),
        (None, None) => Some(value),
        (None, Some(_)) => None,
    }
}

impl Eq for Key {}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Flag(a), Self::Flag(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Eq for Directed {}

impl Ord for Directed {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Down(a), Self::Down(b)) => b.cmp(a),
            (Self::Up(a) | Self::Down(a), Self::Up(b) | Self::Down(b)) => a.cmp(b),
        }
    }
}

impl PartialOrd for Directed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
