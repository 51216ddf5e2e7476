//! What the policy says about one connected system.

mod account;
mod correlate;
mod guard;
mod ladder;
mod mode;
mod seat;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::account::{Apply, AttributeMapping, CredentialPolicy, Login, Remove, UsernamePolicy};
pub use self::correlate::{Confidence, Correlation, CorrelationRule, Evidence};
pub use self::guard::{Guard, GuardEach, GuardLimit};
pub use self::ladder::{LadderRung, LeaverAction, Recipient};
pub use self::mode::{Mode, Modes};
pub use self::seat::{ReclaimWay, SeatPolicy};
use crate::entitlement::EntitlementKind;
use crate::time::Span;

/// What the policy says about one target: the `targets.<id>` part of a document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TargetPolicy {
    /// A name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The connector's object class that holds accounts.
    pub class: AccountClass,
    /// How far Tenure may go, one answer for all kinds of entitlement or one for each.
    pub mode: Modes,
    /// How existing accounts are found to belong to an identity, in order.
    #[serde(rename = "match", skip_serializing_if = "Vec::is_empty")]
    pub matching: Vec<CorrelationRule>,
    /// The score from which an account is linked without asking.
    pub link_at: Confidence,
    /// What is written into the account.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<AttributeMapping>,
    /// How the user name is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<UsernamePolicy>,
    /// How people log in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialPolicy>,
    /// What happens to an account that is wanted no more, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leaver: Vec<LadderRung>,
    /// The tiers of paid seats: `seat` is one tier, or a list of them.
    #[serde(rename = "seat", with = "seat", skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<SeatPolicy>,
    /// How long an entitlement outlives its last origin, by kind; `default` is for kinds not named.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub grace: BTreeMap<String, Span>,
    /// Entitlements of which only one is held at a time, the strongest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclusive: Vec<ExclusiveGroup>,
    /// Brakes, by operation.
    #[serde(skip_serializing_if = "Guard::is_empty")]
    pub guard: Guard,
    /// What the settings of the document's `security` are called here; those not named are not supported.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub security: BTreeMap<String, String>,
    /// Accounts in this target that nothing may touch, by user name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub protected: Vec<String>,
}

impl TargetPolicy {
    /// How far Tenure may go with a kind of entitlement.
    #[must_use]
    pub fn mode(&self, kind: &EntitlementKind) -> Mode {
        self.mode.of(kind.as_str())
    }

    /// How long an entitlement of a kind outlives its last origin.
    #[must_use]
    pub fn grace(&self, kind: &EntitlementKind) -> Span {
        self.grace.get(kind.as_str()).or_else(|| self.grace.get("default")).copied().unwrap_or_default()
    }

    /// The paid seats of which an account always has one, and the one it has for want of another; `None`: there are none.
    #[must_use]
    pub fn licence_fallback(&self) -> Option<(&ExclusiveGroup, &str)> {
        let paid = |group: &&ExclusiveGroup| {
            let is_seat = |value: &String| self.seats.iter().any(|seat| seat.is(&group.kind, value));
            group.kind.is_licence() || group.order.iter().any(is_seat)
        };
        let licences = self.exclusive.iter().filter(paid);
        licences.filter_map(|group| Some((group, group.fallback.as_deref()?))).next()
    }
}

/// The connector's object class that holds accounts; `User` unless the policy says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountClass(pub String);

impl Default for AccountClass {
    fn default() -> Self {
        Self("User".to_owned())
    }
}

/// Entitlements of one kind of which only one is held at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExclusiveGroup {
    /// The kind.
    pub kind: EntitlementKind,
    /// The values, the strongest first: where several are wanted, the first of them wins.
    pub order: Vec<String>,
    /// What every account holds that has none of the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
}
