//! What the short texts of a resource are, in 68 bytes beside the resource itself.
//!
//! Looking for one user among many mostly means to find that a name, a number or a domain is another one. The digest says
//! so without a trip to the memory that holds the attributes.

mod covered;
mod probe;

use self::covered::{ACTIVE, KIND, Note, is_covered, notes};
use self::probe::{FLAGS, Field, Place};
use super::names::Key;
use super::{Arena, Kind, Node, known};

pub(crate) use self::probe::{Answer, Part, Probe};

/// A set of attributes with their text (a blocked Bloom filter), which says "not there" for certain and "there" by guess;
/// and behind it whether the resource is active, which is known for certain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digest([u32; WORDS + 1]);

const WORDS: usize = 16;

/// A longer list is looked at.
const MOST_ELEMENTS: u32 = 8;

impl Digest {
    const NOTHING: Self = Self([0; WORDS + 1]);
    /// Anything may be there.
    pub(super) const ANYTHING: Self = Self([u32::MAX; WORDS + 1]);

    pub(super) fn of(arena: &Arena) -> Self {
        let mut digest = Self::NOTHING;
        let span = arena.span(arena.root());
        for node in arena.slots(span.start, span.slots) {
            let key = arena.canon(node.key());
            if is_covered(key) {
                digest.add(arena, key, *node);
            } else if key == ACTIVE {
                digest.add_flag(*node);
            } else if let Some(notes) = notes(key) {
                digest.add_list(arena, key, notes, *node);
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
        let field = Field::of(key);
        match node.kind() {
            Kind::String => {
                let text = arena.ascii(node);
                self.set(field.place(Part::Whole, text));
                if let Some(start) = Part::Start.of(text) {
                    self.set(field.place(Part::Start, start));
                }
            }
            kind if is_plain(kind) => {}
            _ => self.set(field.other()),
        }
    }

    fn add_flag(&mut self, node: Node) {
        let [.., flags] = &mut self.0;
        *flags |= match node.kind() {
            Kind::True => FLAGS.yes,
            Kind::False => FLAGS.no,
            kind if is_plain(kind) => 0,
            _ => FLAGS.yes | FLAGS.no,
        };
    }

    /// Notes some texts of each element, by themselves and together with its type.
    fn add_list(&mut self, arena: &Arena, key: Key, notes: &[Note], node: Node) {
        let own_names = arena.has_own_names();
        let canon = |key: Key| if own_names { arena.canon(key) } else { key };
        let few = node.is_array() && node.b <= MOST_ELEMENTS;
        let elements = if few { arena.slots(node.a, node.b) } else { &[] };
        for element in elements {
            let parts = if element.is_object() { arena.slots(element.a, element.b) } else { &[] };
            let part = |key: Key| match parts.iter().find(|part| canon(part.key()) == key) {
                Some(part) if part.kind() == Kind::String => Text::Is(arena.ascii(*part)),
                Some(part) if !is_plain(part.kind()) => Text::Other,
                _ if element.is_object() => Text::None,
                _ => Text::Other,
            };
            let kind = part(KIND);
            for note in notes {
                let field = Field { sub: note.sub, ..Field::of(key) };
                match part(note.sub) {
                    Text::Is(text) => {
                        let Some(text) = note.part.of(text) else { continue };
                        self.set(field.place(note.part, text));
                        match kind {
                            Text::Is(kind) if note.by_kind => {
                                self.set(field.of_kind(kind).place(note.part, text));
                            }
                            Text::Other if note.by_kind => self.set(field.other()),
                            _ => {}
                        }
                    }
                    Text::None => {}
                    Text::Other => self.set(field.other()),
                }
            }
        }
        if !few && !matches!(node.kind(), Kind::Null) {
            for note in notes {
                self.set(Field { sub: note.sub, ..Field::of(key) }.other());
            }
        }
    }

    fn set(&mut self, place: Place) {
        let bits = place.bits();
        if let Some(word) = self.0.get_mut(bits.word as usize) {
            *word |= bits.bits;
        }
    }
}

/// What is at a name, as far as texts go.
#[derive(Clone, Copy)]
enum Text<'a> {
    None,
    /// A text of ASCII characters.
    Is(&'a [u8]),
    /// What must be looked at.
    Other,
}

/// Whether no text is in a value of this kind.
fn is_plain(kind: Kind) -> bool {
    matches!(kind, Kind::Null | Kind::False | Kind::True | Kind::Number | Kind::LongNumber)
}

#[cfg(test)]
mod tests;
