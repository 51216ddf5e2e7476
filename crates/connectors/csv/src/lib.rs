//! Files as a source of workers and services, and as a target.
//!
//! [`CsvSource`] reads an export of a human resources system, as CSV or JSON: every row that cannot be read is told with
//! its line, its column, what was expected and what was found, and an export that does not prove its completeness says
//! so. [`CsvTarget`] keeps accounts, groups and grants in a directory of files, for systems that are fed by file and for
//! trying out a policy.
//!
//! ```
//! use tenure_connector::Connector as _;
//! use tenure_connector_csv::{CsvSource, CsvSourceConfig, CsvTarget, CsvTargetConfig};
//!
//! let workers = CsvSource::new(CsvSourceConfig::workers("workers.csv"))?;
//! let erp = CsvTarget::new(CsvTargetConfig::new("erp"));
//! assert_eq!((workers.info().system, erp.info().system), ("csv".into(), "csv".into()));
//! # Ok::<(), tenure_connector::ConnectorError>(())
//! ```
//!
//! The target rewrites whole files at each change; it suits a few thousand accounts.
//!
//! # Errors
//!
//! A row that cannot be read is told with its line, its column, what was expected and what was found; a file that is not there or not a table is the error of the call.
//!
//! # Limits
//!
//! Exports are read whole. The target locks its folder while it writes; two programs may share one, and each waits for the other.

mod columns;
mod source;
mod suggest;
pub mod table;
mod target;

pub use self::source::{Completeness, CsvSource, CsvSourceConfig};
pub use self::target::{CsvTarget, CsvTargetConfig, FileFormat};
