use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tenure_scim::{AttrPath, Resource};

use crate::{ObjectRef, Version};

/// One object as a target system showed it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// How the system names it.
    pub object: ObjectRef,
    /// Its state for optimistic locking, when the system has such a thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// Its attributes, in the words of the connector's schema.
    pub resource: Resource,
    /// Multi-valued attributes of which only a part was read.
    ///
    /// A value that is missing from one of them says nothing; a reader must not take it for a removal.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub partial: BTreeSet<AttrPath>,
}

impl Object {
    /// Puts a reference and its attributes together.
    #[must_use]
    pub fn new(object: ObjectRef, resource: Resource) -> Self {
        Self { object, version: None, resource, partial: BTreeSet::new() }
    }

    /// Adds the version.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<Version>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Whether every value of this attribute was read.
    #[must_use]
    pub fn is_whole(&self, path: &AttrPath) -> bool {
        !self.partial.contains(path)
    }
}
