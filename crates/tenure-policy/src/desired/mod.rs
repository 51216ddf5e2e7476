//! What evaluation returns: the desired accounts and entitlements of one identity, with every reason.

mod account;
mod entitlement;
mod task;
mod violation;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use self::account::{
    AccountStatus, DesiredAccount, DesiredAttribute, DesiredReference, LadderStep, Reservation,
};
pub use self::entitlement::{DesiredEntitlement, Grace};
pub use self::task::{OpenTask, TaskKind};
pub use self::violation::{Violation, ViolationKind, ViolationMember};
use crate::entitlement::EntitlementKey;
use crate::id::{IdentityId, RuleId, TargetId};
use crate::lifecycle::LifecycleState;

/// Everything that should be true of one identity at one instant.
///
/// Deterministic: the same policy, identity and facts give the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// Whose it is.
    pub identity: IdentityId,
    /// Where they stand.
    pub state: LifecycleState,
    /// The accounts wanted, and for linked accounts wanted no more how they end.
    pub accounts: BTreeMap<TargetId, DesiredAccount>,
    /// The entitlements wanted, each with all its origins.
    pub entitlements: BTreeMap<EntitlementKey, DesiredEntitlement>,
    /// Entitlements that had an origin and were refused, with the rules that deny them.
    pub denied: BTreeMap<EntitlementKey, BTreeSet<RuleId>>,
    /// Entitlements that gave way to a stronger one of their exclusive group.
    pub superseded: BTreeMap<EntitlementKey, EntitlementKey>,
    /// Constraints that do not hold, now or at a known later time.
    pub violations: Vec<Violation>,
    /// What a human must do.
    pub tasks: Vec<OpenTask>,
    /// User names to reserve before the accounts are created.
    pub reservations: Vec<Reservation>,
    /// The next instant at which the answer may differ without anything else changing.
    pub next_change_at: Option<DateTime<Utc>>,
}
