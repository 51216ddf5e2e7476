mod discover;
mod features;

use std::collections::BTreeSet;

use tenure_scim::{ResourceSchema, ResourceType, SchemaRegistry, SchemaUri};

pub(crate) use self::discover::discover;
pub use self::features::{BulkLimits, Claim, Features, Paging};

/// What a peer says about itself, as far as it could be understood.
///
/// Nothing that is missing or wrong in it takes anything away: the client then works as if the peer had said nothing.
/// What looked wrong is in [`warnings`](Self::warnings).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Peer {
    /// What it claims to support.
    pub features: Features,
    /// What it calls its resource types; those of RFC 7643 when it does not say.
    pub resource_types: Vec<ResourceType>,
    /// What looked wrong in its answers.
    pub warnings: Vec<String>,
    registry: SchemaRegistry,
    shown: BTreeSet<SchemaUri>,
}

impl Peer {
    /// The schema of a resource type: the peer's own, else that of RFC 7643.
    #[must_use]
    pub fn schema(&self, resource_type: &str) -> Option<&ResourceSchema> {
        self.registry.resource(resource_type)
    }

    /// Whether the peer showed the base schema of a resource type itself, so that what is not in it is not kept.
    #[must_use]
    pub fn shows(&self, resource_type: &str) -> bool {
        self.schema(resource_type).is_some_and(|schema| self.shown.contains(&schema.base().id))
    }

    /// The schemas and resource types that the peer has, with those of RFC 7643 where it says nothing.
    #[must_use]
    pub fn registry(&self) -> &SchemaRegistry {
        &self.registry
    }

    /// The resource type with this name.
    #[must_use]
    pub fn resource_type(&self, name: &str) -> Option<&ResourceType> {
        self.resource_types.iter().find(|kind| kind.name.eq_ignore_ascii_case(name))
    }
}
