//! `#[derive(Resource)]`, `#[derive(Extension)]` and `#[derive(Complex)]`: a Rust struct gives its SCIM schema and
//! converts to and from an open resource.
//!
//! The macros are re-exported by `tenure-scim`, where they are documented with examples; use them from there.

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
