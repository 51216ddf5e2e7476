//! What derived code calls; not for use by hand.

pub use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use super::reader::{Name, Reader};
pub use super::writer::{Writer, resource};

use super::Field;
use crate::name::AttrName;
use crate::schema::{Attribute, AttributeType, ResourceType, Schema, SchemaExtension};
use crate::uri::SchemaUri;

/// A schema with its attributes.
pub fn schema(
    uri: &'static str,
    name: &str,
    description: Option<&str>,
    attributes: Vec<Attribute>,
) -> Schema {
    let mut schema = Schema::new(SchemaUri::from_static(uri));
    schema.name = Some(name.to_owned());
    schema.description = description.map(str::to_owned);
    schema.attributes = attributes;
    schema
}

/// A resource type with its extensions, each with whether it is required.
pub fn resource_type(
    name: &str,
    endpoint: &str,
    schema: &'static str,
    description: Option<&str>,
    extensions: Vec<(&'static str, bool)>,
) -> ResourceType {
    let mut resource_type = ResourceType::new(name, endpoint, SchemaUri::from_static(schema));
    resource_type.description = description.map(str::to_owned);
    let extension = |(uri, required)| SchemaExtension { schema: SchemaUri::from_static(uri), required };
    resource_type.schema_extensions = extensions.into_iter().map(extension).collect();
    resource_type
}

/// An attribute whose values are of type `T`.
pub fn attribute<T: Field>(
    name: &'static str,
    description: Option<&str>,
    change: impl FnOnce(&mut Attribute),
) -> Attribute {
    let mut attribute = Attribute::new(AttrName::from_static(name), AttributeType::String);
    T::describe(&mut attribute);
    attribute.required = T::absent().is_none();
    attribute.description = description.map(str::to_owned);
    change(&mut attribute);
    attribute
}

/// An error of a deserialiser.
pub fn custom<E: serde::de::Error>(error: super::TypedError) -> E {
    E::custom(error)
}
