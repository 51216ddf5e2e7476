//! The open resource: any SCIM object, with everything it carries.

mod access;
mod change;
mod id;
mod serde;
mod text;

pub use id::check_id;

pub use crate::json::{DuplicateNames, ParseError, ParseErrorKind, ParseLimits};

use crate::arena::{Answer, Arena, Probe, Slot};
use crate::value::{Found, ObjectRef, ValueRef, Whereabouts};

/// Any SCIM resource, known or unknown, with every attribute it came with.
///
/// Absent, `null` and `[]` are told apart, numbers keep their digits, and names are found in any case and keep the one
/// they were written in. Two resources are equal when they are the same SCIM state (RFC 7643 section 2.5): the order of
/// members and elements does not count, and unassigned is as good as absent.
///
/// Reading and writing text keeps every digit of a number. On the way through `serde` or `serde_json::Value`, numbers
/// that are no whole numbers of 64 bits become doubles; values in a [`Patch`](crate::Patch) are of that kind. The feature
/// `exact-numbers` keeps their digits as well, and [`rounded`](crate::value::rounded) tells which text needs it.
///
/// A resource is compact: about as long as its JSON text, in two allocations.
///
/// ```
/// use tenure_scim::{Resource, ValueRef};
///
/// let mut user: Resource = r#"{
///     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
///     "userName": "anna",
///     "nickName": null,
///     "urn:example:ext:2.0:Desk": { "floor": 3 }
/// }"#.parse()?;
///
/// assert_eq!(user.text("username"), Some("anna"));
/// assert_eq!(user.attr("nickName"), Some(ValueRef::Null));
/// assert_eq!(user.attr("title"), None);
/// assert_eq!(user.attr("urn:example:ext:2.0:Desk:floor").and_then(|v| v.as_i64()), Some(3));
///
/// user.set(&"name.familyName".parse()?, "Berg");
/// assert_eq!(user.text("name.familyName"), Some("Berg"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Resource {
    arena: Arena,
}

impl Resource {
    /// A resource of one schema and nothing else.
    pub fn new(schema: &str) -> Self {
        let mut resource = Self::default();
        resource.add_schema(schema);
        resource
    }

    /// All attributes at the top level as one object.
    #[inline]
    pub fn as_object(&self) -> ObjectRef<'_> {
        ObjectRef::new(&self.arena, self.arena.root())
    }

    /// The same, not yet read.
    #[inline]
    pub(crate) fn as_found(&self) -> Found<'_> {
        Found::new(&self.arena, self.arena.root_ref())
    }

    /// All attributes at the top level as one value.
    pub fn as_value(&self) -> ValueRef<'_> {
        self.arena.at(Slot::ROOT)
    }

    /// Whether an attribute may have a text; `false` is certain.
    #[inline]
    pub(crate) fn may_have(&self, probe: &Probe) -> bool {
        self.arena.digest().may_have(probe)
    }

    /// Whether an attribute has it, as far as can be told without a look.
    #[inline]
    pub(crate) fn ask(&self, probe: &Probe) -> Answer {
        self.arena.digest().ask(probe)
    }

    /// Reads a little of the resource, so that it is in the processor's cache when it is looked at.
    ///
    /// Who looks at many resources calls this for the next dozens before looking at the first of them: the waits for memory
    /// then overlap. It changes nothing.
    #[inline]
    pub fn read_ahead(&self) {
        std::hint::black_box(self.arena.touch_all());
    }

    /// Reads a little at some places, which need not be the right ones.
    #[inline]
    pub(crate) fn touch(&self, at: Whereabouts) -> u32 {
        self.arena.touch(at)
    }

    /// The inside, for changes in place.
    pub(crate) fn arena_mut(&mut self) -> &mut Arena {
        &mut self.arena
    }
}

impl Default for Resource {
    fn default() -> Self {
        Self { arena: Arena::new() }
    }
}

impl PartialEq for Resource {
    fn eq(&self, other: &Self) -> bool {
        self.as_object() == other.as_object()
    }
}

impl std::fmt::Debug for Resource {
    /// Prints all attributes, with a mask in place of a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_object().fmt(f)
    }
}

#[cfg(test)]
mod tests;
