//! Changes in place.

use serde_json::Value;

use super::names::Key;
use super::{Arena, Kind, Node, index_u32, known};
use crate::value::{Found, ValueRef};

/// A place in a resource.
///
/// A place stays valid until a member is put into or taken out of the object that holds it, or an element is added to
/// the array that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot(pub(super) u32);

impl Slot {
    pub(crate) const ROOT: Self = Self(0);
}

impl Arena {
    pub(crate) fn at(&self, slot: Slot) -> ValueRef<'_> {
        self.value(slot.0)
    }

    pub(crate) fn found(&self, slot: Slot) -> Found<'_> {
        Found::new(self, self.node_ref(slot.0))
    }

    pub(super) fn value(&self, at: u32) -> ValueRef<'_> {
        ValueRef::new(self, self.node(at))
    }

    /// The member of an object with this name.
    pub(crate) fn member(&self, object: Slot, name: &str) -> Option<Slot> {
        let parent = self.node(object.0);
        if parent.is_object() { self.find_child(parent.a, parent.b, name).map(Slot) } else { None }
    }

    /// The member of an object with this name, `null` when it was not there. What is no object becomes one.
    pub(crate) fn member_or_insert(&mut self, object: Slot, name: &str) -> Slot {
        if let Some(found) = self.member(object, name) {
            return found;
        }
        if !self.node(object.0).is_object() {
            self.write(object, Node::object(0, 0));
        }
        let key = self.key(name);
        Slot(self.push_slot(object.0, Node::NULL.with_key(key)))
    }

    /// Puts a value in a place, over what was there.
    pub(crate) fn write_json(&mut self, slot: Slot, value: &Value) {
        let node = self.copy_json(value, &mut Vec::new());
        self.write(slot, node);
    }

    /// Puts a text in a place, over what was there.
    pub(crate) fn write_text(&mut self, slot: Slot, text: &str) {
        let node = self.string(text);
        self.write(slot, node);
    }

    /// Puts a value of another resource in a place, over what was there.
    pub(crate) fn write_value(&mut self, slot: Slot, value: ValueRef<'_>) {
        let node = self.copy_value(value, &mut Vec::new());
        self.write(slot, node);
    }

    pub(super) fn write(&mut self, slot: Slot, node: Node) {
        let old = self.node(slot.0);
        self.discard(old);
        self.forget_index(slot.0, old);
        self.write_node(slot.0, node.with_key(old.key()));
    }

    /// Takes a member out of an object; says whether it was there.
    pub(crate) fn remove_member(&mut self, object: Slot, name: &str) -> bool {
        let Some(Slot(child)) = self.member(object, name) else { return false };
        let parent = self.node(object.0);
        self.discard(self.node(child));
        self.forget_index(child, self.node(child));
        let last = parent.a + parent.b - 1;
        for at in child..last {
            self.write_node(at, self.node(at + 1));
            self.index_moved(at + 1, at);
        }
        self.write_node(last, Node::HOLE);
        self.write_node(object.0, Node { b: parent.b - 1, ..parent });
        self.add_live(parent, -1);
        true
    }

    /// Adds an element to an array. What is no array becomes one.
    pub(crate) fn push_json(&mut self, array: Slot, value: &Value) -> Slot {
        let node = self.copy_json(value, &mut Vec::new());
        if !self.node(array.0).is_array() {
            self.write(array, Node::array(0, 0));
        }
        let added = self.push_slot(array.0, node);
        self.index_added(array.0, added);
        Slot(added)
    }

    /// Takes elements out of an array, each in constant time; gives how many were there.
    pub(crate) fn remove_elements(&mut self, array: Slot, elements: &[Slot]) -> usize {
        let start = self.node(array.0).a;
        elements
            .iter()
            .filter(|element| {
                let offset = element.0.wrapping_sub(start);
                // The first removal may move the array.
                let place = self.node(array.0).a.wrapping_add(offset);
                self.remove_element(array, Slot(place))
            })
            .count()
    }

    /// Takes an element out of an array, in constant time. Places of other elements are lost.
    pub(crate) fn remove_element(&mut self, array: Slot, element: Slot) -> bool {
        let parent = self.node(array.0);
        let inside = parent.is_array() && element.0 >= parent.a && element.0 - parent.a < parent.b;
        let old = self.node(element.0);
        if !inside || old.is_hole() {
            return false;
        }
        let offset = element.0 - parent.a;
        let parent = if parent.is_grown() { parent } else { self.relocate(array.0) };
        let at = parent.a + offset;
        self.index_removed(array.0, at);
        self.discard(old);
        self.write_node(at, Node::HOLE);
        self.add_live(parent, -1);
        let mut slots = parent.b;
        while slots > 0 && self.node(parent.a + slots - 1).is_hole() {
            slots -= 1;
        }
        self.write_node(array.0, Node { b: slots, ..parent });
        true
    }

    /// The places of the elements of an array.
    pub(crate) fn elements(&self, array: Slot) -> impl Iterator<Item = Slot> + use<'_> {
        let parent = self.node(array.0);
        let count = if parent.is_array() { parent.b } else { 0 };
        (parent.a..parent.a.saturating_add(count)).filter(|at| !self.node(*at).is_hole()).map(Slot)
    }

    /// Appends a child to an array or object; gives its place.
    fn push_slot(&mut self, parent_at: u32, child: Node) -> u32 {
        let mut parent = self.node(parent_at);
        let at_end = parent.b > 0 && (parent.a + parent.b) as usize == self.nodes.len();
        if !parent.is_grown() && at_end {
            self.nodes.push(child);
            self.write_node(parent_at, Node { b: parent.b + 1, ..parent });
            return parent.a + parent.b;
        }
        if !parent.is_grown() || self.node(parent.a - 1).b == parent.b {
            parent = self.relocate(parent_at);
        }
        let at = parent.a + parent.b;
        self.write_node(at, child);
        self.write_node(parent_at, Node { b: parent.b + 1, ..parent });
        self.add_live(parent, 1);
        at
    }

    /// Moves the children of an array or object to a span with room for as many again; holes stay behind.
    fn relocate(&mut self, parent_at: u32) -> Node {
        let parent = self.node(parent_at);
        let live = self.span(parent).live;
        let header_at = index_u32(self.nodes.len());
        let room = live.saturating_mul(2).max(4);
        self.nodes.reserve(room as usize + 1);
        self.nodes.push(Node::new(Kind::Header, live, room));
        for at in parent.a..parent.a + parent.b {
            let child = self.node(at);
            if !child.is_hole() {
                self.nodes.push(child);
                self.index_moved(at, index_u32(self.nodes.len() - 1));
            }
        }
        let slots = index_u32(self.nodes.len()) - header_at - 1;
        self.nodes.resize((header_at + 1 + room) as usize, Node::HOLE);
        if slots != parent.b {
            self.drop_index(parent_at);
        }
        self.extra_mut().garbage.nodes += parent.b as usize;
        let kind = if parent.is_array() { Kind::GrownArray } else { Kind::GrownObject };
        let moved = Node::new(kind, header_at + 1, slots).with_key(parent.key());
        self.write_node(parent_at, moved);
        moved
    }

    fn add_live(&mut self, parent: Node, by: i32) {
        if parent.is_grown() {
            let header = self.node(parent.a - 1);
            self.write_node(parent.a - 1, Node { a: header.a.saturating_add_signed(by), ..header });
        }
    }

    /// Counts a value and everything in it as left behind.
    fn discard(&mut self, node: Node) {
        match node.kind() {
            Kind::Number | Kind::String | Kind::WideString => {
                self.extra_mut().garbage.text += node.b as usize
            }
            Kind::Array | Kind::Object | Kind::GrownArray | Kind::GrownObject => {
                self.extra_mut().garbage.nodes += node.b as usize;
                for at in node.a..node.a + node.b {
                    self.discard(self.node(at));
                }
            }
            _ => {}
        }
    }

    pub(super) fn value_key() -> Option<Key> {
        known::find("value").map(|k| k.key)
    }
}
