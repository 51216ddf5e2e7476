#![doc = include_str!("../README.md")]

mod config;
mod connector;
mod guide;

pub use self::config::MailchimpConfig;
pub use self::connector::{AUTHORIZED_APP, MailchimpConnector};
pub use tenure_connector_manual::{ManualConnector, TaskStatus};
