//! How a resource is kept: one vector of small nodes and one text.
//!
//! The children of an array or object are one contiguous span of nodes, so a look-up is a scan over a few cache lines
//! and a parsed resource is two allocations. Attribute names are numbers; see [`known`] and [`names`].

mod copy;
mod digest;
mod edit;
mod index;
pub(crate) mod known;
mod names;
mod node;
mod seen;
mod undo;

pub(crate) use copy::{Builder, Mark};
pub(crate) use digest::{Answer, Digest, Part, Probe};
pub(crate) use edit::Slot;
pub(crate) use names::Key;
pub(crate) use node::{Kind, Node};
pub(crate) use seen::Seen;

use index::ElementIndex;
use names::Names;
use undo::Undo;

use crate::value::Whereabouts;

// INVARIANT: node 0 exists and is `root`; every span and text range of a node lies inside the vectors.
#[derive(Debug)]
pub(crate) struct Arena {
    /// A copy of node 0, to save a trip to memory when many resources are read once each.
    root: Node,
    /// What the short texts are; they can be told apart without a trip to memory.
    digest: Digest,
    nodes: Vec<Node>,
    text: String,
    extra: Option<Box<Extra>>,
}

/// What few resources need, apart from the rest so that a resource stays small.
#[derive(Debug, Default)]
struct Extra {
    names: Names,
    long: Vec<Box<str>>,
    index: Option<ElementIndex>,
    undo: Undo,
    garbage: Garbage,
}

/// What edits left behind.
#[derive(Debug, Default, Clone, Copy)]
struct Garbage {
    nodes: usize,
    text: usize,
}

/// The children of an array or object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) slots: u32,
    pub(crate) live: u32,
}

impl Arena {
    pub(crate) fn new() -> Self {
        let root = Node::object(0, 0);
        Self { root, digest: Digest::ANYTHING, nodes: vec![root], text: String::new(), extra: None }
    }

    /// About how long the JSON text is.
    pub(crate) fn text_estimate(&self) -> usize {
        self.text.len() + self.nodes.len() * 12
    }

    #[inline]
    pub(crate) fn root(&self) -> Node {
        self.root
    }

    #[inline]
    pub(crate) fn root_ref(&self) -> &Node {
        &self.root
    }

    #[inline]
    pub(crate) fn digest(&self) -> &Digest {
        &self.digest
    }

    #[inline]
    pub(crate) fn node(&self, at: u32) -> Node {
        *self.node_ref(at)
    }

    #[inline]
    pub(crate) fn node_ref(&self, at: u32) -> &Node {
        self.node_at(at).unwrap_or(&Node::NULL)
    }

    #[inline(always)]
    pub(crate) fn node_at(&self, at: u32) -> Option<&Node> {
        self.nodes.get(at as usize)
    }

    /// Reads a little at some places, so that the waits for memory overlap.
    #[inline]
    pub(crate) fn touch(&self, at: Whereabouts) -> u32 {
        let text = |place: u32| self.text.as_bytes().get(place as usize).map_or(0, |b| u32::from(*b));
        if at.text == 0 {
            return 0;
        }
        let texts = text(at.text.saturating_sub(LINE / 2)) ^ text(at.text.wrapping_add(LINE / 2));
        if at.list == 0 {
            return texts;
        }
        let nodes = self.node(at.list).b ^ self.node(at.parts).b ^ self.node(at.parts.wrapping_add(NODES)).b;
        texts ^ nodes ^ text(at.text.wrapping_add(LINE + LINE / 2))
    }

    /// Reads a little of every part of a small resource, and of what lies nearest to the root in a large one.
    #[inline]
    pub(crate) fn touch_all(&self) -> u32 {
        let nodes = self
            .nodes
            .iter()
            .rev()
            .step_by(NODES as usize)
            .take(MOST_LINES)
            .fold(0, |sum, node| sum ^ node.b);
        let text = self.text.as_bytes().iter().step_by(LINE as usize).take(MOST_LINES);
        text.fold(nodes, |sum, byte| sum ^ u32::from(*byte))
    }

