//! The elements of a multi-valued attribute.

use std::fmt;

use super::{Found, ValueRef};
use crate::arena::{Arena, Node, Span};

/// The elements of a multi-valued attribute, borrowed.
#[derive(Clone, Copy)]
pub struct ArrayRef<'a> {
    arena: &'a Arena,
    span: Span,
}

impl<'a> ArrayRef<'a> {
    #[inline]
    pub(super) fn new(arena: &'a Arena, node: Node) -> Self {
        Self { arena, span: arena.span(node) }
    }

    /// How many elements there are.
    pub fn len(self) -> usize {
        self.span.live as usize
    }

    /// Whether there is no element.
    pub fn is_empty(self) -> bool {
        self.span.live == 0
    }

    /// The elements in order.
    pub fn iter(self) -> impl Iterator<Item = ValueRef<'a>> + Clone {
        self.found().map(Found::value)
    }

    #[inline]
    pub(super) fn found(self) -> impl Iterator<Item = Found<'a>> + Clone {
        let Self { arena, span } = self;
        let nodes = arena.slots(span.start, span.slots).iter();
        nodes.filter(|node| !node.is_hole()).map(move |node| Found::new(arena, node))
    }
}

impl fmt::Debug for ArrayRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
