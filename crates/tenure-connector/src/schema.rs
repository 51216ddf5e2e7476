use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_scim::{ResourceType, Schema};

use crate::{EntitlementRef, ObjectClass};

/// Describes the objects of a system with SCIM schemas, and which entitlements exclude each other.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ConnectorSchema {
    /// The classes.
    pub classes: BTreeMap<ObjectClass, ClassSchema>,
    /// The groups of entitlements of which an account holds at most one, such as licence tiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusive: Vec<ExclusiveGroup>,
}

/// Describes the objects of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassSchema {
    /// The resource type: its main schema and its extensions.
    pub resource_type: ResourceType,
    /// The schemas that the resource type names.
    pub schemas: Vec<Schema>,
    /// The names of the secondary identifiers that the connector can find an object by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found_by: Vec<String>,
}

/// A set of entitlements of which an account holds at most one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExclusiveGroup {
    /// The name, as an entitlement refers to it.
    pub name: String,
    /// The members.
    pub members: Vec<EntitlementRef>,
    /// The one that a revoke falls back to, when an account cannot be without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<EntitlementRef>,
}

impl ConnectorSchema {
    /// Starts with no class.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a class.
    #[must_use]
    pub fn with(mut self, class: ObjectClass, schema: ClassSchema) -> Self {
        self.classes.insert(class, schema);
        self
    }

    /// Adds a group of entitlements that exclude each other.
    #[must_use]
    pub fn with_exclusive(mut self, group: ExclusiveGroup) -> Self {
        self.exclusive.push(group);
        self
    }

    /// The exclusive group that an entitlement belongs to.
    #[must_use]
    pub fn exclusive_group(&self, entitlement: &EntitlementRef) -> Option<&ExclusiveGroup> {
        self.exclusive.iter().find(|group| group.members.contains(entitlement))
    }
}
