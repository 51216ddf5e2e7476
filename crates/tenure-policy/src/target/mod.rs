//! What the policy says about one connected system.

mod account;
mod correlate;
mod guard;
mod ladder;
mod mode;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::account::{Apply, AttributeMapping, CredentialPolicy, Login, Remove, UsernamePolicy};
pub use self::correlate::{Confidence, Correlation, CorrelationRule, Evidence};
pub use self::guard::{Guard, GuardLimit};
pub use self::ladder::{LadderRung, LeaverAction, Recipient};
pub use self::mode::{Mode, Modes};
use crate::entitlement::EntitlementKind;
use crate::money::{BillingPeriod, Money, SeatPrice};
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
    /// The paid seat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat: Option<SeatPolicy>,
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

    /// The licences of which an account always has one, and the one it has for want of another; `None`: there are none.
    #[must_use]
    pub fn licence_fallback(&self) -> Option<(&ExclusiveGroup, &str)> {
        let licences = self.exclusive.iter().filter(|group| group.kind.is_licence());
        licences.filter_map(|group| Some((group, group.fallback.as_deref()?))).next()
    }

    /// The price of one seat, when the target has paid seats.
    #[must_use]
    pub fn seat_price(&self) -> Option<SeatPrice> {
        self.seat.as_ref().map(SeatPolicy::price)
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

/// A paid seat: what it costs and when it counts as idle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatPolicy {
    /// The licence that is the seat, as the value of a `licence` entitlement.
    pub tier: String,
    /// The price of one seat for one `per`.
    pub price: Money,
    /// The period the price is for.
    pub per: BillingPeriod,
    /// How often the supplier bills.
    pub billed: BillingPeriod,
    /// After how long without use a seat counts as idle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_after: Option<Span>,
    /// The activities that count as use (a solved ticket, and not a login); without any, all of them do. An activity is
    /// `login`, or the path of an attribute of the account that says when it last happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<String>,
    /// The day the contract renews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renews: Option<chrono::NaiveDate>,
    /// How many seats are bought, if the number is fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owned: Option<u32>,
}

impl SeatPolicy {
    /// The activity that every target knows which tells of it: somebody logged in.
    pub const LOGIN: &'static str = "login";

    /// When the seat was last used for what it is paid for: the latest of the activities that count. Names are compared without regard to
    /// ASCII case.
    #[must_use]
    pub fn last_use<'a>(
        &self,
        activities: impl IntoIterator<Item = (&'a str, chrono::DateTime<chrono::Utc>)>,
    ) -> Option<chrono::DateTime<chrono::Utc>> {
        let counts = |name: &str| {
            self.counts.is_empty() || self.counts.iter().any(|own| own.eq_ignore_ascii_case(name))
        };
        activities.into_iter().filter(|(name, _)| counts(name)).map(|(_, at)| at).max()
    }

    /// The price with its billing.
    #[must_use]
    pub fn price(&self) -> SeatPrice {
        SeatPrice { amount: self.price.clone(), per: self.per, billed: self.billed, renews: self.renews }
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
