//! What identifies a value within its attribute, without a copy of its text.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use super::super::element::{is_identity, value_rule};
use super::many::text_of;
use super::{Place, assigned};
use crate::name::fold;
use crate::precis::Rule;
use crate::value::{ArrayRef, ValueRef};

/// A text under the rule by which it is compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'r> {
    rule: Rule,
    text: &'r str,
}

impl<'r> Text<'r> {
    /// The `type` of a value.
    pub(super) fn kind(text: &'r str) -> Self {
        Self { rule: Rule::Fold, text }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text || self.rule.cmp(self.text, other.text).is_eq()
    }
}

impl Eq for Text<'_> {}

impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let key = if self.text.is_ascii() { Cow::Borrowed(self.text) } else { self.rule.key(self.text) };
        fold::hash(&key, state);
    }
}

/// What identifies one value.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Key<'r> {
    Value(Text<'r>, Text<'r>),
    Type(Text<'r>),
    /// There is neither a `value` nor a `type`.
    Whole(Whole<'r>),
}

/// A value that is identified by all that it says.
#[derive(Debug)]
pub(super) struct Whole<'r>(ValueRef<'r>);

impl PartialEq for Whole<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Whole<'_> {}

impl Hash for Whole<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.fingerprint());
    }
}

/// How the values of one attribute are told apart.
pub(super) struct Keys<'a, 'p> {
    pub(super) place: &'p Place<'a>,
    pub(super) rule: Rule,
    /// Whether `value` alone identifies.
    pub(super) by_value: bool,
}

/// The values of an attribute by their keys, each with its position.
pub(super) type Index<'r> = HashMap<Key<'r>, (usize, ValueRef<'r>)>;

impl<'a, 'p> Keys<'a, 'p> {
    pub(super) fn new(place: &'p Place<'a>) -> Self {
        Self { place, rule: value_rule(place.attribute), by_value: is_identity(place.attribute) }
    }

    pub(super) fn of<'r>(&self, element: ValueRef<'r>) -> Key<'r> {
        let kind = if self.by_value { None } else { text_of(element, "type") };
        let kind = Text::kind(kind.unwrap_or_default());
        match self.value(element) {
            Some(value) => Key::Value(value, kind),
            None if !kind.text.is_empty() => Key::Type(kind),
            None => Key::Whole(Whole(element)),
        }
    }

    pub(super) fn value<'r>(&self, element: ValueRef<'r>) -> Option<Text<'r>> {
        let text = element.as_str().or_else(|| text_of(element, "value"))?;
        Some(Text { rule: self.rule, text })
    }

    /// The values by key; `None` when two have the same.
    pub(super) fn index<'r>(&self, elements: ArrayRef<'r>) -> Option<Index<'r>> {
        let mut index = HashMap::with_capacity(elements.len());
        for (position, element) in elements.iter().enumerate() {
            if !self.add(&mut index, position, element) {
                return None;
            }
        }
        Some(index)
    }

    /// Adds a value; says whether it is one and was not there.
    pub(super) fn add<'r>(&self, index: &mut Index<'r>, position: usize, element: ValueRef<'r>) -> bool {
        assigned(element) && index.insert(self.of(element), (position, element)).is_none()
    }
}
