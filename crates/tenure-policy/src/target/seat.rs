//! Paid seats: what each tier costs, who holds it, and when it counts as idle.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::TargetPolicy;
use crate::entitlement::{EntitlementKey, EntitlementKind};
use crate::id::TargetId;
use crate::money::{BillingPeriod, Money, SeatPrice};
use crate::time::Span;

/// One tier of paid seats: what makes somebody hold it, what it costs and when it counts as idle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatPolicy {
    /// The tier, as the value of the entitlement that is the seat.
    pub tier: String,
    /// The kind of the entitlement that is the seat: a `licence`, unless a tier is held by a role or a group.
    #[serde(default = "licence", skip_serializing_if = "EntitlementKind::is_licence")]
    pub held_by: EntitlementKind,
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
    pub renews: Option<NaiveDate>,
    /// How many seats are bought, if the number is fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owned: Option<u32>,
    /// The ways in which a seat may be taken back, the first that is possible is proposed; without any, all of them from the mildest on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reclaim: Vec<ReclaimWay>,
}

/// A way in which a seat may be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReclaimWay {
    /// A cheaper tier takes its place.
    Downgrade,
    /// The account is suspended, where that gives the seat back.
    Suspend,
    /// The entitlement that is the seat is taken away; the account stays.
    Remove,
}

impl SeatPolicy {
    /// The activity that every target knows which tells of it: somebody logged in.
    pub const LOGIN: &'static str = "login";

    /// When the seat was last used for what it is paid for: the latest of the activities that count. Names are compared without regard to
    /// ASCII case.
    #[must_use]
    pub fn last_use<'a>(
        &self,
        activities: impl IntoIterator<Item = (&'a str, DateTime<Utc>)>,
    ) -> Option<DateTime<Utc>> {
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

    /// The entitlement that is this seat in a target; `None` for a tier without a name, which no policy that compiles has.
    #[must_use]
    pub fn key(&self, target: &TargetId) -> Option<EntitlementKey> {
        EntitlementKey::of(target.clone(), self.held_by.clone(), &self.tier).ok()
    }

    /// Whether an entitlement of the target is this seat.
    #[must_use]
    pub fn is(&self, kind: &EntitlementKind, value: &str) -> bool {
        self.held_by == *kind && self.tier == value
    }

    /// The ways in which a seat may be taken back, in the order in which they are tried.
    #[must_use]
    pub fn ways(&self) -> &[ReclaimWay] {
        const ALL: &[ReclaimWay] = &[ReclaimWay::Downgrade, ReclaimWay::Suspend, ReclaimWay::Remove];
        if self.reclaim.is_empty() { ALL } else { &self.reclaim }
    }
}

impl TargetPolicy {
    /// The tier of paid seats that an entitlement of this target is.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure_policy::{PolicyDocument, TargetId};
    ///
    /// let document = PolicyDocument::from_yaml("policy.yaml", "
    /// version: 1
    /// targets:
    ///   desk:
    ///     seat:
    ///       - { tier: professional, price: 115.00 USD, per: month, billed: annually, owned: 20 }
    ///       - { tier: light-agent, held_by: role, price: 9.00 USD, per: month, billed: month }
    /// ")?;
    /// let desk: TargetId = "desk".parse()?;
    /// let seat = document.targets[&desk].seat(&"desk/role:light-agent".parse()?).ok_or("no seat")?;
    /// assert_eq!(seat.price().per_year(1)?.to_string(), "108.00 USD");
    /// assert!(document.targets[&desk].seat(&"desk/role:lead".parse()?).is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn seat(&self, key: &EntitlementKey) -> Option<&SeatPolicy> {
        self.seats.iter().find(|seat| seat.is(&key.kind, key.value()))
    }

    /// The tier that may take the place of a seat: what comes after it in its exclusive group, else the dearest tier that is cheaper.
    #[must_use]
    pub fn weaker_seat(&self, target: &TargetId, seat: &SeatPolicy) -> Option<EntitlementKey> {
        let group = self
            .exclusive
            .iter()
            .find(|group| group.kind == seat.held_by && group.order.contains(&seat.tier));
        if let Some(group) = group {
            let next = group.order.iter().skip_while(|tier| **tier != seat.tier).nth(1)?;
            return EntitlementKey::of(target.clone(), group.kind.clone(), next).ok();
        }
        let yearly = |seat: &SeatPolicy| seat.price().per_year(1).ok();
        let own = yearly(seat)?;
        let cheaper = self.seats.iter().filter(|other| yearly(other).is_some_and(|other| other < own));
        cheaper.max_by_key(|other| yearly(other))?.key(target)
    }
}

pub(super) fn serialize<S: Serializer>(seats: &[SeatPolicy], serializer: S) -> Result<S::Ok, S::Error> {
    match seats {
        [one] => one.serialize(serializer),
        several => several.serialize(serializer),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<SeatPolicy>, D::Error> {
    struct OneOrMore;
    impl<'de> Visitor<'de> for OneOrMore {
        type Value = Vec<SeatPolicy>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a tier of paid seats, or a list of them")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<SeatPolicy>, A::Error> {
            Ok(vec![SeatPolicy::deserialize(MapAccessDeserializer::new(map))?])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<SeatPolicy>, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(list))
        }
    }
    deserializer.deserialize_any(OneOrMore)
}

#[expect(clippy::expect_used, reason = "a fixed text that is a kind")]
fn licence() -> EntitlementKind {
    EntitlementKind::parse("licence").expect("a kind")
}
