//! Finding the same name in many objects.

use std::sync::atomic::{AtomicU32, Ordering};

use super::Found;
use crate::arena::{Key, Node, known};

/// A name that is looked up in many objects, for example by a compiled filter.
///
/// Objects of one kind mostly have their members at the same places, so the place of the last find is tried first: of the last
/// one with as many members, since an object that lacks one has those behind it elsewhere.
#[derive(Debug)]
pub(crate) struct Lookup {
    name: Box<str>,
    key: Key,
    /// What tells of a node that it is a text with this name.
    text_tag: u32,
    /// By the number of members, modulo how many are told apart.
    hints: [AtomicU32; SHAPES],
}

const SHAPES: usize = 4;

/// In place of a key, for a name that no standard schema has. No node has it.
const OWN: Key = Key::MAX;

impl Lookup {
    pub(crate) fn new(name: &str) -> Self {
        let key = known::find(name).map_or(OWN, |k| k.key);
        Self { name: name.into(), key, text_tag: Node::text_tag(key), hints: Default::default() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    #[inline(always)]
    fn hint(&self, slots: u32) -> &AtomicU32 {
        let [first, ..] = &self.hints;
        self.hints.get(slots as usize % SHAPES).unwrap_or(first)
    }

    /// The value with this name in an object.
    #[inline(always)]
    pub(crate) fn find<'a>(&self, object: Found<'a>) -> Option<Found<'a>> {
        let near = self.near(object);
        if near.is_some_and(|near| near.key() == self.key) { near } else { self.search(object) }
    }

    /// The value with this name, if it is a text of ASCII characters and where the last find was.
    #[inline(always)]
    pub(crate) fn find_text<'a>(&self, object: Found<'a>) -> Option<Found<'a>> {
        self.near(object).filter(|near| near.node.is_tagged(self.text_tag))
    }

    /// What is where the last find was.
    #[inline(always)]
    fn near<'a>(&self, Found { arena, node }: Found<'a>) -> Option<Found<'a>> {
        let guess = self.hint(node.b).load(Ordering::Relaxed);
        if guess < node.b { Some(Found { arena, node: arena.node_at(node.a + guess)? }) } else { None }
    }

    /// Reads what is where the name is likely to be found, so that the waits for memory overlap.
    #[inline]
    pub(crate) fn touch(&self, Found { arena, node }: Found<'_>) -> u32 {
        arena.node(node.a.wrapping_add(self.hint(node.b).load(Ordering::Relaxed))).b
    }

    #[inline(never)]
    fn search<'a>(&self, object: Found<'a>) -> Option<Found<'a>> {
        let Found { arena, node: &Node { a: start, b: slots, .. } } = object;
        let at = if self.key == OWN {
            // A name that no standard schema has.
            let near = self.near(object).filter(|near| near.name() == &*self.name);
            if near.is_some() {
                return near;
            }
            arena.find_child(start, slots, &self.name)?
        } else {
            arena.find_child_by_key(start, slots, self.key)?
        };
        self.hint(slots).store(at - start, Ordering::Relaxed);
        Some(Found { arena, node: arena.node_ref(at) })
    }
}

impl Clone for Lookup {
    fn clone(&self) -> Self {
        Self::new(&self.name)
    }
}
