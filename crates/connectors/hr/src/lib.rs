//! HR systems as a source of workers.
//!
//! [`HrSource`] reads records from a file (CSV, JSON or NDJSON) or from an API that answers pages of JSON, and a
//! [`Mapping`] says which of their fields mean what. Exports differ most where it hurts: this source understands rows that
//! take effect on a day, people who come back under a new number, contractors who become employees, two jobs at once, hires
//! that were called off, and rows that only say that somebody was deleted.
//!
//! Whatever cannot be read is told with its place, what was expected and what was found, and makes the page incomplete: then
//! nobody is taken for a leaver. [`Proof`] says what else an export has to bring before absence means anything.
//!
//! | shape | how |
//! |---|---|
//! | a file from a folder | [`HrSource::file`] |
//! | a Workday report (RaaS) | [`HttpFeed::workday_report`] with [`Mapping::workday`] |
//! | a BambooHR report | [`HttpFeed::bamboo_hr`] with [`Mapping::bamboo_hr`] |
//! | another API | [`HttpFeed::new`] with a `Paging` of the REST kit |
//!
//! Vendor shapes follow the vendors' public pages; field names of a report are its author's choice, so every one of them
//! can be mapped anew.
//!
//! ```
//! use std::sync::Arc;
//! use tenure_connector_hr::{Field, HrConfig, HrSource, Mapping};
//!
//! let map = Mapping::new()
//!     .with("workerId", Field::named("no"))
//!     .with("givenName", Field::named("name.first"))
//!     .with("familyName", Field::named("name.last"))
//!     .with("startDate", Field::named("hired"));
//! let clock = Arc::new(|| "2026-03-02T08:00:00Z".parse().unwrap_or_default());
//! let staff = HrSource::file("staff.ndjson", HrConfig::new(map), clock)?;
//! # drop(staff);
//! # Ok::<(), tenure_connector::ConnectorError>(())
//! ```
//!
//! # Errors
//!
//! A mapping that lacks what every worker needs is refused when the source is made. A row that cannot be read is told on the page, with its line and its column; a feed that cannot
//! be read at all is the error of the call.
//!
//! # Limits
//!
//! A feed of up to two million records (`HrConfig::max_records`) is read whole and held while it is walked. There is nothing to write to.

mod config;
mod feed;
mod people;
mod read;
mod source;

pub use self::config::{Field, HrConfig, Mapping, Proof, Trailer};
pub use self::feed::{FileFormat, HttpFeed};
pub use self::source::HrSource;
