//! Attribute paths: where in a resource a value is.

mod attr;

pub use attr::{AttrPath, PathError};
