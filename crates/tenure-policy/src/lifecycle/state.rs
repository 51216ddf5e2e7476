//! The lifecycle state of an identity.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Where an identity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Known, but the pre-hire window is not open.
    Planned,
    /// Inside the pre-hire window: accounts are made ready, disabled.
    PreHire,
    /// At work.
    Active,
    /// Absent by a leave; the policy says what that means for each kind.
    OnLeave,
    /// Stopped by a hold or an override: accounts disabled, entitlements kept.
    Suspended,
    /// Gone: nothing is desired, the leaver ladder runs.
    Terminated,
    /// Gone, accounts deleted, the record kept.
    Retained,
    /// Gone, the record to be forgotten.
    Erased,
}

impl Phase {
    /// True when nothing may be desired any more.
    #[must_use]
    pub fn is_gone(self) -> bool {
        matches!(self, Self::Terminated | Self::Retained | Self::Erased)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Planned => "planned",
            Self::PreHire => "pre-hire",
            Self::Active => "active",
            Self::OnLeave => "on leave",
            Self::Suspended => "suspended",
            Self::Terminated => "terminated",
            Self::Retained => "retained",
            Self::Erased => "erased",
        })
    }
}

/// A phase with the reason for it and the time it lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LifecycleState {
    /// The phase.
    pub phase: Phase,
    /// Why, in words, naming the engagement, hold or override that decides.
    pub reason: String,
    /// Since when, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Until when, where that is known now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// True when the state was entered before the source told of it, for instance a hire recorded after its first day.
    #[serde(default)]
    pub late: bool,
}
