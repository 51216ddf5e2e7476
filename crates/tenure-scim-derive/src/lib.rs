//! `#[derive(Resource)]`, `#[derive(Extension)]` and `#[derive(Complex)]`: a Rust struct gives its SCIM schema and
//! converts to and from an open resource.
//!
//! ```
//! use tenure_scim::typed::{Rest, TypedResource};
//! use tenure_scim::{Resource, SchemaRegistry};
//!
//! /// A desk that somebody works at.
//! #[derive(Debug, Clone, PartialEq, Default, Resource)]
//! #[scim(schema = "urn:example:schemas:2.0:Desk", endpoint = "/Desks")]
//! pub struct Desk {
//!     pub id: Option<String>,
//!     /// What is written on the desk.
//!     #[scim(case_exact, uniqueness = "server")]
//!     pub label: String,
//!     #[scim(rest)]
//!     pub rest: Rest,
//! }
//!
//! let mut registry = SchemaRegistry::builtin();
//! Desk::register(&mut registry)?;
//! let open: Resource = r#"{ "schemas": ["urn:example:schemas:2.0:Desk"], "label": "3.14", "colour": "red" }"#.parse()?;
//! assert_eq!(Resource::from(&Desk::try_from(&open)?), open);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The macros are re-exported by `tenure-scim`, whose module `typed` explains every option; use them from there.
//!
//! # Errors
//!
//! A struct that cannot be a schema does not compile, and the message says which field, what was expected and what to write instead.
//!
//! # Limits
//!
//! Structs with named fields. A value's type is a field's type: text, numbers, booleans, moments, references, structs that derive `Complex`, and lists of them.

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

mod expand;
mod field;
mod input;
mod names;
mod options;
#[cfg(test)]
mod tests;

/// Makes a struct a resource type with its own schema. See `tenure_scim::typed`.
#[proc_macro_derive(Resource, attributes(scim))]
pub fn derive_resource(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::expand(&input, input::Role::Resource).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct an extension of a resource type. See `tenure_scim::typed`.
#[proc_macro_derive(Extension, attributes(scim))]
pub fn derive_extension(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::expand(&input, input::Role::Extension).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct the value of a complex attribute. See `tenure_scim::typed`.
#[proc_macro_derive(Complex, attributes(scim))]
pub fn derive_complex(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::expand(&input, input::Role::Complex).unwrap_or_else(syn::Error::into_compile_error).into()
}
