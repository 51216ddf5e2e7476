mod config;
mod connector;
mod field;
mod header;
mod snapshot;
#[cfg(test)]
mod tests;
mod worker;
mod workload;

pub use self::config::{Completeness, CsvSourceConfig};
pub use self::connector::CsvSource;
