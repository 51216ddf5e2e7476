//! Delegated administration as written.

use serde::{Deserialize, Serialize};

use super::Condition;
use crate::id::{RoleId, RuleId};

/// Who may do what for whom: `{ id: leads, who: 'title co "Lead"', over: 'department eq "Support"', may: [grant], roles: [support-agent] }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegationSpec {
    /// The delegation's key.
    pub id: RuleId,
    /// The people who may.
    pub who: Condition,
    /// The people for whom; without it, those whose manager they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Condition>,
    /// What they may do.
    pub may: Vec<DelegatedAction>,
    /// The roles they may grant and revoke; empty is every role that may be requested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleId>,
}

/// What can be delegated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DelegatedAction {
    /// Grant a role or entitlement.
    Grant,
    /// Revoke an explicit grant.
    Revoke,
    /// Suspend at once.
    Suspend,
    /// Begin the leaver's way at once.
    Terminate,
    /// Bring an expired grant back.
    Reinstate,
    /// Decide on a review.
    Review,
}
