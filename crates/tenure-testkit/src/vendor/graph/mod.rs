//! Microsoft Graph: users, groups, directory roles, licences, applications, methods of authentication, deleted objects and changes,
//! one by one and in batches.
//!
//! What it does as Graph does: properties that are not selected are left out, a page of users with sign-ins has 500 at
//! most, writes answer 204, what exists already and seats that are taken are both 400, a link without its last word deletes
//! what it leads to, deleted users come back for thirty days, what was made a moment ago may not be found yet.

mod batch;
mod delta;
mod groups;
mod licences;
mod methods;
mod state;
mod users;

pub use self::state::Graph;
