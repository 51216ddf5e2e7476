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
    /// The group of people that it was counted for by itself, an empty text for those without one; `None` for a guard of the whole
    /// target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// How many of them the plan has.
    pub planned: usize,
    /// How many earlier runs did within the window.
    pub earlier: usize,
    /// How many accounts the target has, or the group has there. A group's are counted only as far as it has to be known: on, until there
    /// are enough, and not at all where no share is asked for.
    pub accounts: usize,
    /// What is allowed.
    pub limit: GuardLimit,
    /// Whether the plan stays within it.
    pub allowed: bool,
}

impl fmt::Display for GuardVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, operation, group, planned, earlier, accounts, limit, .. } = self;
        write!(f, "{target}: {planned} x {operation}")?;
        match group.as_deref() {
            None => {}
            Some("") => f.write_str(" of people without a group")?,
            Some(group) => write!(f, " of `{group}`")?,
        }
        if *earlier > 0 {
            write!(f, " after {earlier} earlier ones")?;
        }
        match (group, limit.percent) {
            (Some(_), None) => f.write_str(", allowed are ")?,
            _ => write!(f, " among {accounts} accounts, allowed are ")?,
        }
        match (limit.max, limit.percent) {
            (Some(max), Some(percent)) => write!(f, "{max} and {percent} percent")?,
            (Some(max), None) => write!(f, "{max}")?,
            (None, Some(percent)) => write!(f, "{percent} percent")?,
            (None, None) => f.write_str("any number")?,
        }
        match limit.always {
            Some(always) if limit.percent.is_some() => write!(f, ", and {always} whatever share they are"),
            _ => Ok(()),
        }
    }
}
