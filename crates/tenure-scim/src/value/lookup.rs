//! Finding the same name in many objects.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{ObjectRef, ValueRef};
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

impl Lookup {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.into(), key: known::find(name).map(|k| k.key), hint: AtomicU32::new(0) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    #[inline]
    pub(crate) fn find<'a>(&self, object: ObjectRef<'a>) -> Option<ValueRef<'a>> {
        let ObjectRef { arena, span } = object;
        let Some(key) = self.key else { return object.get(&self.name) };
        let guess = self.hint.load(Ordering::Relaxed);
        if guess < span.slots {
            let node = arena.node(span.start + guess);
            if node.key() == key {
                return Some(ValueRef::new(arena, node));
            }
        }
        let at = arena.find_child_by_key(span.start, span.slots, key)?;
        self.hint.store(at - span.start, Ordering::Relaxed);
        Some(ValueRef::new(arena, arena.node(at)))
    }
}

impl Clone for Lookup {
    fn clone(&self) -> Self {
        Self::new(&self.name)
    }
}
