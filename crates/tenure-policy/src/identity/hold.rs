//! Holds and overrides: what goes before the calendar.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::entitlement::EntitlementKey;
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
    /// What is withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entitlement: Option<EntitlementKey>,
    /// What is given instead of it, as long as it would be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<EntitlementKey>,
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
        Self { kind, target: None, entitlement: None, instead: None, from: None, until: None, reason, by }
    }

    /// A decision to withhold an entitlement that rules or earlier grants give.
    #[must_use]
    pub fn withhold(entitlement: EntitlementKey, reason: &str, by: &str) -> Self {
        Self { entitlement: Some(entitlement), ..Self::new(OverrideKind::Withhold, reason, by) }
    }

    /// Gives something else in its place.
    #[must_use]
    pub fn giving(mut self, instead: EntitlementKey) -> Self {
        self.instead = Some(instead);
        self
    }

    /// Only in one target.
    #[must_use]
    pub fn only_in(mut self, target: TargetId) -> Self {
        self.target = Some(target);
        self
    }

    /// Whether it withholds an entitlement at a moment.
    #[must_use]
    pub fn withholds(&self, entitlement: &EntitlementKey, now: DateTime<Utc>) -> bool {
        self.kind == OverrideKind::Withhold
            && self.entitlement.as_ref() == Some(entitlement)
            && in_force(self.from, self.until, now)
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
    /// Give one entitlement no more, whatever gives it, until somebody grants it anew.
    Withhold,
}

pub(crate) fn in_force(
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> bool {
    from.is_none_or(|from| from <= now) && until.is_none_or(|until| now < until)
}