    #[inline]
    pub(crate) fn span(&self, of: Node) -> Span {
        let live = if of.is_grown() { self.node(of.a.wrapping_sub(1)).a } else { of.b };
        Span { start: of.a, slots: of.b, live }
    }

    /// The nodes of a span, holes included.
    #[inline]
    pub(crate) fn slots(&self, start: u32, slots: u32) -> &[Node] {
        let start = start as usize;
        self.nodes.get(start..start + slots as usize).unwrap_or_default()
    }

    /// The text of a string or number.
    #[inline]
    pub(crate) fn text(&self, of: Node) -> &str {
        match of.kind() {
            Kind::LongString | Kind::LongNumber => {
                self.extra().and_then(|e| e.long.get(of.a as usize)).map_or("", |t| t)
            }
            _ => {
                let start = of.a as usize;
                self.text.get(start..start + of.b as usize).unwrap_or_default()
            }
        }
    }

    /// The bytes of a short text, which a node of [`Kind::String`] has.
    #[inline]
    pub(crate) fn ascii(&self, of: Node) -> &[u8] {
        self.ascii_at(of).unwrap_or_default()
    }

    #[inline(always)]
    pub(crate) fn ascii_at(&self, of: Node) -> Option<&[u8]> {
        let start = of.a as usize;
        self.text.as_bytes().get(start..start + of.b as usize)
    }

    pub(crate) fn name(&self, of: Node) -> &str {
        let key = of.key();
        known::name(key).unwrap_or_else(|| self.extra().map_or("", |e| e.names.text(key)))
    }

    /// What all spellings of the name of a node have in common.
    pub(crate) fn canon(&self, key: Key) -> Key {
        if known::name(key).is_some() { key } else { self.extra().map_or(key, |e| e.names.canon(key)) }
    }

    /// The key under which this resource knows a name, if it does.
    pub(crate) fn find_key(&self, name: &str) -> Option<Key> {
        match known::find(name) {
            Some(found) => Some(found.key),
            None => self.extra()?.names.find(name),
        }
    }

    /// Where in a span the child with this name is.
    pub(crate) fn find_child(&self, start: u32, slots: u32, name: &str) -> Option<u32> {
        self.find_child_by_key(start, slots, self.find_key(name)?)
    }

    #[inline]
    pub(crate) fn find_child_by_key(&self, start: u32, slots: u32, key: Key) -> Option<u32> {
        let nodes = self.slots(start, slots);
        let position = match self.extra() {
            Some(extra) if extra.names.any() => nodes.iter().position(|n| {
                let own = n.key();
                own == key || (own != 0 && known::name(own).is_none() && extra.names.canon(own) == key)
            }),
            _ => nodes.iter().position(|n| n.key() == key),
        };
        position.map(|p| start + index_u32(p))
    }

    /// Whether the resource has names beyond the standard ones, or spelled in another way.
    #[inline]
    pub(crate) fn has_own_names(&self) -> bool {
        self.extra().is_some_and(|e| e.names.any())
    }

    fn extra(&self) -> Option<&Extra> {
        self.extra.as_deref()
    }

    fn extra_mut(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }
}

impl Clone for Arena {
    fn clone(&self) -> Self {
        let extra = self.extra().map(|e| {
            Box::new(Extra {
                names: e.names.clone(),
                long: e.long.clone(),
                garbage: e.garbage,
                ..Extra::default()
            })
        });
        Self {
            root: self.root,
            digest: self.digest,
            nodes: self.nodes.clone(),
            text: self.text.clone(),
            extra,
        }
    }
}

/// Bytes that come from memory at once.
const LINE: u32 = 64;
const NODES: u32 = LINE / size_of::<Node>() as u32;
const MOST_LINES: usize = 8;

/// A position as it is kept in a node.
#[expect(clippy::expect_used, reason = "2^32 nodes take 48 GiB, which fails to allocate long before")]
pub(crate) fn index_u32(position: usize) -> u32 {
    u32::try_from(position).expect("fewer than 2^32 nodes")
}

#[cfg(test)]
mod tests;
