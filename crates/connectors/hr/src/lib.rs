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

mod config;
mod feed;
mod people;
mod read;
mod source;

pub use self::config::{Field, HrConfig, Mapping, Proof, Trailer};
pub use self::feed::{FileFormat, HttpFeed};
pub use self::source::HrSource;
