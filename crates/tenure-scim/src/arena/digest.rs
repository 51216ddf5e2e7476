//! What the short texts of a resource are, in 32 bytes beside the resource itself.
//!
//! Looking for one user among many mostly means to find that a name or number is another one. The digest says so
//! without a trip to the memory that holds the attributes.

use super::names::Key;
use super::{Arena, Kind, Node, known};

/// A set of attributes with their text (a blocked Bloom filter): says "not there" for certain, "there" by guess.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digest([u64; 4]);

/// One attribute with one text, to be looked for in many digests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe {
    text: Place,
    /// The attribute has a value that is no ASCII text, which must be looked at.
    other: Place,
}

/// Two bits of one word: the number of the word in the lowest 2 bits, then 6 bits for each.
#[derive(Debug, Clone, Copy)]
struct Place(u16);

impl Digest {
    const NOTHING: Self = Self([0; 4]);
    /// Anything may be there.
    pub(super) const ANYTHING: Self = Self([u64::MAX; 4]);

    pub(super) fn of(arena: &Arena) -> Self {
        let mut digest = Self::NOTHING;
        let span = arena.span(arena.root());
        for node in arena.slots(span.start, span.slots) {
            let key = arena.canon(node.key());
            if is_covered(key) {
                digest.add(arena, key, *node);
            } else if known::is_uri(key) && node.is_object() {
                let extension = arena.span(*node);
                for node in arena.slots(extension.start, extension.slots) {
                    let key = arena.canon(node.key());
                    if is_covered(key) {
                        digest.add(arena, key, *node);
                    }
                }
            }
        }
        digest
    }

    fn add(&mut self, arena: &Arena, key: Key, node: Node) {
        let place = match node.kind() {
            Kind::String => Place::of_text(key, arena.text(node).as_bytes()),
            Kind::Null | Kind::False | Kind::True | Kind::Number | Kind::LongNumber => return,
            _ => Place::of_other(key),
        };
        if let Some(word) = self.0.get_mut(place.word()) {
            *word |= place.bits();
        }
    }

    /// Whether the attribute may have the text, or something that must be looked at.
    #[inline]
    pub(crate) fn may_have(&self, probe: Probe) -> bool {
        self.has(probe.text) || self.has(probe.other)
    }

    #[inline]
    fn has(&self, place: Place) -> bool {
        self.0.get(place.word()).is_some_and(|word| word & place.bits() == place.bits())
    }
}

impl Probe {
    /// A probe for an attribute of the resource or, with `schema`, of an extension.
    ///
    /// `None` when digests say nothing of the attribute or of the text. Capitals and small letters count as equal.
    pub(crate) fn new(schema: Option<&str>, name: &str, text: &str) -> Option<Self> {
        let key = known::find(name)?.key;
        let standard = schema.is_none_or(|uri| known::find(uri).is_some_and(|uri| known::is_uri(uri.key)));
        let covered = standard && is_covered(key) && text.is_ascii();
        covered.then(|| Self { text: Place::of_text(key, text.as_bytes()), other: Place::of_other(key) })
    }
}

impl Place {
    fn of_text(key: Key, text: &[u8]) -> Self {
        Self::new(key, hash(text))
    }

    fn of_other(key: Key) -> Self {
        Self::new(key, 0x5851_F42D_4C95_7F2D)
    }

    fn new(key: Key, of: u64) -> Self {
        let of_key = u64::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self(((of ^ of_key).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 50) as u16)
    }

    const fn word(self) -> usize {
        self.0 as usize & 3
    }

    const fn bits(self) -> u64 {
        1 << ((self.0 >> 2) & 63) | 1 << ((self.0 >> 8) & 63)
    }
}

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

fn is_covered(key: Key) -> bool {
    COVERED.checked_shr(key).is_some_and(|set| set & 1 != 0)
}

/// The same for all spellings of ASCII text: bit 5 is set in every byte.
fn hash(text: &[u8]) -> u64 {
    const FOLD: u64 = 0x2020_2020_2020_2020;
    let step =
        |hash: u64, word: u64| (hash.rotate_left(23) ^ (word | FOLD)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let (words, rest) = text.as_chunks::<8>();
    let hash = words.iter().fold(text.len() as u64, |hash, word| step(hash, u64::from_le_bytes(*word)));
    let rest = match text.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    step(hash, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Resource;

    fn check(text: &str, name: &str, value: &str, expected: bool) {
        let resource: Resource = text.parse().unwrap();
        let probe = Probe::new(None, name, value).unwrap();
        assert_eq!(resource.may_have(probe), expected, "{text} {name} {value}");
    }

    #[test]
    fn what_is_there_is_never_denied() {
        for text in [
            r#"{"userName": "anna"}"#,
            r#"{"USERNAME": "Anna"}"#,
            r#"{"userName": "\u0061nna"}"#,
            r#"{"userName": "ａnna"}"#,
            r#"{"userName": {"value": "anna"}}"#,
            r#"{"userName": ["anna"]}"#,
        ] {
            check(text, "userName", "anna", true);
        }
        let extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        check(&format!(r#"{{"{extension}": {{"department": "IT"}}}}"#), "department", "it", true);
    }

    #[test]
    fn what_is_not_there_is_mostly_denied() {
        check(r#"{"userName": "anna"}"#, "userName", "bert", false);
        check(r#"{"userName": "anna"}"#, "displayName", "anna", false);
        check(r#"{"userName": 5, "title": null}"#, "userName", "5", false);
        check("{}", "title", "clerk", false);
    }

    #[test]
    fn extensions_that_are_not_standard_are_looked_at() {
        assert!(Probe::new(Some("urn:example:2.0:Desk"), "department", "it").is_none());
        assert!(Probe::new(None, "emails", "anna").is_none() && Probe::new(None, "title", "é").is_none());
    }

    #[test]
    fn texts_that_differ_in_the_middle_are_told_apart() {
        let users: Vec<String> =
            (0..1000).map(|i| format!(r#"{{"userName": "user-{i:06}@example.com"}}"#)).collect();
        let users = users.iter().map(|text| text.parse::<Resource>().unwrap());
        let probe = Probe::new(None, "userName", "user-000500@example.com").unwrap();
        assert!(users.filter(|user| user.may_have(probe)).count() < 10);
    }

    #[test]
    fn a_change_is_seen() {
        let mut resource: Resource = r#"{"userName": "anna"}"#.parse().unwrap();
        resource.set(&"userName".parse().unwrap(), "bert");
        assert!(resource.may_have(Probe::new(None, "userName", "bert").unwrap()));
    }
}
