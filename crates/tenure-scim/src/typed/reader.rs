//! An open object into the fields of a struct.

use super::field::wrong;
use super::{Field, Rest, TypedError};
use crate::arena::{Builder, Key, Seen, known};
use crate::resource::Resource;
use crate::value::{ObjectRef, ValueRef};

/// The name of a field, looked up among the standard names when the program is compiled.
#[derive(Debug, Clone, Copy)]
pub struct Name {
    pub(super) text: &'static str,
    pub(super) key: Option<Key>,
}

impl Name {
    /// The name as it stands in the schema.
    pub const fn new(text: &'static str) -> Self {
        Self { text, key: known::exact(text) }
    }
}

/// Reads fields, and notes which attributes they took.
#[derive(Debug)]
pub struct Reader<'a> {
    object: ObjectRef<'a>,
    taken: Seen,
    /// How many attributes were taken.
    count: usize,
}

impl<'a> Reader<'a> {
    /// A reader of these attributes.
    pub fn new(object: ObjectRef<'a>) -> Self {
        Self { object, taken: Seen::default(), count: 0 }
    }

    /// A reader of a complex value.
    ///
    /// # Errors
    /// When the value is no object.
    pub fn of(value: ValueRef<'a>) -> Result<Self, TypedError> {
        value.as_object().map(Self::new).ok_or_else(|| wrong("an object", value))
    }

    /// Reads one field.
    ///
    /// # Errors
    /// When the attribute is required and absent, or has another type.
    pub fn field<T: Field>(&mut self, name: Name) -> Result<T, TypedError> {
        let Name { text: name, key } = name;
        let found = match key {
            Some(key) => self.object.find_key(key),
            None => self.object.find_named(name),
        };
        let found = found.map(|f| (f, f.value())).filter(|(_, v)| v.is_assigned());
        match found {
            Some((found, value)) => {
                self.count += usize::from(!self.taken.add(found.canon()));
                T::read(value).map_err(|e| e.within(name))
            }
            None => T::absent().ok_or_else(|| TypedError::new("a value", "none").within(name)),
        }
    }

    /// What no field took.
    pub fn rest(&self) -> Rest {
        if self.count == self.object.len() {
            return Rest::default();
        }
        let left = self.object.members().filter(|found| !self.taken.has(found.canon()));
        let mut builder = Builder::with_capacity(64, 8);
        let mark = builder.open();
        for found in left {
            let node = builder.copy(found.value());
            let key = builder.arena.key(found.name());
            builder.push(node.with_key(key));
        }
        let root = builder.close_object(mark);
        Rest::new(Resource::from_arena(builder.finish(root)))
    }
}
