//! Okta: users with their lives, groups, applications and administrators' roles.
//!
//! What it does as Okta does: a create answers 200, the first delete deactivates and the second deletes, lists leave out
//! the deactivated, a suspension is for active users only, groups of other makers do not change, assignments that came by
//! a group stay, next pages stand in `Link` headers, limits in epoch seconds.

mod access;
mod log;
mod state;
mod users;

pub use self::state::Okta;
