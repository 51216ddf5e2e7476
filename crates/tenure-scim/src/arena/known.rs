//! The names of the standard schemas as numbers, so that resources do not carry them as text.

use super::names::Key;

/// A name of the standard schemas.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) key: Key,
    /// Whether the name is spelled as in the standard.
    pub(crate) exact: bool,
}

/// The name that a key stands for; `None` for keys of a resource's own names.
pub(crate) fn name(key: Key) -> Option<&'static str> {
    NAMES.get(key as usize).copied()
}

/// Whether a key stands for the URI of a standard schema.
pub(crate) fn is_uri(key: Key) -> bool {
    (FIRST_URI..FIRST_URI + 3).contains(&key)
}

/// The key of a name in its standard spelling, for names that are written in the program.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
pub(crate) const fn exact(name: &str) -> Option<Key> {
    let mut key = 1;
    while key < NAMES.len() {
        if same(NAMES[key].as_bytes(), name.as_bytes()) {
            return Some(key as Key);
        }
        key += 1;
    }
    None
}

const FIRST_URI: Key = 80;

/// Those of some names that a key stands for, as a bit each.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
pub(super) const fn set(names: &[&str]) -> u128 {
    let (mut set, mut at) = (0, 0);
    while at < names.len() {
        let mut key = 1;
        while !same(NAMES[key].as_bytes(), names[at].as_bytes()) {
            key += 1;
        }
        set |= 1 << key;
        at += 1;
    }
    set
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

pub(crate) const COUNT: Key = NAMES.len() as Key;

/// The key of a name, in any case.
pub(crate) fn find(name: &str) -> Option<Known> {
    let mut at = hash(name.as_bytes());
    loop {
        let key = *TABLE.get(at)?;
        if key == 0 {
            return None;
        }
        let known = NAMES.get(usize::from(key))?;
        if *known == name {
            return Some(Known { key: Key::from(key), exact: true });
        }
        if known.eq_ignore_ascii_case(name) {
            return Some(Known { key: Key::from(key), exact: false });
        }
        at = (at + 1) % SIZE;
    }
}

const SIZE: usize = 1024;
static TABLE: [u16; SIZE] = table();

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const fn table() -> [u16; SIZE] {
    let mut table = [0; SIZE];
    let mut key = 1;
    while key < NAMES.len() {
        let mut at = hash(NAMES[key].as_bytes());
        while table[at] != 0 {
            at = (at + 1) % SIZE;
        }
        table[at] = key as u16;
        key += 1;
    }
    table
}

/// The same for all spellings: bit 5 is set in every byte.
const fn hash(bytes: &[u8]) -> usize {
    const FOLD: u64 = 0x2020_2020_2020_2020;
    let (first, last) = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
            (Some(first), Some(last)) => {
                (u32::from_le_bytes(*first) as u64, u32::from_le_bytes(*last) as u64)
            }
            _ => match bytes {
                [a, b, c] => (*a as u64 | (*b as u64) << 8, *c as u64),
                [a, b] => (*a as u64, *b as u64),
                [a] => (*a as u64, 0),
                _ => (0, 0),
            },
        },
    };
    let mixed = (first | FOLD).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ (last | FOLD).rotate_left(23).wrapping_mul(0xC2B2_AE3D_27D4_EB4F)
        ^ (bytes.len() as u64).wrapping_mul(0x1656_67B1_9E37_79F9);
    (mixed >> 40) as usize % SIZE
}

/// Key 0 is no name: elements of arrays have it.
static NAMES: [&str; NAME_COUNT] = [
    "",
    "schemas",
    "id",
    "externalId",
    "meta",
    "resourceType",
    "created",
    "lastModified",
    "location",
    "version",
    "userName",
    "name",
    "formatted",
    "familyName",
    "givenName",
    "middleName",
    "honorificPrefix",
    "honorificSuffix",
    "displayName",
    "nickName",
    "profileUrl",
    "title",
    "userType",
    "preferredLanguage",
    "locale",
    "timezone",
    "active",
    "password",
    "emails",
    "value",
    "display",
    "type",
    "primary",
    "phoneNumbers",
    "ims",
    "photos",
    "addresses",
    "streetAddress",
    "locality",
    "region",
    "postalCode",
    "country",
    "groups",
    "$ref",
    "entitlements",
    "roles",
    "x509Certificates",
    "members",
    "employeeNumber",
    "costCenter",
    "organization",
    "division",
    "department",
    "manager",
    "documentationUri",
    "patch",
    "supported",
    "bulk",
    "maxOperations",
    "maxPayloadSize",
    "filter",
    "maxResults",
    "changePassword",
    "sort",
    "authenticationSchemes",
    "description",
    "specUri",
    "endpoint",
    "schema",
    "schemaExtensions",
    "required",
    "attributes",
    "multiValued",
    "canonicalValues",
    "caseExact",
    "mutability",
    "returned",
    "uniqueness",
    "referenceTypes",
    "subAttributes",
    "urn:ietf:params:scim:schemas:core:2.0:User",
    "urn:ietf:params:scim:schemas:core:2.0:Group",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "status",
    "kind",
    "start",
    "end",
    "risk",
    "data",
    "target",
    "source",
];
const NAME_COUNT: usize = 91;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_case() {
        for (key, name) in NAMES.iter().enumerate().skip(1) {
            let exact = find(name).unwrap();
            assert_eq!((exact.key as usize, exact.exact), (key, true), "{name}");
            let upper = find(&name.to_ascii_uppercase()).unwrap();
            assert_eq!(upper.key as usize, key, "{name}");
        }
        let uris = NAMES.iter().enumerate().filter(|(_, name)| name.contains(':'));
        assert!(uris.clone().all(|(key, _)| is_uri(key as Key)) && uris.count() == 3);
        assert!(find("").is_none() && find("favouriteColour").is_none());
    }
}
