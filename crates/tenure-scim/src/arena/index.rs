//! Elements of one large array by their `value`, so that a member is found without a scan.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use rustc_hash::FxHasher;

use super::edit::Slot;
use super::{Arena, Node};
use crate::name::fold;
use crate::value::ValueRef;

/// The places of the elements of one array, by the hash of their `value` in lower case.
///
/// Values with letters beyond ASCII are on a list of their own: which of them count as equal is not decided here.
#[derive(Debug)]
pub(super) struct ElementIndex {
    array: u32,
    hasher: RandomState,
    places: HashMap<u64, Places, BuildHasherDefault<FxHasher>>,
    other: Vec<u32>,
}

#[derive(Debug)]
enum Places {
    One(u32),
    Many(Vec<u32>),
}

/// Below this a scan is as fast.
const WORTHWHILE: u32 = 32;

impl ElementIndex {
    fn hash(&self, value: &str) -> u64 {
        let mut state = self.hasher.build_hasher();
        fold::hash(value, &mut state);
        state.finish()
    }

    fn add(&mut self, value: &str, offset: u32) {
        if !value.is_ascii() {
            self.other.push(offset);
            return;
        }
        let hash = self.hash(value);
        self.places
            .entry(hash)
            .and_modify(|places| match places {
                Places::One(first) => *places = Places::Many(vec![*first, offset]),
                Places::Many(many) => many.push(offset),
            })
            .or_insert(Places::One(offset));
    }

    fn remove(&mut self, value: &str, offset: u32) {
        if !value.is_ascii() {
            self.other.retain(|o| *o != offset);
            return;
        }
        let hash = self.hash(value);
        match self.places.get_mut(&hash) {
            Some(Places::Many(many)) if many.len() > 1 => many.retain(|o| *o != offset),
            Some(_) => drop(self.places.remove(&hash)),
            None => {}
        }
    }
}

impl Arena {
    /// The elements of an array whose `value` (or which themselves) may be equal to a text, in any case.
    ///
    /// All equal ones are among them; the caller decides which are. Large arrays are looked up, small ones scanned.
    pub(crate) fn candidates(&mut self, array: Slot, value: &str) -> Vec<Slot> {
        let parent = self.node(array.0);
        if parent.b < WORTHWHILE || !value.is_ascii() {
            return self.elements(array).collect();
        }
        self.build_index(array);
        let Some(index) = self.extra().and_then(|e| e.index.as_ref()) else { return Vec::new() };
        let found: &[u32] = match index.places.get(&index.hash(value)) {
            Some(Places::One(one)) => std::slice::from_ref(one),
            Some(Places::Many(many)) => many,
            None => &[],
        };
        found.iter().chain(&index.other).map(|offset| Slot(parent.a + offset)).collect()
    }

    fn build_index(&mut self, array: Slot) {
        if self.extra().and_then(|e| e.index.as_ref()).is_some_and(|i| i.array == array.0) {
            return;
        }
        let parent = self.node(array.0);
        let mut index = ElementIndex {
            array: array.0,
            hasher: RandomState::new(),
            places: HashMap::with_capacity_and_hasher(parent.b as usize, BuildHasherDefault::default()),
            other: Vec::new(),
        };
        for offset in 0..parent.b {
            if let Some(value) = self.element_value(self.node(parent.a + offset)) {
                index.add(value, offset);
            }
        }
        self.extra_mut().index = Some(index);
    }

    fn element_value(&self, element: Node) -> Option<&str> {
        if element.is_object() {
            let at = self.find_child_by_key(element.a, element.b, Self::value_key()?)?;
            self.value(at).as_str()
        } else {
            ValueRef::new(self, element).as_str()
        }
    }

    pub(super) fn index_added(&mut self, array: u32, element: u32) {
        self.update_index(array, element, ElementIndex::add);
    }

    pub(super) fn index_removed(&mut self, array: u32, element: u32) {
        self.update_index(array, element, ElementIndex::remove);
    }

    fn update_index(&mut self, array: u32, element: u32, change: fn(&mut ElementIndex, &str, u32)) {
        let Some(mut index) = self.extra.as_mut().and_then(|e| e.index.take()) else { return };
        let offset = element - self.node(array).a;
        if index.array == array
            && let Some(value) = self.element_value(self.node(element))
        {
            change(&mut index, value, offset);
        }
        self.extra_mut().index = Some(index);
    }

    /// The array that is indexed may be a child that moves.
    pub(super) fn index_moved(&mut self, from: u32, to: u32) {
        if let Some(index) = self.extra.as_mut().and_then(|e| e.index.as_mut())
            && index.array == from
        {
            index.array = to;
        }
    }

    pub(super) fn drop_index(&mut self, array: u32) {
        if let Some(extra) = &mut self.extra
            && extra.index.as_ref().is_some_and(|i| i.array == array)
        {
            extra.index = None;
        }
    }

    /// Drops the index when a write may change what it knows: a `value`, an element, or something that holds the array.
    pub(super) fn forget_index(&mut self, written: u32, old: Node) {
        let Some(index) = self.extra().and_then(|e| e.index.as_ref()) else { return };
        let array = self.node(index.array);
        let inside = written >= array.a && written - array.a < array.b;
        let is_value = Some(self.canon(old.key())) == Self::value_key();
        if inside || is_value || old.is_array() || old.is_object() {
            self.extra_mut().index = None;
        }
    }
}
