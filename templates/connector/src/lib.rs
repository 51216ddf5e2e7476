//! A connector to Notely, a made-up service with a small HTTP API: the code that docs/CONNECTOR-GUIDE.md builds.

mod capabilities;
mod config;
mod connector;
mod error;
mod http;
mod person;

pub use self::config::NotelyConfig;
pub use self::connector::NotelyConnector;
pub use self::http::{Http, Lost, Request, Response};
