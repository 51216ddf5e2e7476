//! JSON text into arenas and back.
//!
//! An own reader, because a resource keeps numbers as they were written, tells two spellings of one name apart from two
//! names, and enforces its limits while it reads.

mod error;
mod limits;
mod parse;
mod room;
mod scan;
mod write;

pub use error::{ParseError, ParseErrorKind};
pub use limits::{DuplicateNames, ParseLimits};
pub(crate) use parse::parse;
pub(crate) use write::write_object;
