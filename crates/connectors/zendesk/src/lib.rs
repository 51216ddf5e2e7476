#![doc = include_str!("../README.md")]

mod access;
mod capabilities;
mod changes;
mod check;
mod config;
mod connector;
mod fields;
mod read;
mod tickets;
mod vendor;
mod write;

pub use self::config::{OpenTickets, People, Seat, ZendeskConfig, api_token};
pub use self::connector::ZendeskConnector;
pub use tenure_connector_rest::Auth;
