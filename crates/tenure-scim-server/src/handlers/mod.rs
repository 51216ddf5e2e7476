//! One file for each operation of the protocol.

pub(crate) mod bulk;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod discovery;
pub(crate) mod list;
pub(crate) mod patch;
mod precondition;
pub(crate) mod read;
pub(crate) mod replace;
pub(crate) mod root;
mod write;

use http::StatusCode;

use crate::reply::Reply;

/// The system behind the service took the request and works on it.
pub(crate) fn accepted() -> Reply {
    Reply::new(StatusCode::ACCEPTED, None)
}
