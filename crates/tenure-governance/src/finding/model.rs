use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_policy::{IdentityId, TargetId};
use tenure_store::sha256_hex;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The finding; the same thing has the same id whenever it is found.
    pub id: String,
    /// What sort.
    pub kind: FindingKind,
    /// In which target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetId>,
    /// About whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityId>,
    /// What is wrong, in words.
    pub text: String,
    /// Since when it is so, as far as that is known.
    pub since: DateTime<Utc>,
    /// When it was found.
    pub opened: DateTime<Utc>,
    /// When it was looked at last.
    pub seen: DateTime<Utc>,
    /// Who has to put it right; nobody, when nobody answers for the target and there are no administrators.
    pub owner: Option<IdentityId>,
    /// By when.
    pub due: DateTime<Utc>,
    /// Where it stands.
    pub state: FindingState,
    /// How often it came back after it was gone.
    #[serde(default)]
    pub returned: u32,
}

impl Finding {
    /// For how many whole days it has been so.
    #[must_use]
    pub fn days(&self, now: DateTime<Utc>) -> i64 {
        (now - self.since).num_days().max(0)
    }
}

/// Where a finding stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingState {
    /// Somebody has to put it right.
    Open,
    /// Somebody has taken it upon themselves until a day. Then it is open again.
    Accepted {
        /// Who.
        by: IdentityId,
        /// Why.
        reason: String,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// It was looked for and not found any more.
    Resolved {
        /// When.
        at: DateTime<Utc>,
    },
}

/// What sort of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// An account that belongs to nobody, and about which nobody has said anything.
    OrphanAccount,
    /// An account of somebody who has left that still works, or still has a seat.
    StaleAccount,
    /// Something that is held and not wanted.
    Drift,
    /// A target that a part of the lifecycle does not reach.
    CoverageGap,
    /// A constraint that is broken.
    Violation,
    /// A rule that holds for nearly everybody.
    BroadRule,
    /// A service whose owner, purpose, scope or end is not in order.
    Workload,
    /// A task that nobody is to do.
    UnownedTask,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::OrphanAccount,
        Self::StaleAccount,
        Self::Drift,
        Self::CoverageGap,
        Self::Violation,
        Self::BroadRule,
        Self::Workload,
        Self::UnownedTask,
    ];

    /// The word, for instance `orphan_account`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OrphanAccount => "orphan_account",
            Self::StaleAccount => "stale_account",
            Self::Drift => "drift",
            Self::CoverageGap => "coverage_gap",
            Self::Violation => "violation",
            Self::BroadRule => "broad_rule",
            Self::Workload => "workload",
            Self::UnownedTask => "unowned_task",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str().replace('_', " "))
    }
}

/// Something as it was found just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    pub(crate) kind: FindingKind,
    /// What makes it the same the next time.
    pub(crate) subject: String,
    pub(crate) target: Option<TargetId>,
    pub(crate) identity: Option<IdentityId>,
    pub(crate) text: String,
    pub(crate) since: Option<DateTime<Utc>>,
}

impl Sighting {
    pub(crate) fn id(&self) -> String {
        let hash = sha256_hex(format!("{}\n{}", self.kind.as_str(), self.subject).as_bytes());
        hash.chars().take(12).collect()
    }
}

pub(crate) const PREFIX: &str = "governance/finding/";

pub(crate) fn key(id: &str) -> String {
    format!("{PREFIX}{id}")
}
