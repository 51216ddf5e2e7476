//! Reads policy documents: a tree with positions first, then the typed document, with every error found on the way.

mod de;
mod document;
mod hint;
mod json;
mod lines;
mod merge;
mod node;
mod table;
#[cfg(feature = "toml")]
mod toml;
mod written;
#[cfg(feature = "yaml")]
mod yaml;

pub use self::document::{Format, Opened};
pub(crate) use self::hint::{did_you_mean, list};
pub(crate) use self::node::{Source, step};
pub use self::written::Written;
