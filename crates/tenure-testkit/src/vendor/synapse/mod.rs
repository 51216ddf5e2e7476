//! Synapse, the Matrix homeserver: accounts with their addresses, administrators, devices, rooms with powers.
//!
//! What it does as Synapse does: a put makes an account or changes it, an address moves silently to whom it is given, an
//! external id of somebody else fails after the account was made, deactivated accounts stay listed and erased ones too,
//! the list tells neither addresses nor locks, names are never free again, makers of rooms stand in no list of powers,
//! limits in milliseconds in the body.

mod rooms;
mod state;
mod users;

pub use self::state::Synapse;
