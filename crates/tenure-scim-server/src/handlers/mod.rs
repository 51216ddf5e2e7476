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
pub(crate) mod write;
