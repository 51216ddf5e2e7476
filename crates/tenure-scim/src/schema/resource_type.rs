//! A resource type: where resources of one kind live and what they consist of.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SchemaError;
use crate::uri::{self, SchemaUri};

/// The endpoint, base schema and extensions of one kind of resource.
///
/// Spec: RFC 7643 section 6.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceType {
    /// The identifier, often the same as the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name, as `meta.resourceType` has it.
    pub name: String,
    /// What the type is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The path below the base of the service provider, for example `/Users`.
    pub endpoint: String,
    /// The base schema.
    pub schema: SchemaUri,
    /// The extensions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schema_extensions: Vec<SchemaExtension>,
}

/// An extension of a resource type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SchemaExtension {
    /// The schema of the extension.
    pub schema: SchemaUri,
    /// Whether every resource must have it, with its required attributes.
    pub required: bool,
}

impl ResourceType {
    /// A resource type without extensions.
    pub fn new(name: &str, endpoint: &str, schema: SchemaUri) -> Self {
        Self {
            id: Some(name.to_owned()),
            name: name.to_owned(),
            description: None,
            endpoint: endpoint.to_owned(),
            schema,
            schema_extensions: Vec::new(),
        }
    }

    /// The same type with one more extension.
    #[must_use]
    pub fn with_extension(mut self, schema: SchemaUri, required: bool) -> Self {
        self.schema_extensions.push(SchemaExtension { schema, required });
        self
    }

    /// Reads a resource type as `/ResourceTypes` serves it.
    ///
    /// # Errors
    /// When the name, the endpoint or the schema is missing or wrong.
    pub fn from_json(value: Value) -> Result<Self, SchemaError> {
        serde_json::from_value(value).map_err(|e| SchemaError::new(&e))
    }

    /// The resource type as `/ResourceTypes` serves it, without `meta.location`.
    pub fn to_json(&self) -> Value {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(map) = &mut value {
            map.insert("schemas".to_owned(), vec![uri::RESOURCE_TYPE].into());
            map.insert("meta".to_owned(), serde_json::json!({ "resourceType": "ResourceType" }));
        }
        value
    }
}
