//! One resource type, compiled: its base schema and its extensions.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::common::{common_attributes, with_implied};
use super::{Attribute, ResourceType, Schema};
use crate::name::AttrName;
use crate::path::AttrPath;
use crate::uri::SchemaUri;

/// One resource type with its base schema, its extensions and the attributes that every resource has.
///
/// ```
/// use tenure_scim::SchemaRegistry;
///
/// let registry = SchemaRegistry::builtin();
/// let users = registry.resource("User").ok_or("no such resource type")?;
/// assert!(users.attribute(&"meta.lastModified".parse()?).is_some());
/// assert!(users.attribute(&"urn:ietf:params:scim:schemas:core:2.0:User:userName".parse()?).is_some());
/// assert!(users.attribute(&"department".parse()?).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ResourceSchema {
    resource_type: ResourceType,
    base: Arc<Schema>,
    attributes: Vec<Attribute>,
    index: FxHashMap<AttrName, usize>,
    extensions: Vec<Extension>,
}

#[derive(Debug, Clone)]
struct Extension {
    schema: Arc<Schema>,
    required: bool,
    attributes: Vec<Attribute>,
    index: FxHashMap<AttrName, usize>,
}

/// What a path means in one resource type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resolved<'a> {
    /// The extension the attribute belongs to; `None` for the base schema and the common attributes.
    pub extension: Option<&'a Schema>,
    /// The attribute.
    pub attribute: &'a Attribute,
    /// The sub-attribute, when the path names one.
    pub sub: Option<&'a Attribute>,
}

impl<'a> Resolved<'a> {
    /// What the path ends at: the sub-attribute if there is one, else the attribute.
    pub fn leaf(&self) -> &'a Attribute {
        self.sub.unwrap_or(self.attribute)
    }
}

impl ResourceSchema {
    pub(super) fn compile(
        resource_type: ResourceType,
        base: Arc<Schema>,
        extensions: Vec<(Arc<Schema>, bool)>,
    ) -> Self {
        let mut attributes = common_attributes();
        attributes.retain(|a| base.attribute(&a.name).is_none());
        attributes.extend(base.attributes.iter().map(with_implied));
        let compile = |(schema, required): (Arc<Schema>, bool)| {
            let attributes: Vec<_> = schema.attributes.iter().map(with_implied).collect();
            Extension { index: index(&attributes), schema, required, attributes }
        };
        let extensions = extensions.into_iter().map(compile).collect();
        Self { resource_type, index: index(&attributes), base, attributes, extensions }
    }

    /// The name of the resource type.
    pub fn name(&self) -> &str {
        &self.resource_type.name
    }

    /// The resource type.
    pub fn resource_type(&self) -> &ResourceType {
        &self.resource_type
    }

    /// The base schema.
    pub fn base(&self) -> &Schema {
        &self.base
    }

    /// The common attributes and those of the base schema.
    ///
    /// Multi-valued complex attributes have the sub-attributes that RFC 7643 section 2.4 gives them even where the
    /// schema leaves them out: `primary` everywhere, `display` beside a `value`, and all five where there are none.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The extensions, each with whether it is required.
    pub fn extensions(&self) -> impl Iterator<Item = (&Schema, bool)> {
        self.extensions.iter().map(|e| (e.schema.as_ref(), e.required))
    }

    /// The extension with this URI.
    pub fn extension(&self, schema: &SchemaUri) -> Option<&Schema> {
        self.extensions.iter().find(|e| e.schema.id == *schema).map(|e| e.schema.as_ref())
    }

    /// The attributes of the extension with this URI, with the same sub-attributes as [`ResourceSchema::attributes`].
    pub fn extension_attributes(&self, schema: &SchemaUri) -> Option<&[Attribute]> {
        self.extensions.iter().find(|e| e.schema.id == *schema).map(|e| e.attributes.as_slice())
    }

    /// What a path means here; `None` when the resource type does not have the attribute.
    ///
    /// A path without schema means the base schema, as RFC 7644 section 3.10 has it.
    pub fn resolve(&self, path: &AttrPath) -> Option<Resolved<'_>> {
        let (extension, attribute) = match path.schema() {
            Some(schema) if *schema != self.base.id => {
                let extension = self.extensions.iter().find(|e| e.schema.id == *schema)?;
                let position = *extension.index.get(path.name())?;
                (Some(extension.schema.as_ref()), extension.attributes.get(position)?)
            }
            _ => (None, self.attributes.get(*self.index.get(path.name())?)?),
        };
        let sub = match path.sub() {
            Some(sub) => Some(attribute.sub(sub)?),
            None => None,
        };
        Some(Resolved { extension, attribute, sub })
    }

    /// The attribute or sub-attribute that a path ends at.
    pub fn attribute(&self, path: &AttrPath) -> Option<&Attribute> {
        self.resolve(path).map(|r| r.leaf())
    }
}

fn index(attributes: &[Attribute]) -> FxHashMap<AttrName, usize> {
    attributes.iter().enumerate().map(|(i, a)| (a.name.clone(), i)).collect()
}
