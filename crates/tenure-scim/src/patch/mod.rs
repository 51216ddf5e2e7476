//! PATCH (RFC 7644 section 3.5.2): the message, its application, and the difference of two resources as one.

mod apply;
mod conform;
mod diff;
mod element;
mod join;
mod multi;
mod singular;
mod target;
mod wire;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

pub(crate) use conform::Conform;
pub use diff::diff;

use crate::error::ScimError;
use crate::path::{AttrPath, PatchPath};
use crate::profile::{Fired, Profile};
use crate::resource::Resource;
use crate::schema::ResourceSchema;

/// A PATCH request: operations that are applied in order, all or none.
///
/// # Examples
///
/// ```
/// use tenure_scim::{Patch, Resource, SchemaRegistry};
///
/// let registry = SchemaRegistry::builtin();
/// let groups = registry.resource("Group").ok_or("no such resource type")?;
/// let mut staff: Resource = r#"{"displayName": "Staff", "members": [{"value": "1"}, {"value": "2"}]}"#.parse()?;
///
/// let patch: Patch = serde_json::from_str(r#"{
///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [
///         {"op": "remove", "path": "members[value eq \"1\"]"},
///         {"op": "add", "path": "members", "value": [{"value": "3"}]}
///     ]
/// }"#)?;
/// assert!(patch.apply(&mut staff, groups)?.changed);
/// assert_eq!(staff.to_json()["members"], serde_json::json!([{"value": "2"}, {"value": "3"}]));
/// assert!(!patch.apply(&mut staff, groups)?.changed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patch {
    /// The operations, in the order in which they are applied.
    pub operations: Vec<PatchOperation>,
}

/// One operation of a [`Patch`].
#[derive(Clone, Debug, PartialEq)]
pub struct PatchOperation {
    /// What to do.
    pub op: PatchOp,
    /// Where; without a path, at the attributes that the value names.
    pub path: Option<PatchPath>,
    /// With what.
    pub value: Option<Value>,
}

/// What an operation does.
///
/// Exhaustive: RFC 7644 section 3.5.2 closes the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PatchOp {
    /// Adds values, merges complex attributes, sets singular ones.
    Add,
    /// Removes an attribute, or some of its values.
    Remove,
    /// Replaces all values, merges complex attributes, sets singular ones.
    Replace,
}

/// What applying a patch did.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct PatchReport {
    /// Whether any operation changed the resource; if not, `meta.lastModified` stays as it is.
    pub changed: bool,
    /// The attributes that the operations named.
    pub touched: BTreeSet<AttrPath>,
    /// The tolerances that were needed.
    pub fired: Fired,
}

impl Patch {
    /// Whether there is no operation.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The same patch with one more `add`.
    #[must_use]
    pub fn add(self, path: impl Into<PatchPath>, value: impl Into<Value>) -> Self {
        self.with(PatchOp::Add, path.into(), Some(value.into()))
    }

    /// The same patch with one more `replace`.
    #[must_use]
    pub fn replace(self, path: impl Into<PatchPath>, value: impl Into<Value>) -> Self {
        self.with(PatchOp::Replace, path.into(), Some(value.into()))
    }

    /// The same patch with one more `remove`.
    #[must_use]
    pub fn remove(self, path: impl Into<PatchPath>) -> Self {
        self.with(PatchOp::Remove, path.into(), None)
    }

    fn with(mut self, op: PatchOp, path: PatchPath, value: Option<Value>) -> Self {
        self.operations.push(PatchOperation { op, path: Some(path), value });
        self
    }

    /// Applies the patch strictly. After an error the resource is as it was.
    ///
    /// # Errors
    ///
    /// | `scimType` | when |
    /// |---|---|
    /// | `invalidPath` | a path names no attribute of the type |
    /// | `invalidFilter` | a value filter compares what cannot be compared |
    /// | `noTarget` | `remove` without path; a value filter that matches nothing |
    /// | `mutability` | a read-only or immutable attribute would change, a required one would be empty |
    /// | `invalidValue` | a value is missing, or does not fit its attribute; two values are primary |
    pub fn apply(&self, resource: &mut Resource, schema: &ResourceSchema) -> Result<PatchReport, ScimError> {
        self.apply_with(resource, schema, &Profile::strict())
    }

    /// Applies the patch with the tolerances of a peer. After an error the resource is as it was.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply).
    pub fn apply_with(
        &self,
        resource: &mut Resource,
        schema: &ResourceSchema,
        profile: &Profile,
    ) -> Result<PatchReport, ScimError> {
        apply::patch(self, resource, schema, profile)
    }
}

impl PatchOp {
    /// The operation as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
        }
    }
}

impl fmt::Display for PatchOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
