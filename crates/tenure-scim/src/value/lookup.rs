//! Finding the same name in many objects.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Found, ObjectRef};
use crate::arena::{Key, known};

/// A name that is looked up in many objects, for example by a compiled filter.
///
/// Objects of one kind mostly have their members at the same places, so the place of the last find is tried first.
#[derive(Debug)]
pub(crate) struct Lookup {
    name: Box<str>,
    key: Option<Key>,
    hint: AtomicU32,
}

/// Up to here a scan costs less than a wrong guess.
const FEW: u32 = 8;

impl Lookup {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.into(), key: known::find(name).map(|k| k.key), hint: AtomicU32::new(0) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    #[inline]
    pub(crate) fn find<'a>(&self, object: ObjectRef<'a>) -> Option<Found<'a>> {
        let ObjectRef { arena, span } = object;
        let nodes = arena.slots(span.start, span.slots);
        let Some(key) = self.key else { return self.find_own(object) };
        if span.slots <= FEW && !arena.has_own_names() {
            let node = nodes.iter().fold(None, |at, n| if n.key() == key { Some(n) } else { at });
            return node.map(|node| Found { arena, node: *node });
        }
        let guess = self.hint.load(Ordering::Relaxed);
        if let Some(node) = nodes.get(guess as usize)
            && node.key() == key
        {
            return Some(Found { arena, node: *node });
        }
        let at = arena.find_child_by_key(span.start, span.slots, key)?;
        self.hint.store(at - span.start, Ordering::Relaxed);
        Some(Found { arena, node: arena.node(at) })
    }

    /// Reads what is where the name is likely to be found, so that the waits for memory overlap.
    #[inline]
    pub(crate) fn read_ahead<'a>(&self, objects: impl Iterator<Item = ObjectRef<'a>>) {
        let guess = self.hint.load(Ordering::Relaxed);
        let read = |ObjectRef { arena, span }: ObjectRef<'a>| arena.node(span.start.wrapping_add(guess)).b;
        black_box(objects.fold(0, |sum, object| sum ^ read(object)));
    }

    /// Finds a name that no standard schema has.
    fn find_own<'a>(&self, object: ObjectRef<'a>) -> Option<Found<'a>> {
        let ObjectRef { arena, span } = object;
        let guess = self.hint.load(Ordering::Relaxed);
        if guess < span.slots {
            let node = arena.node(span.start + guess);
            if arena.name(node) == &*self.name {
                return Some(Found { arena, node });
            }
        }
        let at = arena.find_child(span.start, span.slots, &self.name)?;
        self.hint.store(at - span.start, Ordering::Relaxed);
        Some(Found { arena, node: arena.node(at) })
    }
}

impl Clone for Lookup {
    fn clone(&self) -> Self {
        Self::new(&self.name)
    }
}
