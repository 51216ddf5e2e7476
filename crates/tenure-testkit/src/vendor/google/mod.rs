//! Google Workspace: the Directory, Licensing and Data Transfer APIs.
//!
//! What it does as Google does: refusals without `Retry-After` that only their `reason` tells apart, an update that keeps
//! what is absent and replaces lists whole, a year 1970 for "never", empty answers, licences by e-mail address, deleted
//! users that come back by their immutable id for twenty days, transfers as jobs.

mod groups;
mod licences;
mod state;
mod users;

pub use self::state::Google;
