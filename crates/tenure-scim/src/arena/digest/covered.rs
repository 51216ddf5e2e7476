//! Of which attributes a digest tells.

use super::super::known;
use super::super::names::Key;
use super::probe::Part;

/// What of the elements of a list is noted.
#[derive(Debug)]
pub(super) struct Note {
    pub(super) sub: Key,
    pub(super) part: Part,
    /// Whether it is noted a second time, together with the element's type.
    pub(super) by_kind: bool,
}

/// The sub-attribute that says what an element is for.
pub(super) const KIND: Key = key("type");

/// The attribute whose boolean is known for certain.
pub(super) const ACTIVE: Key = key("active");

const EMAILS: Key = key("emails");
const ADDRESSES: Key = key("addresses");

/// Single-valued text that resources are looked for by.
const COVERED: u128 = known::set(&[
    "id",
    "externalId",
    "userName",
    "displayName",
    "nickName",
    "title",
    "userType",
    "employeeNumber",
    "costCenter",
    "organization",
    "division",
    "department",
]);

pub(super) fn is_covered(key: Key) -> bool {
    COVERED.checked_shr(key).is_some_and(|set| set & 1 != 0)
}

/// For a list of values that resources are looked for by, what is noted of it.
pub(super) fn notes(key: Key) -> Option<&'static [Note]> {
    match key {
        EMAILS => Some(OF_EMAILS),
        ADDRESSES => Some(OF_ADDRESSES),
        _ => None,
    }
}

const OF_EMAILS: &[Note] = &[
    Note { sub: key("value"), part: Part::Whole, by_kind: false },
    Note { sub: key("value"), part: Part::End, by_kind: true },
];

const OF_ADDRESSES: &[Note] = &[
    Note { sub: key("country"), part: Part::Whole, by_kind: true },
    Note { sub: key("locality"), part: Part::Whole, by_kind: true },
];

const fn key(name: &str) -> Key {
    match known::exact(name) {
        Some(key) => key,
        None => 0,
    }
}
