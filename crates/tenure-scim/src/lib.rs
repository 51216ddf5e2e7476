//! SCIM 2.0 (RFC 7643, RFC 7644) as data: schemas, resources, filters, PATCH, diff, validation and peer profiles
//!
//! The crate holds no socket, no clock and no randomness: text goes in, values and text come out.
//!
//! ```
//! use tenure_scim::{Resource, SchemaRegistry};
//!
//! let anna: Resource = r#"{
//!     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
//!     "userName": "anna",
//!     "name": { "familyName": "Berg" }
//! }"#.parse()?;
//! assert_eq!(anna.text("USERNAME"), Some("anna"));
//! assert_eq!(anna.text("name.familyName"), Some("Berg"));
//!
//! let registry = SchemaRegistry::builtin();
//! let users = registry.resource("User").ok_or("no such resource type")?;
//! assert!(users.attribute(&"userName".parse()?).is_some_and(|a| a.required));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

extern crate self as tenure_scim;

mod arena;
pub mod bulk;
#[cfg(feature = "cursor")]
pub mod cursor;
mod datetime;
pub mod error;
pub mod event;
pub mod filter;
mod json;
pub mod message;
pub mod name;
pub mod page;
pub mod patch;
pub mod path;
pub mod precis;
pub mod profile;
mod project;
pub mod resource;
pub mod schema;
mod sort;
pub mod typed;
pub mod uri;
pub mod validate;
pub mod value;

pub use datetime::{DateTimeError, ScimDateTime};
pub use error::{ErrorKind, ScimError, ScimType};
pub use filter::{
    CompareOp, Comparison, CompiledFilter, ElementFilter, Filter, FilterError, FilterLimits, FilterVisitor,
    Literal,
};
pub use name::AttrName;
pub use patch::{Patch, PatchOp, PatchOperation, PatchReport, diff};
pub use path::{AttrPath, PatchPath};
pub use profile::{Fired, Profile, Restriction, Tolerance};
pub use project::Projection;
pub use resource::{ParseError, ParseLimits, Resource};
pub use schema::{Attribute, ResourceSchema, ResourceType, Schema, SchemaRegistry};
pub use sort::Sort;
pub use tenure_scim_derive::{Complex, Extension, Resource};
pub use uri::SchemaUri;
pub use value::{ArrayRef, NumberRef, ObjectRef, ValueRef};
