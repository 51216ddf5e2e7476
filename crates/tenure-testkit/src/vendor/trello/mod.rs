//! Trello: members of one workspace, boards, licences of an enterprise.
//!
//! What it does as Trello does: errors are sentences, the answer to an invitation does not name the member, addresses are
//! shown for managed accounts only, a member who is removed stays on boards as a guest unless all is said, a board keeps
//! one administrator, limits come with the length of their window.

mod state;

pub use self::state::Trello;
