//! A connector out of the requests that only one vendor has.
//!
//! A vendor's crate implements [`System`]: its [`Collection`]s, its [`Kind`]s of entitlements, and one small function for
//! each write that is more than a request told as data. [`SystemConnector`] makes a connector of it and keeps the contract:
//! what is refused, what is already so, what is gone, who is in the way of a create, how several lists are walked as one.

mod apply;
mod batch;
mod capable;
mod collection;
mod connector;
mod feed;
mod found;
mod jobs;
mod json;
mod kind;
mod list;
mod listing;
mod lists;
mod path;
mod probe;
mod scim;
mod vendor;
mod walk;
mod wire;
mod workers;
mod write;

pub use self::capable::{capable, equality_on, groups_under, lacking, repeatable};
pub use self::collection::Collection;
pub use self::connector::SystemConnector;
pub use self::feed::{Feed, Start};
pub use self::found::{Found, New};
pub use self::jobs::Jobs;
pub use self::json::{
    answered_at, as_number, id_text, is, items, moment, need_text, number, protocol, text, texts,
};
pub use self::kind::{Kind, Write, delete, patch, post, put};
pub use self::list::List;
pub use self::listing::Listing;
pub use self::path::To;
pub use self::probe::{close_class, probe, scopes_of, warn_of_closed};
pub use self::scim::{scim_join, scim_leave, scim_patch};
pub use self::vendor::System;
pub use self::wire::Wire;
pub use self::workers::WorkersFrom;
pub use self::write::{
    already, done, ends_only, fixed, no_entitlement, password, place_of, refused, removed, unclear,
    unclear_if, wanted,
};
