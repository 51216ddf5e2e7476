//! Where in an identity one tested value is.

use tenure_scim::{AttrName, AttrPath, ObjectRef, ResourceSchema, ValueRef};

/// An attribute, or a sub-attribute of a complex one, that conditions test.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    /// Index of the extension the attribute is in.
    pub(super) extension: Option<usize>,
    pub(super) name: AttrName,
    pub(super) sub: Option<AttrName>,
}

/// A value as far as a table can have an answer for it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    Absent,
    Null,
    Bool(bool),
    Text(&'a str),
    /// Numbers, lists and the like: conditions look for themselves.
    Other,
}

impl Slot {
    /// The slot of a path; `None` where what it names depends on more than the path.
    pub(super) fn of(
        path: &AttrPath,
        open: bool,
        schema: &ResourceSchema,
        extensions: &mut Vec<String>,
    ) -> Option<Self> {
        let extension = match open {
            true if path.schema().is_some() => return None,
            true => None,
            false => schema.resolve(path)?.extension.map(|extension| {
                let urn = extension.id.as_str();
                extensions.iter().position(|known| known == urn).unwrap_or_else(|| {
                    extensions.push(urn.to_owned());
                    extensions.len() - 1
                })
            }),
        };
        Some(Self { extension, name: path.name().clone(), sub: path.sub().cloned() })
    }

    /// The value here, where `inside` is the resource or the extension; `place` is where the last one had it.
    #[inline]
    pub(super) fn find<'a>(&self, inside: Option<ObjectRef<'a>>, place: &mut u32) -> Found<'a> {
        let Some(value) = inside.and_then(|object| object.named_near(&self.name, place)) else {
            return Found::Absent;
        };
        match (&self.sub, value) {
            (None, value) => Found::new(value),
            (Some(sub), ValueRef::Object(object)) => object.named(sub).map_or(Found::Absent, Found::new),
            (Some(_), ValueRef::Null) => Found::Null,
            (Some(_), _) => Found::Other,
        }
    }
}

impl<'a> Found<'a> {
    fn new(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Bool(value) => Self::Bool(value),
            ValueRef::String(text) => Self::Text(text),
            _ => Self::Other,
        }
    }
}
