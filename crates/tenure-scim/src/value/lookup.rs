//! Finding the same name in many objects.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{Found, ObjectRef};
use crate::arena::{Key, known};

/// A name that is looked up in many objects, for example by a compiled filter.
///
/// Objects of one kind mostly have their members at the same places, so the place of the last find is tried first: of the last
/// one with as many members, since an object that lacks one has those behind it elsewhere.
#[derive(Debug)]
pub(crate) struct Lookup {
    name: Box<str>,
    key: Key,
    /// By the number of members, modulo how many are told apart.
    hints: [AtomicU32; SHAPES],
}

const SHAPES: usize = 4;

/// In place of a key, for a name that no standard schema has. No node has it.
const OWN: Key = Key::MAX;

impl Lookup {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.into(), key: known::find(name).map_or(OWN, |k| k.key), hints: Default::default() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    #[inline(always)]
    fn hint(&self, slots: u32) -> &AtomicU32 {
        let [first, ..] = &self.hints;
        self.hints.get(slots as usize % SHAPES).unwrap_or(first)
    }

    #[inline(always)]
    pub(crate) fn find<'a>(&self, object: ObjectRef<'a>) -> Option<Found<'a>> {
        let ObjectRef { arena, span } = object;
        let guess = self.hint(span.slots).load(Ordering::Relaxed);
        if guess < span.slots {
            let node = arena.node(span.start + guess);
            if node.key() == self.key {
                return Some(Found { arena, node });
            }
        }
        self.search(object)
    }

    /// Reads what is where the name is likely to be found, so that the waits for memory overlap.
    #[inline]
    pub(crate) fn touch(&self, ObjectRef { arena, span }: ObjectRef<'_>) -> u32 {
        arena.node(span.start.wrapping_add(self.hint(span.slots).load(Ordering::Relaxed))).b
    }

    #[inline(never)]
    fn search<'a>(&self, object: ObjectRef<'a>) -> Option<Found<'a>> {
        if self.key == OWN {
            return self.find_own(object);
        }
        let ObjectRef { arena, span } = object;
        let at = arena.find_child_by_key(span.start, span.slots, self.key)?;
        self.hint(span.slots).store(at - span.start, Ordering::Relaxed);
        Some(Found { arena, node: arena.node(at) })
    }

    /// Finds a name that no standard schema has.
    fn find_own<'a>(&self, object: ObjectRef<'a>) -> Option<Found<'a>> {
        let ObjectRef { arena, span } = object;
        let guess = self.hint(span.slots).load(Ordering::Relaxed);
        if guess < span.slots {
            let node = arena.node(span.start + guess);
            if arena.name(node) == &*self.name {
                return Some(Found { arena, node });
            }
        }
        let at = arena.find_child(span.start, span.slots, &self.name)?;
        self.hint(span.slots).store(at - span.start, Ordering::Relaxed);
        Some(Found { arena, node: arena.node(at) })
    }
}

impl Clone for Lookup {
    fn clone(&self) -> Self {
        Self::new(&self.name)
    }
}
