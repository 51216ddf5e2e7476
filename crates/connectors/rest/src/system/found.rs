use serde_json::{Map, Value};
use tenure_connector::{Context, ObjectClass};

/// An object that is there, and the call that it was found for.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// The call.
    pub ctx: &'a Context,
    /// What it is.
    pub class: &'a ObjectClass,
    /// Its id.
    pub id: &'a str,
    /// The object in the vendor's own JSON.
    pub item: &'a Value,
}

/// An object that is to be made.
#[derive(Debug)]
pub struct New<'a> {
    /// The call.
    pub ctx: &'a Context,
    /// What it is.
    pub class: &'a ObjectClass,
    /// What the mapping made of it: the vendor's own JSON.
    pub body: Map<String, Value>,
    /// Whether it is to work at once.
    pub active: bool,
}

impl<'a> Found<'a> {
    /// A text at a JSON pointer; `None` for nothing and for an empty one.
    #[must_use]
    pub fn text(&self, at: &str) -> Option<&'a str> {
        super::text(self.item, at)
    }

    /// Whether a flag at a JSON pointer is set.
    #[must_use]
    pub fn is(&self, at: &str) -> bool {
        super::is(self.item, at)
    }
}
