#![doc = include_str!("../README.md")]

mod config;
mod guide;

pub use self::config::SemrushConfig;
pub use self::guide::semrush;
pub use tenure_connector_manual::{ManualConnector, TaskStatus};
