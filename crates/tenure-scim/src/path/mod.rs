//! Attribute paths: where in a resource a value is.

mod attr;
mod patch_path;

pub use attr::{AttrPath, PathError};
pub use patch_path::{PatchPath, PatchPathError};
