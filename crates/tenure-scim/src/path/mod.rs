//! Attribute paths: where in a resource a value is.
//!
//! An [`AttrPath`] names an attribute or sub-attribute, with or without its schema; a [`PatchPath`] may also select some of
//! its values by a filter in brackets.

mod attr;
mod patch_path;

pub use attr::{AttrPath, PathError};
pub use patch_path::{PatchPath, PatchPathError};
