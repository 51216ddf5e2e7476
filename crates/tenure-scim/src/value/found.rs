//! A value that was found and not yet read.

use super::{ArrayRef, ObjectRef, ValueRef};
use crate::arena::{Arena, Key, Kind, Node};

/// One value as its node: what kind it is and how long is known without reading it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(super) arena: &'a Arena,
    pub(super) node: Node,
}

/// Places in an arena; 0 is none.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Whereabouts {
    /// The values of a list.
    pub(crate) list: u32,
    /// The parts of the first of them.
    pub(crate) parts: u32,
    /// The first text.
    pub(crate) text: u32,
}

impl<'a> Found<'a> {
    pub(crate) fn new(arena: &'a Arena, node: Node) -> Self {
        Self { arena, node }
    }

    #[inline]
    pub(crate) fn value(self) -> ValueRef<'a> {
        ValueRef::new(self.arena, self.node)
    }

    pub(super) fn key(self) -> Key {
        self.node.key()
    }

    /// What all spellings of the value's name have in common.
    pub(crate) fn canon(self) -> Key {
        self.arena.canon(self.node.key())
    }

    pub(crate) fn name(self) -> &'a str {
        self.arena.name(self.node)
    }

    pub(crate) fn is_null(self) -> bool {
        self.node.kind() == Kind::Null
    }

    #[inline]
    pub(crate) fn as_bool(self) -> Option<bool> {
        match self.node.kind() {
            Kind::False => Some(false),
            Kind::True => Some(true),
            _ => None,
        }
    }

    /// How long the value is, if it is ASCII text.
    #[inline]
    pub(crate) fn ascii_len(self) -> Option<usize> {
        (self.node.kind() == Kind::String).then_some(self.node.b as usize)
    }

    /// The value, if it is ASCII text.
    #[inline]
    pub(crate) fn ascii(self) -> Option<&'a [u8]> {
        (self.node.kind() == Kind::String).then(|| self.arena.text(self.node).as_bytes())
    }

    #[inline]
    pub(crate) fn as_object(self) -> Option<ObjectRef<'a>> {
        self.node.is_object().then(|| ObjectRef::new(self.arena, self.node))
    }

    /// The elements, if the value is an array.
    #[inline]
    pub(crate) fn elements(self) -> Option<impl Iterator<Item = Self>> {
        self.node.is_array().then(|| ArrayRef::new(self.arena, self.node).found())
    }

    /// Where the first text of the value is, and what is on the way to it; `None` where there is none.
    #[inline]
    pub(crate) fn whereabouts(self) -> Option<Whereabouts> {
        let mut place = Whereabouts::default();
        let mut node = self.node;
        loop {
            match node.kind() {
                Kind::String | Kind::WideString => return Some(Whereabouts { text: node.a, ..place }),
                Kind::Array | Kind::Object if node.b > 0 => {
                    (place.list, place.parts) = (place.parts, node.a);
                    node = self.arena.node(node.a);
                }
                _ => return None,
            }
        }
    }

    /// Reads the first byte of what the value says, so that it is in the cache when it is tested.
    #[inline]
    pub(crate) fn touch(self) -> u8 {
        match self.node.kind() {
            Kind::String | Kind::WideString => {
                self.arena.text(self.node).as_bytes().first().map_or(0, |b| *b)
            }
            Kind::Array | Kind::Object => self.arena.node(self.node.a).b as u8,
            _ => 0,
        }
    }

    /// Reads the first bytes of the first and the last sub-attribute; what is between is mostly near.
    #[inline]
    pub(crate) fn touch_texts(self) -> u8 {
        if !self.node.is_object() {
            return self.touch();
        }
        let touch = |node: Option<&Node>| node.map_or(0, |node| Self { node: *node, ..self }.touch());
        let nodes = self.arena.slots(self.node.a, self.node.b);
        touch(nodes.first()) ^ touch(nodes.last())
    }
}
