//! Paid seats: who holds one, who needs one, and what the others cost.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::compile::Policy;
use crate::desired::Evaluation;
use crate::entitlement::EntitlementKey;
use crate::id::{IdentityId, TargetId};
use crate::money::{Money, MoneyError};

/// Somebody who holds a seat, as the target tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatHolder {
    /// Whose it is; `None` for an account that belongs to nobody known.
    pub identity: Option<IdentityId>,
    /// The account, as the target names it.
    pub account: String,
    /// When it was last used for what it is paid for (a ticket handled, not a login).
    pub last_use: Option<DateTime<Utc>>,
}

/// What becomes of one seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatVerdict {
    /// Used, and wanted by the policy.
    InUse,
    /// Wanted by the policy, and not used for longer than `idle_after`.
    Idle,
    /// The policy wants another tier for the holder.
    OtherTier,
    /// The policy gives the holder no seat.
    NoReason,
    /// The holder has left.
    Leaver,
    /// The account belongs to nobody known.
    Orphan,
}

/// How a seat is best taken back, the least destructive way that is enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reclaim {
    /// Give the holder the weaker tier.
    Downgrade(EntitlementKey),
    /// Take the licence away; the account stays.
    Remove,
    /// Suspend the account, which gives the seat back.
    Suspend,
}

/// One seat in a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatRow {
    /// Who holds it.
    pub holder: SeatHolder,
    /// What becomes of it.
    pub verdict: SeatVerdict,
    /// Why the policy wants it, path by path; empty where it does not.
    pub reasons: Vec<String>,
    /// How it is best taken back, where it should be.
    pub reclaim: Option<Reclaim>,
}

/// The seats of one target, each with its verdict, and what they cost a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatReview {
    /// The target.
    pub target: TargetId,
    /// One row a seat, by account.
    pub rows: Vec<SeatRow>,
    /// What all seats cost a year.
    pub cost: Money,
    /// What the seats cost a year that nobody needs or uses.
    pub saving: Money,
}

impl SeatReview {
    /// How many seats have a verdict.
    #[must_use]
    pub fn count(&self, verdict: SeatVerdict) -> usize {
        self.rows.iter().filter(|row| row.verdict == verdict).count()
    }
}

impl Policy {
    /// Reviews the paid seats of a target: each holder against what the policy wants and against use. `None`: the target has no
    /// paid seats.
    ///
    /// # Errors
    ///
    /// When a cost is too large to be counted.
    pub fn review_seats(
        &self,
        target: &TargetId,
        holders: &[SeatHolder],
        evaluations: &BTreeMap<IdentityId, Evaluation>,
        now: DateTime<Utc>,
    ) -> Result<Option<SeatReview>, MoneyError> {
        let Some((policy, seat)) =
            self.target(target).and_then(|policy| Some((policy, policy.seat.as_ref()?)))
        else {
            return Ok(None);
        };
        let mut rows: Vec<SeatRow> = holders
            .iter()
            .map(|holder| {
                let evaluation = holder.identity.as_ref().and_then(|identity| evaluations.get(identity));
                let wanted = evaluation
                    .into_iter()
                    .flat_map(|e| e.entitlements.values())
                    .filter(|e| e.key.target == *target && e.key.kind.is_licence());
                let mut tiers = wanted.clone();
                let same = wanted.clone().find(|e| e.key.value() == seat.tier);
                let idle = seat
                    .idle_after
                    .is_some_and(|after| holder.last_use.is_none_or(|last| after.after(last) <= now));
                let verdict = match (evaluation, same) {
                    (None, _) => SeatVerdict::Orphan,
                    (Some(e), _) if e.state.phase.is_gone() => SeatVerdict::Leaver,
                    (Some(_), Some(_)) if idle => SeatVerdict::Idle,
                    (Some(_), Some(_)) => SeatVerdict::InUse,
                    (Some(_), None) if tiers.next().is_some() => SeatVerdict::OtherTier,
                    (Some(_), None) => SeatVerdict::NoReason,
                };
                let weaker = || {
                    let group = policy
                        .exclusive
                        .iter()
                        .find(|group| group.kind.is_licence() && group.order.contains(&seat.tier))?;
                    let next = group.order.iter().skip_while(|tier| **tier != seat.tier).nth(1)?;
                    EntitlementKey::of(target.clone(), group.kind.clone(), next).ok()
                };
                let reclaim = match verdict {
                    SeatVerdict::InUse => None,
                    SeatVerdict::OtherTier => {
                        wanted.clone().next().map(|e| Reclaim::Downgrade(e.key.clone()))
                    }
                    SeatVerdict::Idle => Some(weaker().map_or(Reclaim::Remove, Reclaim::Downgrade)),
                    SeatVerdict::NoReason => Some(Reclaim::Remove),
                    SeatVerdict::Leaver | SeatVerdict::Orphan => Some(Reclaim::Suspend),
                };
                let reasons = same.into_iter().flat_map(|e| &e.origins).map(ToString::to_string).collect();
                SeatRow { holder: holder.clone(), verdict, reasons, reclaim }
            })
            .collect();
        rows.sort_by(|a, b| a.holder.account.cmp(&b.holder.account));
        let price = seat.price();
        let count = |rows: usize| u32::try_from(rows).map_err(|_| MoneyError::TooLarge);
        let cost = price.per_year(count(rows.len())?)?;
        let saving =
            price.per_year(count(rows.iter().filter(|row| row.verdict != SeatVerdict::InUse).count())?)?;
        Ok(Some(SeatReview { target: target.clone(), rows, cost, saving }))
    }
}
