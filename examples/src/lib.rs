//! What the examples share: the HR export of the example company and the edits that make it the next day's.

mod export;

pub use export::{Export, ExportError};
