//! Slack: accounts and groups by SCIM, and the Web API for roles, user groups, channels, seats, logins and sessions.
//!
//! What it does as Slack does: the Web API fails with status 200, deactivated users stay listed, `DELETE` on a user only
//! deactivates, a list of members of a user group is replaced as a whole and may not be empty, the primary owner cannot be
//! touched, and neither can somebody of a higher rank than the token's owner.

mod scim;
mod state;
mod web;

pub use self::state::Slack;
