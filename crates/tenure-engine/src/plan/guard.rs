use std::fmt;

use serde::{Deserialize, Serialize};
use tenure_policy::{GuardLimit, TargetId};

/// How a plan measures up to one guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GuardVerdict {
    /// The target.
    pub target: TargetId,
    /// The guarded operation.
    pub operation: String,
    /// How many of them the plan has.
    pub planned: usize,
    /// How many earlier runs did within the window.
    pub earlier: usize,
    /// How many accounts the target has.
    pub accounts: usize,
    /// What is allowed.
    pub limit: GuardLimit,
    /// Whether the plan stays within it.
    pub allowed: bool,
}

impl fmt::Display for GuardVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, operation, planned, earlier, accounts, limit, .. } = self;
        write!(f, "{target}: {planned} x {operation}")?;
        if *earlier > 0 {
            write!(f, " after {earlier} earlier ones")?;
        }
        write!(f, " among {accounts} accounts, allowed are ")?;
        match (limit.max, limit.percent) {
            (Some(max), Some(percent)) => write!(f, "{max} and {percent} percent"),
            (Some(max), None) => write!(f, "{max}"),
            (None, Some(percent)) => write!(f, "{percent} percent"),
            (None, None) => f.write_str("any number"),
        }
    }
}
