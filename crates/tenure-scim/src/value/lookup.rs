//! Finding the same name in many objects.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{ObjectRef, ValueRef};
use crate::arena::{Arena, Key, Kind, Node, known};

/// A name that is looked up in many objects, for example by a compiled filter.
///
/// Objects of one kind mostly have their members at the same places, so the place of the last find is tried first.
#[derive(Debug)]
pub(crate) struct Lookup {
    name: Box<str>,
    key: Option<Key>,
    hint: AtomicU32,
}

impl Lookup {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.into(), key: known::find(name).map(|k| k.key), hint: AtomicU32::new(0) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn find<'a>(&self, object: ObjectRef<'a>) -> Option<ValueRef<'a>> {
        self.find_place(object).map(Found::value)
    }

    #[inline]
    pub(crate) fn find_place<'a>(&self, object: ObjectRef<'a>) -> Option<Found<'a>> {
        let ObjectRef { arena, span } = object;
        let guess = self.hint.load(Ordering::Relaxed);
        if guess < span.slots {
            let node = arena.node(span.start + guess);
            if Some(node.key()) == self.key {
                return Some(Found { arena, node });
            }
        }
        let at = match self.key {
            Some(key) => arena.find_child_by_key(span.start, span.slots, key)?,
            None => arena.find_child(span.start, span.slots, &self.name)?,
        };
        self.hint.store(at - span.start, Ordering::Relaxed);
        Some(Found { arena, node: arena.node(at) })
    }
}

impl Clone for Lookup {
    fn clone(&self) -> Self {
        Self::new(&self.name)
    }
}

/// A value that was found and not yet read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a> {
    arena: &'a Arena,
    node: Node,
}

impl<'a> Found<'a> {
    #[inline]
    pub(crate) fn value(self) -> ValueRef<'a> {
        ValueRef::new(self.arena, self.node)
    }

    /// How long the value is, if it is ASCII text; known without reading the text.
    #[inline]
    pub(crate) fn ascii_len(self) -> Option<usize> {
        (self.node.kind() == Kind::String).then_some(self.node.b as usize)
    }
}
