//! Resources as Rust structs: `User`, `Group`, and your own by `#[derive(Resource)]`.
//!
//! A struct is a view: what it has no field for, it keeps in its [`Rest`], so that a conversion there and back loses
//! nothing, be it an unknown attribute, an unknown extension or an explicit `null`.
//!
//! # Examples
//!
//! ```
//! use tenure_scim::typed::{Rest, TypedResource};
//! use tenure_scim::{Complex, Extension, Resource, SchemaRegistry};
//!
//! /// A desk that somebody works at.
//! #[derive(Debug, Clone, PartialEq, Default, Resource)]
//! #[scim(schema = "urn:example:schemas:2.0:Desk", endpoint = "/Desks")]
//! pub struct Desk {
//!     pub id: Option<String>,
//!     /// What is written on the desk.
//!     #[scim(case_exact, uniqueness = "server")]
//!     pub label: String,
//!     pub height: Option<i64>,
//!     /// Who sits here.
//!     pub occupant: Option<Occupant>,
//!     #[scim(extension)]
//!     pub power: Option<Power>,
//!     #[scim(rest)]
//!     pub rest: Rest,
//! }
//!
//! #[derive(Debug, Clone, PartialEq, Default, Complex)]
//! pub struct Occupant {
//!     pub value: String,
//!     #[scim(mutability = "readOnly")]
//!     pub display: Option<String>,
//!     #[scim(rest)]
//!     pub rest: Rest,
//! }
//!
//! /// The sockets of a desk.
//! #[derive(Debug, Clone, PartialEq, Default, Extension)]
//! #[scim(schema = "urn:example:schemas:extension:2.0:Power")]
//! pub struct Power {
//!     pub sockets: i64,
//!     #[scim(rest)]
//!     pub rest: Rest,
//! }
//!
//! let open: Resource = r#"{
//!     "schemas": ["urn:example:schemas:2.0:Desk", "urn:example:schemas:extension:2.0:Power"],
//!     "label": "3.14", "colour": "red",
//!     "urn:example:schemas:extension:2.0:Power": { "sockets": 2 }
//! }"#.parse()?;
//! let mut desk = Desk::try_from(&open)?;
//! assert_eq!(desk.power.as_ref().map(|p| p.sockets), Some(2));
//! assert_eq!(Resource::from(&desk), open);
//!
//! desk.height = Some(72);
//! assert_eq!(Resource::from(desk).attr("height").and_then(|v| v.as_i64()), Some(72));
//!
//! let mut registry = SchemaRegistry::builtin();
//! Desk::register(&mut registry)?;
//! let desks = registry.by_endpoint("/Desks").ok_or("no such endpoint")?;
//! let label = desks.attribute(&"label".parse()?).ok_or("no such attribute")?;
//! assert!(label.required && label.case_exact);
//! assert_eq!(label.description.as_deref(), Some("What is written on the desk."));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Options of a struct
//! `schema` (the URI, required for resources and extensions), `name` (the struct's name by default), `endpoint` (the name
//! with an `s` by default), `crate` (the path of this crate, if it is re-exported).
//!
//! # Options of a field
//! A field is required unless it is an `Option` or a `Vec`; a `Vec` is multi-valued. Its name is the field's in camel
//! case. `rename`, `required`, `case_exact`, `mutability`, `returned`, `uniqueness`, `canonical("work", "home")`,
//! `reference("User")` say the rest; `extension` and `rest` mark fields that are no attribute. `id`, `external_id` and
//! `meta` are the attributes that every resource has and no part of the schema. Doc comments become descriptions.
//!
//! # Errors of the compiler
//! A struct without a place for what it does not know is refused:
//!
//! ```compile_fail
//! #[derive(tenure_scim::Resource)]
//! #[scim(schema = "urn:example:schemas:2.0:Desk")]
//! struct Desk {
//!     label: String,
//! }
//! ```

mod builtin;
mod error;
mod field;
#[doc(hidden)]
pub mod private;
mod reader;
mod rest;
mod text;
mod traits;
mod writer;

pub use builtin::*;
pub use error::TypedError;
pub use field::Field;
pub use rest::Rest;
pub use text::{Binary, Password, Reference};
pub use traits::{Extension, ExtensionField, TypedResource};
pub use writer::{Output, Written};
