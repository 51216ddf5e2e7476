//! Filters (RFC 7644 section 3.4.2.2): the tree, its text form, its check against a schema, its evaluation.
//!
//! | to do this | use |
//! |---|---|
//! | read a filter | [`Filter::parse`], or [`Filter::parse_with`] for own limits and a peer's dialect |
//! | refuse what the schema does not allow | [`Filter::check`] |
//! | test many resources | [`Filter::compile`] once, [`CompiledFilter::matches`] often, or [`CompiledFilter::select`] |
//! | ask a database | [`sql::translate`] |
//! | ask a directory | [`ldap::translate`] |
//! | translate to something else | [`FilterVisitor`] |

mod ast;
mod check;
mod compile;
mod conform;
mod display;
mod error;
mod eval;
pub mod ldap;
mod lexer;
mod limits;
mod number;
pub(crate) mod parser;
mod pattern;
mod predicate;
mod probe;
mod program;
mod select;
mod serde;
pub mod sql;
mod term;
#[cfg(test)]
mod tests;
mod trail;
mod translate;
mod visit;

pub use ast::{CompareOp, Comparison, ElementFilter, Filter, Literal};
pub(crate) use check::{name as type_name, rule_of};
pub use compile::CompiledFilter;
pub(crate) use compile::ElementMatcher;
pub use error::FilterError;
pub(crate) use error::detail;
pub use limits::FilterLimits;
pub use number::{Number, NumberError};
pub use select::Selected;
pub use translate::TranslateError;
pub use visit::{FilterVisitor, walk};
