//! A value that was found and not yet read.

use super::{ObjectRef, ValueRef};
use crate::arena::{Arena, Key, Kind, Node};

/// One value as its node: what kind it is and how long is known without reading it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(super) arena: &'a Arena,
    pub(super) node: &'a Node,
}

/// Places in an arena, to read ahead; 0 is none, and what is none of these does no harm.
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
    pub(crate) fn new(arena: &'a Arena, node: &'a Node) -> Self {
        Self { arena, node }
    }

    #[inline]
    pub(crate) fn value(self) -> ValueRef<'a> {
        ValueRef::new(self.arena, *self.node)
    }

    pub(super) fn key(self) -> Key {
        self.node.key()
    }

    /// What all spellings of the value's name have in common.
    pub(crate) fn canon(self) -> Key {
        self.arena.canon(self.node.key())
    }

    pub(crate) fn name(self) -> &'a str {
        self.arena.name(*self.node)
    }

    pub(crate) fn is_null(self) -> bool {
        self.node.kind() == Kind::Null
    }

    #[inline(always)]
    pub(crate) fn as_bool(self) -> Option<bool> {
        match self.node.kind() {
            Kind::False => Some(false),
            Kind::True => Some(true),
            _ => None,
        }
    }

    /// The value, if it is ASCII text.
    #[inline(always)]
    pub(crate) fn ascii(self) -> Option<&'a [u8]> {
        (self.node.kind() == Kind::String).then(|| self.arena.ascii(*self.node))
    }

    /// The same of what is known to be ASCII text.
    #[inline(always)]
    pub(crate) fn ascii_of_text(self) -> Option<&'a [u8]> {
        self.arena.ascii_at(*self.node)
    }

    #[inline]
    pub(crate) fn as_object(self) -> Option<ObjectRef<'a>> {
        self.node.is_object().then(|| ObjectRef::new(self.arena, *self.node))
    }

    /// The same value, if it is an object.
    #[inline(always)]
    pub(crate) fn object(self) -> Option<Self> {
        self.node.is_object().then_some(self)
    }

    /// The elements, if the value is an array.
    #[inline(always)]
    pub(crate) fn elements(self) -> Option<impl Iterator<Item = Self>> {
        let Self { arena, node } = self;
        node.is_array().then(|| {
            let nodes = arena.slots(node.a, node.b).iter();
            nodes.filter(|node| !node.is_hole()).map(move |node| Self { arena, node })
        })
    }

    /// Where the text or the elements begin.
    #[inline(always)]
    pub(crate) fn place(self) -> u32 {
        self.node.a
    }

    /// Where the text is, or the first text of a list and what is on the way to it; `None` where there is none.
    #[inline]
    pub(crate) fn whereabouts(self) -> Option<Whereabouts> {
        match self.node.kind() {
            Kind::String | Kind::WideString => {
                Some(Whereabouts { text: self.node.a, ..Whereabouts::default() })
            }
            Kind::Array if self.node.b > 0 => {
                let parts = self.arena.node(self.node.a).a;
                let text = self.arena.node(parts).a;
                Some(Whereabouts { list: self.node.a, parts, text })
            }
            _ => None,
        }
    }
}
