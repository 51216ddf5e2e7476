//! The schemas and resource types a program knows.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{ResourceSchema, ResourceType, Schema, builtin};
use crate::uri::SchemaUri;

/// The schemas and resource types a program knows, compiled for look-ups without allocation.
///
/// ```
/// use tenure_scim::{ResourceType, Schema, SchemaRegistry};
///
/// let mut registry = SchemaRegistry::builtin();
/// registry.add_schema(Schema::from_json(serde_json::json!({
///     "id": "urn:example:schemas:2.0:Badge",
///     "attributes": [{ "name": "number", "type": "integer", "required": true }],
/// }))?);
/// registry.add_resource_type(ResourceType::new("Badge", "/Badges", "urn:example:schemas:2.0:Badge".parse()?))?;
///
/// let badges = registry.by_endpoint("/Badges").ok_or("no such endpoint")?;
/// assert!(badges.attribute(&"number".parse()?).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct SchemaRegistry {
    schemas: IndexMap<SchemaUri, Arc<Schema>>,
    resources: Vec<Arc<ResourceSchema>>,
}

/// Why a resource type cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The resource type names a schema that the registry does not have.
    #[error("resource type `{resource_type}` names schema `{schema}`, which is not in the registry")]
    UnknownSchema {
        /// The resource type.
        resource_type: String,
        /// The schema.
        schema: SchemaUri,
    },
}

impl SchemaRegistry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// A registry with the schemas and resource types of RFC 7643.
    pub fn builtin() -> Self {
        builtin::registry()
    }

    /// The same registry with the device resources of RFC 9944: `Device` with its bootstrapping extensions, and
    /// `EndpointApp`.
    ///
    /// ```
    /// use tenure_scim::SchemaRegistry;
    ///
    /// let registry = SchemaRegistry::builtin().with_devices();
    /// let devices = registry.by_endpoint("/Devices").ok_or("no such endpoint")?;
    /// let mac = "urn:ietf:params:scim:schemas:extension:ble:2.0:Device:deviceMacAddress".parse()?;
    /// assert!(devices.attribute(&mac).is_some_and(|a| a.required));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_devices(mut self) -> Self {
        builtin::add_devices(&mut self);
        self
    }

    /// Adds a schema, in place of one with the same URI.
    ///
    /// Resource types that were added before keep the schema they were compiled with; add them again to change that.
    pub fn add_schema(&mut self, schema: Schema) {
        self.schemas.insert(schema.id.clone(), Arc::new(schema));
    }

    /// Adds a resource type, in place of one with the same name.
    ///
    /// # Errors
    /// When the registry does not have its schema or one of its extensions.
    pub fn add_resource_type(&mut self, resource_type: ResourceType) -> Result<(), RegistryError> {
        let find = |schema: &SchemaUri| {
            self.schemas.get(schema).cloned().ok_or_else(|| RegistryError::UnknownSchema {
                resource_type: resource_type.name.clone(),
                schema: schema.clone(),
            })
        };
        let base = find(&resource_type.schema)?;
        let extensions = resource_type
            .schema_extensions
            .iter()
            .map(|e| Ok((find(&e.schema)?, e.required)))
            .collect::<Result<Vec<_>, RegistryError>>()?;
        let compiled = Arc::new(ResourceSchema::compile(resource_type, base, extensions));
        match self.resources.iter_mut().find(|r| r.name().eq_ignore_ascii_case(compiled.name())) {
            Some(slot) => *slot = compiled,
            None => self.resources.push(compiled),
        }
        Ok(())
    }

    /// The schema with this URI.
    pub fn schema(&self, id: &SchemaUri) -> Option<&Schema> {
        self.schemas.get(id).map(Arc::as_ref)
    }

    /// All schemas in the order they were added.
    pub fn schemas(&self) -> impl Iterator<Item = &Schema> {
        self.schemas.values().map(Arc::as_ref)
    }

    /// The compiled resource type with this name, in any case.
    pub fn resource(&self, name: &str) -> Option<&ResourceSchema> {
        self.resources.iter().find(|r| r.name().eq_ignore_ascii_case(name)).map(Arc::as_ref)
    }

    /// The compiled resource type at this endpoint, for example `/Users`.
    pub fn by_endpoint(&self, endpoint: &str) -> Option<&ResourceSchema> {
        let wanted = endpoint.trim_matches('/');
        self.resources
            .iter()
            .find(|r| r.resource_type().endpoint.trim_matches('/') == wanted)
            .map(Arc::as_ref)
    }

    /// The compiled resource type with this base schema.
    pub fn by_schema(&self, schema: &SchemaUri) -> Option<&ResourceSchema> {
        self.resources.iter().find(|r| r.base().id == *schema).map(Arc::as_ref)
    }

    /// All compiled resource types in the order they were added.
    pub fn resources(&self) -> impl Iterator<Item = &ResourceSchema> {
        self.resources.iter().map(Arc::as_ref)
    }
}
