//! A connector out of the requests that only one vendor has.
//!
//! A vendor's crate implements [`System`]: its classes, its lists, and one small function for each write.
//! [`SystemConnector`] makes a connector of it and keeps the contract: what is refused, what is already so, what is
//! gone, who is in the way of a create, how several lists are walked as one.

mod capable;
mod connector;
mod json;
mod list;
mod listing;
mod probe;
mod vendor;
mod walk;
mod workers;
mod write;

pub use self::capable::{capable, equality_on, groups_under, lacking, repeatable};
pub use self::connector::SystemConnector;
pub use self::json::{answered_at, id_text, items, moment, need_text, number, protocol, text};
pub use self::list::List;
pub use self::listing::Listing;
pub use self::probe::probe;
pub use self::vendor::System;
pub use self::workers::WorkersFrom;
pub use self::write::{already, done, fixed, no_entitlement, password, place_of, removed};
