//! The sub-attributes of a complex attribute.

use std::fmt;
use std::sync::LazyLock;

use super::{Found, ValueRef};
use crate::arena::{Arena, Key, Node, Span};
use crate::name::AttrName;

/// The sub-attributes of a complex attribute, or the attributes of an extension, borrowed.
#[derive(Clone, Copy)]
pub struct ObjectRef<'a> {
    pub(super) arena: &'a Arena,
    pub(super) span: Span,
}

impl<'a> ObjectRef<'a> {
    #[inline]
    pub(crate) fn new(arena: &'a Arena, node: Node) -> Self {
        Self { arena, span: arena.span(node) }
    }

    /// No sub-attributes.
    pub(crate) fn empty() -> Self {
        static EMPTY: LazyLock<Arena> = LazyLock::new(Arena::new);
        Self::new(&EMPTY, EMPTY.root())
    }

    /// How many sub-attributes there are.
    pub fn len(self) -> usize {
        self.span.live as usize
    }

    /// Whether there is no sub-attribute.
    pub fn is_empty(self) -> bool {
        self.span.live == 0
    }

    /// Names, as they were written, and values.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, ValueRef<'a>)> + Clone {
        let Self { arena, span } = self;
        let nodes = arena.slots(span.start, span.slots).iter();
        nodes.filter(|node| !node.is_hole()).map(move |node| (arena.name(*node), ValueRef::new(arena, *node)))
    }

    /// The sub-attribute with this name, in any case.
    pub fn get(self, name: &str) -> Option<ValueRef<'a>> {
        self.find_named(name).map(Found::value)
    }

    pub(crate) fn find_named(self, name: &str) -> Option<Found<'a>> {
        let at = self.arena.find_child(self.span.start, self.span.slots, name)?;
        Some(Found::new(self.arena, self.arena.node_ref(at)))
    }

    #[inline]
    pub(crate) fn find_key(self, key: Key) -> Option<Found<'a>> {
        let at = self.arena.find_child_by_key(self.span.start, self.span.slots, key)?;
        Some(Found::new(self.arena, self.arena.node_ref(at)))
    }

    /// The sub-attribute with this name; faster than [`ObjectRef::get`] for a name that is used again.
    #[inline]
    pub fn named(self, name: &AttrName) -> Option<ValueRef<'a>> {
        self.find(name).map(Found::value)
    }

    /// As [`ObjectRef::named`], for one name in many objects of a kind: looks first where the last one had it, which `place` keeps.
    ///
    /// ```
    /// use tenure_scim::{AttrName, Resource};
    ///
    /// let (name, mut place) = (AttrName::parse("title")?, 0);
    /// for text in [r#"{"userName": "a", "title": "Lead"}"#, r#"{"userName": "b", "title": "Lead"}"#] {
    ///     let user: Resource = text.parse()?;
    ///     assert_eq!(user.as_object().named_near(&name, &mut place).and_then(|v| v.as_str()), Some("Lead"));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn named_near(self, name: &AttrName, place: &mut u32) -> Option<ValueRef<'a>> {
        let Self { arena, span } = self;
        let Some(key) = name.key() else { return self.named(name) };
        let nodes = arena.slots(span.start, span.slots);
        if let Some(node) = nodes.get(*place as usize)
            && node.key() == key
        {
            return Some(ValueRef::new(arena, *node));
        }
        let at = arena.find_child_by_key(span.start, span.slots, key)?;
        *place = at - span.start;
        Some(ValueRef::new(arena, arena.node(at)))
    }

    /// Whether both have the same standard names in the same order.
    pub(super) fn same_layout(self, other: Self) -> bool {
        self.span.slots == other.span.slots
            && !self.arena.has_own_names()
            && !other.arena.has_own_names()
            && self.members().map(Found::key).eq(other.members().map(Found::key))
    }

    /// The values in order.
    pub(crate) fn members(self) -> impl Iterator<Item = Found<'a>> + Clone {
        let Self { arena, span } = self;
        let nodes = arena.slots(span.start, span.slots).iter();
        nodes.filter(|node| !node.is_hole()).map(move |node| Found::new(arena, node))
    }

    pub(crate) fn find(self, name: &AttrName) -> Option<Found<'a>> {
        let Self { arena, span } = self;
        let at = match name.key() {
            Some(key) => arena.find_child_by_key(span.start, span.slots, key),
            None => arena.find_child(span.start, span.slots, name.as_str()),
        }?;
        Some(Found::new(arena, arena.node_ref(at)))
    }
}

impl fmt::Debug for ObjectRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self.iter() {
            if name.eq_ignore_ascii_case("password") {
                map.entry(&name, &format_args!("***"));
            } else {
                map.entry(&name, &value);
            }
        }
        map.finish()
    }
}
