//! Schemas and resource types as data, and the registry that compiles them.
//!
//! A [`Schema`] says which attributes there are, a [`ResourceType`] which schemas make up a resource. A [`SchemaRegistry`]
//! puts both together once; what it gives out, a [`ResourceSchema`], finds attributes by any spelling without an
//! allocation and is what filters, patches and checks are given.

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
