//! One value in the arena.

use super::names::Key;

/// The name and the value of one place: 12 bytes.
///
/// Strings and numbers are a range of the text (`a` start, `b` length), or the place of a long text in `a`. Arrays and
/// objects are a span of nodes (`a` start, `b` slots). A grown span has a header in front: `a` is how many slots are in
/// use, `b` how many there are room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node {
    pub(super) tag: u32,
    pub(crate) a: u32,
    pub(crate) b: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    False,
    True,
    Number,
    /// A text of ASCII characters.
    String,
    LongNumber,
    LongString,
    Array,
    Object,
    GrownArray,
    GrownObject,
    Header,
    Hole,
    /// A text with other characters.
    WideString,
}

const KIND_BITS: u32 = 4;

impl Node {
    pub(crate) const NULL: Self = Self::new(Kind::Null, 0, 0);
    pub(crate) const HOLE: Self = Self::new(Kind::Hole, 0, 0);

    pub(crate) const fn new(kind: Kind, a: u32, b: u32) -> Self {
        Self { tag: kind as u32, a, b }
    }

    pub(crate) const fn bool(value: bool) -> Self {
        Self::new(if value { Kind::True } else { Kind::False }, 0, 0)
    }

    pub(crate) const fn array(start: u32, slots: u32) -> Self {
        Self::new(Kind::Array, start, slots)
    }

    pub(crate) const fn object(start: u32, slots: u32) -> Self {
        Self::new(Kind::Object, start, slots)
    }

    pub(crate) const fn with_key(self, key: Key) -> Self {
        Self { tag: (key << KIND_BITS) | (self.tag & ((1 << KIND_BITS) - 1)), ..self }
    }

    /// What a short text of ASCII characters with this name is tagged with.
    pub(crate) const fn text_tag(key: Key) -> u32 {
        (key << KIND_BITS) | Kind::String as u32
    }

    #[inline]
    pub(crate) const fn is_tagged(self, tag: u32) -> bool {
        self.tag == tag
    }

    pub(crate) const fn key(self) -> Key {
        self.tag >> KIND_BITS
    }

    pub(crate) const fn kind(self) -> Kind {
        match self.tag & ((1 << KIND_BITS) - 1) {
            1 => Kind::False,
            2 => Kind::True,
            3 => Kind::Number,
            4 => Kind::String,
            5 => Kind::LongNumber,
            6 => Kind::LongString,
            7 => Kind::Array,
            8 => Kind::Object,
            9 => Kind::GrownArray,
            10 => Kind::GrownObject,
            11 => Kind::Header,
            12 => Kind::Hole,
            13 => Kind::WideString,
            _ => Kind::Null,
        }
    }

    pub(crate) const fn is_array(self) -> bool {
        matches!(self.kind(), Kind::Array | Kind::GrownArray)
    }

    pub(crate) const fn is_object(self) -> bool {
        matches!(self.kind(), Kind::Object | Kind::GrownObject)
    }

    pub(crate) const fn is_grown(self) -> bool {
        matches!(self.kind(), Kind::GrownArray | Kind::GrownObject)
    }

    pub(crate) const fn is_hole(self) -> bool {
        matches!(self.kind(), Kind::Hole)
    }
}
