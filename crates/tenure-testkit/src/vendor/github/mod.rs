//! GitHub: members of an organisation, invitations, outside collaborators, teams, roles, repositories, the audit log.
//!
//! What it does as GitHub does: an invitation by login is a pending membership, one by address has no login, a membership
//! that is put again changes the role, the last owner stays, teams of an identity provider do not change, a team forgets
//! who is no member with success, used up is 403, next pages stand in `Link` headers.

mod access;
mod shapes;
mod state;
mod teams;

pub use self::state::Github;
