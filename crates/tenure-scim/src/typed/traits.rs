//! What structs stand for.

use super::{Field, TypedError};
use crate::resource::Resource;
use crate::schema::{RegistryError, ResourceType, Schema, SchemaRegistry};

/// A struct that stands for resources of one type. Derive it with `#[derive(Resource)]`; see [the module](super).
pub trait TypedResource: Sized {
    /// The resource type: name, endpoint, base schema and extensions.
    fn resource_type() -> ResourceType;

    /// The base schema, then those of the extensions.
    fn schemas() -> Vec<Schema>;

    /// Reads a resource.
    ///
    /// # Errors
    /// When a required attribute is missing, or a value has another type than its field.
    fn from_resource(resource: &Resource) -> Result<Self, TypedError>;

    /// The open resource, with everything that was read.
    fn to_resource(&self) -> Resource;

    /// Adds the resource type and its schemas to a registry.
    ///
    /// # Errors
    /// None for derived types: their schemas are added first.
    fn register(registry: &mut SchemaRegistry) -> Result<(), RegistryError> {
        for schema in Self::schemas() {
            registry.add_schema(schema);
        }
        registry.add_resource_type(Self::resource_type())
    }
}

/// A struct that stands for an extension. Derive it with `#[derive(Extension)]`; see [the module](super).
pub trait Extension: Field {
    /// The URI of the schema.
    const URI: &'static str;

    /// The schema.
    fn schema() -> Schema;
}

/// What may be the type of a field with `#[scim(extension)]`: an extension, or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no extension",
    note = "derive `Extension` for the struct; the field may be an `Option` of it"
)]
pub trait ExtensionField: Field {
    /// The URI of the schema.
    const URI: &'static str;
    /// Whether every resource has the extension.
    const REQUIRED: bool;

    /// The schema.
    fn schema() -> Schema;
}

impl<E: Extension> ExtensionField for E {
    const URI: &'static str = E::URI;
    const REQUIRED: bool = true;

    fn schema() -> Schema {
        <E as Extension>::schema()
    }
}

impl<E: Extension> ExtensionField for Option<E> {
    const URI: &'static str = E::URI;
    const REQUIRED: bool = false;

    fn schema() -> Schema {
        <E as Extension>::schema()
    }
}
