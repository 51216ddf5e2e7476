//! Holds and overrides: what goes before the calendar.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::TargetId;

/// A hold on a person. It can only reduce access or delay deletion, never give anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// What the hold does.
    pub kind: HoldKind,
    /// When it begins; `None` means it already has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// When it ends; `None` means when someone lifts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Why, for the explanation and the audit trail.
    pub reason: String,
}

impl Hold {
    /// A hold without dates.
    #[must_use]
    pub fn new(kind: HoldKind, reason: &str) -> Self {
        Self { kind, from: None, until: None, reason: reason.to_owned() }
    }
}

/// What a hold does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HoldKind {
    /// Every account is disabled while the hold stands; entitlements stay.
    Security,
    /// No account is deleted and the record is not erased while the hold stands.
    Legal,
}

/// A decision of an administrator that goes before the calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// What was decided.
    pub kind: OverrideKind,
    /// Only in this target; everywhere, when absent. Of all kinds, only a suspension can be about one target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetId>,
    /// When it begins; `None` means it already has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// When it ends; `None` means when someone lifts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: String,
}

impl Override {
    /// A decision without dates.
    #[must_use]
    pub fn new(kind: OverrideKind, reason: &str, by: &str) -> Self {
        let (reason, by) = (reason.to_owned(), by.to_owned());
        Self { kind, target: None, from: None, until: None, reason, by }
    }

    /// Only in one target.
    #[must_use]
    pub fn only_in(mut self, target: TargetId) -> Self {
        self.target = Some(target);
        self
    }

    /// Whether it is a suspension that is about this target and no other.
    pub(crate) fn stops(&self, target: &TargetId, now: DateTime<Utc>) -> bool {
        self.kind == OverrideKind::Suspend
            && self.target.as_ref() == Some(target)
            && in_force(self.from, self.until, now)
    }
}

/// What an override does. There is none that gives access: that is what grants are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OverrideKind {
    /// Disable every account, or the one in one target; keep entitlements.
    Suspend,
    /// Treat the person as a leaver at once, whatever the dates say.
    Terminate,
    /// Forget the record once its accounts are gone.
    Erase,
}

pub(crate) fn in_force(
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> bool {
    from.is_none_or(|from| from <= now) && until.is_none_or(|until| now < until)
}
