//! What is looked for in digests.

use super::super::known;
use super::super::names::Key;
use super::covered::{ACTIVE, is_covered, notes};
use super::{Digest, WORDS};

/// One text at one place, or one boolean, to be looked for in many digests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe {
    wanted: Bits,
    /// The attribute has a value that is no ASCII text, which must be looked at.
    other: Bits,
    /// The flags without which what is wanted is certain; 0 where nothing makes it so.
    against: u32,
}

/// What a digest says to a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is not there.
    No,
    /// The resource must be looked at.
    Perhaps,
    /// It is there, and nothing else is.
    Yes,
}

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

/// Which texts: of an attribute, or of a sub-attribute of the elements of a list, or of those of one type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) key: Key,
    pub(super) sub: Key,
    pub(super) kind: u64,
}

/// Some bits of one word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bits {
    pub(super) word: u32,
    pub(super) bits: u32,
}

/// Two bits of one word: the number of the word in the lowest 4 bits, then 5 bits for each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place(u32);

/// The two flags of a boolean, in the last word of a digest.
pub(super) struct Flags {
    pub(super) yes: u32,
    pub(super) no: u32,
}

pub(super) const FLAGS: Flags = Flags { yes: 1, no: 2 };

impl Digest {
    /// Whether the resource has what is looked for.
    #[inline(always)]
    pub(crate) fn ask(&self, probe: &Probe) -> Answer {
        if !self.may_have(probe) {
            Answer::No
        } else if probe.against != 0 && self.flags() & probe.against == 0 {
            Answer::Yes
        } else {
            Answer::Perhaps
        }
    }

    /// Whether it may have it; `false` is certain.
    #[inline(always)]
    pub(crate) fn may_have(&self, probe: &Probe) -> bool {
        self.has(probe.wanted) || self.has(probe.other)
    }

    #[inline(always)]
    fn has(&self, Bits { word, bits }: Bits) -> bool {
        self.0.get(word as usize).is_some_and(|word| word & bits == bits)
    }

    #[inline(always)]
    fn flags(&self) -> u32 {
        let [.., flags] = self.0;
        flags
    }
}

impl Probe {
    /// A probe for an attribute of the resource or, with `schema`, of an extension.
    ///
    /// `None` when digests say nothing of the attribute or of the text. Capitals and small letters count as equal.
    pub(crate) fn text(schema: Option<&str>, name: &str, part: Part, text: &str) -> Option<Self> {
        let key = known::find(name)?.key;
        let standard = schema.is_none_or(|uri| known::find(uri).is_some_and(|uri| known::is_uri(uri.key)));
        let is_known = standard && is_covered(key) && part != Part::End;
        Self::of(Field::of(key), part, text).filter(|_| is_known)
    }

    /// A probe for a sub-attribute of the elements of a list, or of those of one type.
    pub(crate) fn of_list(list: &str, sub: &str, kind: Option<&str>, part: Part, text: &str) -> Option<Self> {
        let (key, sub) = (known::find(list)?.key, known::find(sub)?.key);
        let note = notes(key)?.iter().find(|note| note.sub == sub && note.part == part)?;
        let field = Field { sub, ..Field::of(key) };
        match kind.filter(|kind| note.by_kind && kind.is_ascii()) {
            Some(kind) => Self::of(field.of_kind(kind.as_bytes()), part, text),
            None => Self::of(field, part, text),
        }
    }

    /// A probe for the boolean of an attribute.
    pub(crate) fn flag(name: &str, value: bool) -> Option<Self> {
        let (wanted, against) = if value { (FLAGS.yes, FLAGS.no) } else { (FLAGS.no, FLAGS.yes) };
        let wanted = Bits { word: WORDS as u32, bits: wanted };
        (known::find(name)?.key == ACTIVE).then_some(Self { wanted, other: wanted, against })
    }

    /// Whether some resources are certain to have it.
    pub(crate) fn may_be_certain(&self) -> bool {
        self.against != 0
    }

    fn of(field: Field, part: Part, text: &str) -> Option<Self> {
        let wanted = part.of(text.as_bytes()).filter(|_| text.is_ascii())?;
        Some(Self { wanted: field.place(part, wanted).bits(), other: field.other().bits(), against: 0 })
    }
}

impl Part {
    /// This part of a text, if the text is long enough to have it.
    #[inline]
    pub(super) fn of(self, text: &[u8]) -> Option<&[u8]> {
        match self {
            Self::Whole => Some(text),
            Self::Start => text.get(..START),
            Self::End => text.len().checked_sub(END).and_then(|at| text.get(at..)),
        }
    }
}

impl Field {
    pub(super) fn of(key: Key) -> Self {
        Self { key, sub: 0, kind: 0 }
    }

    /// The same of the elements of one type.
    pub(super) fn of_kind(self, kind: &[u8]) -> Self {
        Self { kind: hash(kind).rotate_left(11) | 1, ..self }
    }

    pub(super) fn place(self, part: Part, text: &[u8]) -> Place {
        self.at(hash(text).rotate_left(part as u32 * 21))
    }

    /// Where it is noted that something must be looked at, of whatever type.
    pub(super) fn other(self) -> Place {
        Self { kind: 0, ..self }.at(0x5851_F42D_4C95_7F2D)
    }

    fn at(self, text: u64) -> Place {
        let Self { key, sub, kind } = self;
        let field = (u64::from(key) | u64::from(sub) << 32).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Place(((text ^ field ^ kind).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 48) as u32)
    }
}

impl Place {
    pub(super) fn bits(self) -> Bits {
        let Self(place) = self;
        Bits { word: place % WORDS as u32, bits: 1 << ((place >> 4) & 31) | 1 << ((place >> 9) & 31) }
    }
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
