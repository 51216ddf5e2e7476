//! SCIM 2.0 (RFC 7643, RFC 7644) as data: schemas, resources, filters, PATCH, diff, validation and peer profiles
//!
//! The crate holds no socket, no clock and no randomness: text goes in, values and text come out. A server or a client adds
//! HTTP; `tenure-scim-server` and `tenure-scim-client` do.
//!
//! # Reading and writing
//!
//! A [`Resource`](struct@Resource) keeps whatever came, known to a schema or not; a struct such as [`typed::User`] is a view of one that
//! loses nothing. Names are found in any case.
//!
//! ```
//! use tenure_scim::Resource;
//! use tenure_scim::typed::User;
//!
//! let anna: Resource = r#"{
//!     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
//!     "userName": "anna",
//!     "name": { "familyName": "Berg" },
//!     "shoeSize": 38
//! }"#.parse()?;
//! assert_eq!(anna.text("USERNAME"), Some("anna"));
//! assert_eq!(anna.text("name.familyName"), Some("Berg"));
//!
//! let mut user = User::try_from(&anna)?;
//! user.title = Some("Engineer".to_owned());
//! assert_eq!(Resource::from(user).attr("shoeSize").and_then(|v| v.as_i64()), Some(38));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Checking what a client sends
//!
//! A [`SchemaRegistry`] knows the standard schemas and whatever is loaded from JSON or derived from a struct. Each of its
//! resource types checks requests as RFC 7644 asks.
//!
//! ```
//! use tenure_scim::{Resource, ScimType, SchemaRegistry};
//!
//! let registry = SchemaRegistry::builtin();
//! let users = registry.resource("User").ok_or("no such resource type")?;
//! let nameless: Resource = r#"{ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "title": "Clerk" }"#.parse()?;
//! let refused = users.validate_create(&nameless).err().ok_or("it has no userName")?;
//! assert_eq!((refused.status(), refused.scim_type()), (400, Some(&ScimType::InvalidValue)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Finding
//!
//! A [`Filter`] is read once, compiled once for a resource type, and tested many times without an allocation.
//! [`filter::sql`] and [`filter::ldap`] translate it.
//!
//! ```
//! use tenure_scim::{Filter, Resource, SchemaRegistry};
//!
//! let registry = SchemaRegistry::builtin();
//! let users = registry.resource("User").ok_or("no such resource type")?;
//! let active = Filter::parse(r#"active eq true and emails[type eq "work"]"#)?.compile(users)?;
//! let people: Vec<Resource> = vec![
//!     r#"{ "userName": "anna", "active": true, "emails": [{ "type": "work", "value": "anna@example.com" }] }"#.parse()?,
//!     r#"{ "userName": "bert", "active": false }"#.parse()?,
//! ];
//! let names: Vec<_> = active.select(&people).filter_map(|user| user.text("userName")).collect();
//! assert_eq!(names, ["anna"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Changing
//!
//! [`diff`] gives the smallest [`Patch`] between two resources; applying one is all or nothing.
//!
//! ```
//! use tenure_scim::{Resource, SchemaRegistry, diff};
//!
//! let registry = SchemaRegistry::builtin();
//! let users = registry.resource("User").ok_or("no such resource type")?;
//! let before: Resource = r#"{ "userName": "anna", "title": "Clerk" }"#.parse()?;
//! let after: Resource = r#"{ "userName": "anna", "title": "Engineer" }"#.parse()?;
//!
//! let patch = diff(&before, &after, users);
//! assert_eq!(patch.operations.len(), 1);
//! let mut anna = before;
//! assert!(patch.apply(&mut anna, users)?.changed);
//! assert_eq!(anna, after);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to look
//!
//! | for | see |
//! |---|---|
//! | your own resource types and extensions | [`typed`], [`Schema::from_json`], [`SchemaRegistry`] |
//! | peers that send other things than the RFC says | [`profile`] |
//! | pages, cursors, sorting, `attributes` and `excludedAttributes` | [`page`], `cursor`, [`Sort`], [`Projection`] |
//! | messages: searches, lists, bulk requests, errors, events | [`message`], [`bulk`], [`error`], [`event`] |
//! | comparing user names | [`precis`] |
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `cursor` | sealed cursors of result pages |
//! | `precis` | refuses what no user name may hold; comparing names is always there |
//! | `exact-numbers` | lets `serde_json::Value`, and with it patches, hold numbers beyond 64 bits and doubles, in the whole program |
//!
//! # Errors
//!
//! Every reader has an error of its own with the place in the text. What a client sent and what RFC 7644 refuses is a [`ScimError`] with status and `scimType`, ready to
//! be the answer.
//!
//! # Limits
//!
//! [`ParseLimits`] bounds what is read: 64 MiB, 32 levels, 8 Mi values; [`FilterLimits`] a filter: 64 KiB, 32 levels, 1,024 terms. Without the
//! feature `exact-numbers` a number beyond 64 bits or a double is kept in text but rounded on the way through `serde_json::Value`.

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
