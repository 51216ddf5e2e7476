//! An open object into the fields of a struct.

use super::field::wrong;
use super::{Field, Rest, TypedError};
use crate::arena::Builder;
use crate::resource::Resource;
use crate::value::{ObjectRef, ValueRef};

/// Reads fields, and notes which attributes they took.
#[derive(Debug)]
pub struct Reader<'a> {
    object: ObjectRef<'a>,
    taken: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    /// A reader of these attributes.
    pub fn new(object: ObjectRef<'a>) -> Self {
        Self { object, taken: Vec::new() }
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
    pub fn field<T: Field>(&mut self, name: &'static str) -> Result<T, TypedError> {
        match self.object.get(name).filter(|v| v.is_assigned()) {
            Some(value) => {
                self.taken.push(name);
                T::read(value).map_err(|e| e.within(name))
            }
            None => T::absent().ok_or_else(|| TypedError::new("a value", "none").within(name)),
        }
    }

    /// What no field took.
    pub fn rest(&self) -> Rest {
        let left = |name: &str| !self.taken.iter().any(|taken| taken.eq_ignore_ascii_case(name));
        if !self.object.iter().any(|(name, _)| left(name)) {
            return Rest::default();
        }
        let mut builder = Builder::with_capacity(64, 8);
        let mark = builder.open();
        for (name, value) in self.object.iter().filter(|(name, _)| left(name)) {
            let node = builder.copy(value);
            let key = builder.arena.key(name);
            builder.push(node.with_key(key));
        }
        let root = builder.close_object(mark);
        Rest::new(Resource::from_arena(builder.finish(root)))
    }
}
