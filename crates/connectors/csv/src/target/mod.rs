mod capabilities;
mod cells;
mod config;
mod connector;
mod store;
#[cfg(test)]
mod tests;

pub use self::config::{CsvTargetConfig, FileFormat};
pub use self::connector::CsvTarget;
