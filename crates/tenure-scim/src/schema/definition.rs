//! A schema: a named set of attributes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Attribute, AttributeType};
use crate::name::AttrName;
use crate::uri::{self, SchemaUri};

/// A named set of attributes: the base of a resource type, or an extension.
///
/// ```
/// use tenure_scim::Schema;
///
/// let schema = Schema::from_json(serde_json::json!({
///     "id": "urn:example:schemas:2.0:Badge",
///     "name": "Badge",
///     "attributes": [{ "name": "number", "type": "integer", "required": true }],
/// }))?;
/// assert_eq!(schema.attributes.len(), 1);
/// assert_eq!(schema.to_json()["attributes"][0]["mutability"], "readWrite");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Spec: RFC 7643 section 7.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Schema {
    /// The URI that resources name in `schemas`.
    pub id: SchemaUri,
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the schema is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The attributes.
    #[serde(default)]
    pub attributes: Vec<Attribute>,
}

/// Why a JSON value is no schema or resource type.
#[derive(Debug, thiserror::Error)]
#[error("no valid schema: {reason}")]
pub struct SchemaError {
    reason: String,
}

impl SchemaError {
    pub(crate) fn new(reason: &dyn std::error::Error) -> Self {
        Self { reason: reason.to_string() }
    }
}

impl Schema {
    /// A schema without attributes.
    pub fn new(id: SchemaUri) -> Self {
        Self { id, name: None, description: None, attributes: Vec::new() }
    }

    /// Reads a schema resource as `/Schemas` serves it.
    ///
    /// # Errors
    /// * When a field is missing or has a value that RFC 7643 section 7 does not know.
    /// * When two attributes have the same name, or sub-attributes are where they may not be.
    pub fn from_json(value: Value) -> Result<Self, SchemaError> {
        let schema: Self = serde_json::from_value(value).map_err(|e| SchemaError::new(&e))?;
        schema.check(&schema.attributes, "")?;
        Ok(schema)
    }

    /// The Schema schema itself nests deeper than it allows others to (RFC 7643 section 8.7.2).
    fn check(&self, attributes: &[Attribute], within: &str) -> Result<(), SchemaError> {
        for (at, attribute) in attributes.iter().enumerate() {
            let name = &attribute.name;
            let wrong =
                |what: &str| Err(SchemaError { reason: format!("attribute `{within}{name}` {what}") });
            if attributes.iter().take(at).any(|a| a.name == *name) {
                return wrong(&format!("occurs twice in schema `{}`", self.id));
            }
            if attribute.kind != AttributeType::Complex && !attribute.sub_attributes.is_empty() {
                return wrong("has sub-attributes and is not complex");
            }
            if attribute.kind == AttributeType::Complex && !within.is_empty() && self.id != uri::SCHEMA {
                return wrong("is complex inside a complex attribute");
            }
            self.check(&attribute.sub_attributes, &format!("{within}{name}."))?;
        }
        Ok(())
    }

    /// The schema resource as `/Schemas` serves it, without `meta.location`.
    pub fn to_json(&self) -> Value {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(map) = &mut value {
            map.insert("schemas".to_owned(), vec![uri::SCHEMA].into());
            map.insert("meta".to_owned(), serde_json::json!({ "resourceType": "Schema" }));
        }
        value
    }

    /// The attribute with this name.
    pub fn attribute(&self, name: &AttrName) -> Option<&Attribute> {
        self.attributes.iter().find(|a| a.name == *name)
    }
}
