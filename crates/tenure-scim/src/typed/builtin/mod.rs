//! The resources of RFC 7643 section 4.

mod enterprise;
mod group;
mod meta;
mod plural;
mod user;

pub use enterprise::{EnterpriseUser, Manager};
pub use group::{Group, Member};
pub use meta::Meta;
pub use plural::{
    Address, Email, Entitlement, GroupMembership, InstantMessage, PhoneNumber, Photo, Role, X509Certificate,
};
pub use user::{Name, User};
