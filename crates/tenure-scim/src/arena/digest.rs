//! What the short texts of a resource are, in 64 bytes beside the resource itself.
//!
//! Looking for one user among many mostly means to find that a name, a number or a domain is another one. The digest says
//! so without a trip to the memory that holds the attributes.

use super::names::Key;
use super::{Arena, Kind, Node, known};

/// A set of attributes with their text (a blocked Bloom filter): says "not there" for certain, "there" by guess.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digest([u64; WORDS]);

const WORDS: usize = 8;

/// What of a text is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    /// The first bytes.
    Start,
    /// The last bytes.
    End,
}

/// How many bytes of the start and of the end a digest knows.
const START: usize = 4;
const END: usize = 8;

/// One attribute with one text, to be looked for in many digests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe {
    text: Bits,
    /// The attribute has a value that is no ASCII text, which must be looked at.
    other: Bits,
}

/// Some bits of one word.
#[derive(Debug, Clone, Copy)]
struct Bits {
    word: usize,
    bits: u64,
}

/// Two bits of one word: the number of the word in the lowest 3 bits, then 6 bits for each.
#[derive(Debug, Clone, Copy)]
struct Place(u16);

impl Digest {
    const NOTHING: Self = Self([0; WORDS]);
    /// Anything may be there.
    pub(super) const ANYTHING: Self = Self([u64::MAX; WORDS]);

