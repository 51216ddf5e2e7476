//! Files as a source of workers and services, and as a target.
//!
//! [`CsvSource`] reads an export of a human resources system, as CSV or JSON: every row that cannot be read is told with
//! its line, its column, what was expected and what was found, and an export that does not prove its completeness says
//! so. [`CsvTarget`] keeps accounts, groups and grants in a directory of files, for systems that are fed by file and for
//! trying out a policy.

mod columns;
mod source;
mod suggest;
pub mod table;
mod target;

pub use self::source::{Completeness, CsvSource, CsvSourceConfig};
pub use self::target::{CsvTarget, CsvTargetConfig, FileFormat};
