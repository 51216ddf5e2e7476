//! Schemas and resource types as data, and the registry that compiles them.

mod attribute;
mod builtin;
mod common;
mod definition;
mod registry;
mod resource_schema;
mod resource_type;

pub use attribute::{Attribute, AttributeType, Mutability, Returned, Uniqueness};
pub use definition::{Schema, SchemaError};
pub use registry::{RegistryError, SchemaRegistry};
pub use resource_schema::{Resolved, ResourceSchema};
pub use resource_type::{ResourceType, SchemaExtension};
