//! Finding the same name in many objects.

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

    /// Finds the name in those of many objects whose bit is set.
    pub(crate) fn find_each<'a, const N: usize>(
        &self,
        objects: &[ObjectRef<'a>; N],
        among: u32,
    ) -> [Option<Found<'a>>; N] {
        let mut all = [None; N];
        let mut guess = self.hint.load(Ordering::Relaxed);
        for (i, (found, object)) in all.iter_mut().zip(objects).enumerate() {
            if among & (1 << i) == 0 {
                continue;
            }
            let ObjectRef { arena, span } = *object;
            let node = arena.node(span.start + guess);
            if guess < span.slots && Some(node.key()) == self.key {
                *found = Some(Found { arena, node });
            } else {
                *found = self.find(*object);
                guess = self.hint.load(Ordering::Relaxed);
            }
        }
        all
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
