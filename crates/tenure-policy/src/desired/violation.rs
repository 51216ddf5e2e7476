//! A constraint that does not hold.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::entitlement::EntitlementKey;
use crate::id::ConstraintId;

/// A constraint that does not hold for an identity, in a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Violation {
    /// What sort of violation.
    pub kind: ViolationKind,
    /// The entitlements or roles that meet.
    pub members: Vec<ViolationMember>,
    /// When they begin to overlap; `None` means they already do.
    pub from: Option<DateTime<Utc>>,
    /// When they cease to overlap, if that is known.
    pub until: Option<DateTime<Utc>>,
    /// The accepted exception that covers it, with its reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mitigated: Option<String>,
}

/// What sort of violation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ViolationKind {
    /// Separation of duties: more of a constraint's members than it allows.
    Constraint {
        /// The constraint.
        constraint: ConstraintId,
        /// How many it allows.
        at_most: usize,
    },
    /// A workload holds or was granted something outside its declared scope.
    OutOfScope,
    /// An explicit grant of something that may not be requested.
    NotRequestable,
    /// An exception without a reason or without who approved it; it gives nothing.
    Unrecorded,
}

/// One side of a violation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ViolationMember {
    /// The member as the constraint names it: an entitlement or `role:<id>`.
    pub member: String,
    /// The entitlements by which the identity has it.
    pub by: Vec<EntitlementKey>,
}