    pub(super) fn of(arena: &Arena) -> Self {
        let mut digest = Self::NOTHING;
        let span = arena.span(arena.root());
        for node in arena.slots(span.start, span.slots) {
            let key = arena.canon(node.key());
            if is_covered(key) {
                digest.add(arena, key, *node);
            } else if is_listed(key) {
                digest.add_list(arena, key, *node);
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
        match node.kind() {
            Kind::String => {
                let text = arena.text(node).as_bytes();
                self.set(Place::of(key, Part::Whole, text));
                if let Some(start) = text.get(..START) {
                    self.set(Place::of(key, Part::Start, start));
                }
            }
            kind if is_plain(kind) => {}
            _ => self.set(Place::of_other(key)),
        }
    }

    /// Notes the `value` of each element.
    fn add_list(&mut self, arena: &Arena, key: Key, node: Node) {
        let few = node.is_array() && node.b <= MOST_ELEMENTS;
        let elements = if few { arena.slots(node.a, node.b) } else { &[] };
        for element in elements {
            let value = element.is_object().then(|| {
                let parts = arena.slots(element.a, element.b);
                parts.iter().find(|part| Some(arena.canon(part.key())) == Arena::value_key())
            });
            match value {
                Some(Some(value)) if value.kind() == Kind::String => {
                    let text = arena.text(*value).as_bytes();
                    self.set(Place::of(key, Part::Whole, text));
                    if let Some(end) = text.len().checked_sub(END).and_then(|at| text.get(at..)) {
                        self.set(Place::of(key, Part::End, end));
                    }
                }
                // It has no text.
                Some(None) => {}
                Some(Some(value)) if is_plain(value.kind()) => {}
                _ => self.set(Place::of_other(key)),
            }
        }
        if !few && !matches!(node.kind(), Kind::Null) {
            self.set(Place::of_other(key));
        }
    }

    fn set(&mut self, place: Place) {
        let Bits { word, bits } = place.bits();
        if let Some(word) = self.0.get_mut(word) {
            *word |= bits;
        }
    }

    /// Whether the attribute may have the text, or something that must be looked at.
    #[inline]
    pub(crate) fn may_have(&self, probe: &Probe) -> bool {
        self.has(probe.text) || self.has(probe.other)
    }

    #[inline]
    fn has(&self, Bits { word, bits }: Bits) -> bool {
        self.0.get(word % WORDS).is_some_and(|word| word & bits == bits)
    }
}

impl Probe {
    /// Whether a probe for an attribute is one for the `value` of its elements.
    pub(crate) fn is_of_list(name: &str) -> bool {
        known::find(name).is_some_and(|known| is_listed(known.key))
    }

    /// A probe for an attribute of the resource or, with `schema`, of an extension; for one with a list of values, for their
    /// `value`.
    ///
    /// `None` when digests say nothing of the attribute or of the text. Capitals and small letters count as equal.
    pub(crate) fn new(schema: Option<&str>, name: &str, part: Part, text: &str) -> Option<Self> {
        let key = known::find(name)?.key;
        let standard = schema.is_none_or(|uri| known::find(uri).is_some_and(|uri| known::is_uri(uri.key)));
        let bytes = text.as_bytes();
        let looked_for = match part {
            Part::Whole => Some(bytes),
            Part::Start if is_covered(key) => bytes.get(..START),
            Part::End if is_listed(key) => bytes.len().checked_sub(END).and_then(|at| bytes.get(at..)),
            _ => None,
        }?;
        let covered =
            standard && (is_covered(key) || (schema.is_none() && is_listed(key))) && text.is_ascii();
        covered.then(|| Self {
            text: Place::of(key, part, looked_for).bits(),
            other: Place::of_other(key).bits(),
        })
    }
}

impl Place {
    fn of(key: Key, part: Part, text: &[u8]) -> Self {
        Self::new(key, hash(text).rotate_left(part as u32 * 21))
    }

    fn of_other(key: Key) -> Self {
        Self::new(key, 0x5851_F42D_4C95_7F2D)
    }

    fn new(key: Key, of: u64) -> Self {
        let of_key = u64::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self(((of ^ of_key).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 49) as u16)
    }

    fn bits(self) -> Bits {
        let Self(place) = self;
        Bits { word: usize::from(place) % WORDS, bits: 1 << ((place >> 3) & 63) | 1 << ((place >> 9) & 63) }
    }
}

/// Whether no text is in a value of this kind.
fn is_plain(kind: Kind) -> bool {
    matches!(kind, Kind::Null | Kind::False | Kind::True | Kind::Number | Kind::LongNumber)
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

/// Lists of values that resources are looked for by.
const LISTED: u128 = known::set(&["emails"]);

/// A longer list is looked at.
const MOST_ELEMENTS: u32 = 8;

fn is_listed(key: Key) -> bool {
    LISTED.checked_shr(key).is_some_and(|set| set & 1 != 0)
}

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
        let probe = Probe::new(None, name, Part::Whole, value).unwrap();
        assert_eq!(resource.may_have(&probe), expected, "{text} {name} {value}");
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
        assert!(Probe::new(Some("urn:example:2.0:Desk"), "department", Part::Whole, "it").is_none());
        assert!(
            Probe::new(Some(crate::uri::ENTERPRISE_USER), "emails", Part::Whole, "anna").is_none()
                && Probe::new(None, "title", Part::Whole, "é").is_none()
        );
    }

    #[test]
    fn the_start_and_the_end_are_known_where_they_are_long_enough() {
        let check = |text: &str, name: &str, part: Part, value: &str, expected: Option<bool>| {
            let resource: Resource = text.parse().unwrap();
            let probe = Probe::new(None, name, part, value);
            assert_eq!(probe.map(|probe| resource.may_have(&probe)), expected, "{text} {part:?} {value}");
        };
        let title = r#"{"title": "Senior Clerk"}"#;
        for (start, expected) in
            [("SENIOR C", Some(true)), ("Seni", Some(true)), ("Lead ", Some(false)), ("Sen", None)]
        {
            check(title, "title", Part::Start, start, expected);
        }
        check(r#"{"title": "Se"}"#, "title", Part::Start, "Senior", Some(false));
        check(title, "title", Part::End, "or Clerk", None);
        let emails = r#"{"emails": [{"type": "work", "VALUE": "anna@x.example.com"}, {"display": "none"}, {"value": 5}]}"#;
        check(emails, "emails", Part::Whole, "Anna@X.example.com", Some(true));
        for (end, expected) in [(".Example.Com", Some(true)), (".example.org", Some(false)), ("org", None)] {
            check(emails, "emails", Part::End, end, expected);
        }
        for looked_at in [
            r#"{"emails": "anna@x.example.com"}"#,
            r#"{"emails": {"value": "anna@x.example.com"}}"#,
            r#"{"emails": ["anna@x.example.com"]}"#,
            r#"{"emails": [{"value": ["anna@x.example.com"]}]}"#,
            r#"{"emails": [{"value": "änna@x.example.com"}]}"#,
        ] {
            check(looked_at, "emails", Part::Whole, "anna@x.example.com", Some(true));
            check(looked_at, "emails", Part::End, "@x.example.com", Some(true));
        }
        check(
            r#"{"emails": [], "userName": "anna@x.org"}"#,
            "emails",
            Part::Whole,
            "anna@x.org",
            Some(false),
        );
    }

    #[test]
    fn texts_that_differ_in_the_middle_are_told_apart() {
        let users: Vec<String> =
            (0..1000).map(|i| format!(r#"{{"userName": "user-{i:06}@example.com"}}"#)).collect();
        let users = users.iter().map(|text| text.parse::<Resource>().unwrap());
        let probe = Probe::new(None, "userName", Part::Whole, "user-000500@example.com").unwrap();
        assert!(users.filter(|user| user.may_have(&probe)).count() < 10);
    }

    #[test]
    fn a_change_is_seen() {
        let mut resource: Resource = r#"{"userName": "anna"}"#.parse().unwrap();
        resource.set(&"userName".parse().unwrap(), "bert");
        assert!(resource.may_have(&Probe::new(None, "userName", Part::Whole, "bert").unwrap()));
    }
}
