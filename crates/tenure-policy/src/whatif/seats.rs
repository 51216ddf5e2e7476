//! Paid seats: who holds one, who needs one, and what the others cost.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::compile::Policy;
use crate::desired::{DesiredEntitlement, Evaluation};
use crate::entitlement::EntitlementKey;
use crate::id::{IdentityId, TargetId};
use crate::money::{Money, MoneyError};
use crate::target::{LeaverAction, ReclaimWay, SeatPolicy, TargetPolicy};

/// Somebody who holds a seat, as the target tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatHolder {
    /// Whose it is; `None` for an account that belongs to nobody known.
    pub identity: Option<IdentityId>,
    /// The account, as the target names it.
    pub account: String,
    /// The entitlement that is the seat.
    pub seat: EntitlementKey,
    /// When it was last used for what it is paid for (a ticket handled, not a login).
    pub last_use: Option<DateTime<Utc>>,
    /// Whether suspending the account, which works, would give the seat back.
    #[serde(default)]
    pub suspending_frees: bool,
}

impl SeatHolder {
    /// Somebody of whom nothing but the seat is known.
    #[must_use]
    pub fn new(identity: Option<IdentityId>, account: &str, seat: EntitlementKey) -> Self {
        Self { identity, account: account.to_owned(), seat, last_use: None, suspending_frees: false }
    }
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

/// How a seat is best taken back: of the ways that its policy allows, the first that is possible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reclaim {
    /// Give the holder the weaker tier.
    Downgrade(EntitlementKey),
    /// Give the holder the tier that the policy wants, which costs as much or more.
    Change(EntitlementKey),
    /// Take the seat away; the account stays.
    Remove,
    /// Suspend the account, which gives the seat back.
    Suspend,
}

/// One seat in a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeatRow {
    /// Who holds it.
    pub holder: SeatHolder,
    /// What becomes of it.
    pub verdict: SeatVerdict,
    /// Why the policy wants it, path by path; empty where it does not.
    pub reasons: Vec<String>,
    /// How it is best taken back, where it should be.
    pub reclaim: Option<Reclaim>,
    /// What it costs a year.
    pub cost: Money,
    /// What taking it back saves a year: its price, less that of the tier that takes its place. Nothing, where it stays.
    pub saving: Money,
}

/// The seats of one target, each with its verdict, and what they cost a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeatReview {
    /// The target.
    pub target: TargetId,
    /// One row a seat, by account and tier.
    pub rows: Vec<SeatRow>,
    /// The tiers, in the order of the policy.
    pub tiers: Vec<TierReview>,
    /// What all seats cost a year.
    pub cost: Money,
    /// What can be saved a year on the seats that nobody needs or uses.
    pub saving: Money,
}

/// The seats of one tier in a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TierReview {
    /// The entitlement that is the seat.
    pub seat: EntitlementKey,
    /// How many are bought, where that is known.
    pub owned: Option<u32>,
    /// How many are held.
    pub held: u32,
    /// How many of them are used, and wanted by the policy.
    pub needed: u32,
    /// What one costs a year.
    pub per_seat: Money,
    /// What those that are held cost a year.
    pub cost: Money,
    /// What can be saved on them a year.
    pub saving: Money,
    /// The day the contract renews.
    pub renews: Option<chrono::NaiveDate>,
}

impl SeatReview {
    /// How many seats have a verdict.
    #[must_use]
    pub fn count(&self, verdict: SeatVerdict) -> usize {
        self.rows.iter().filter(|row| row.verdict == verdict).count()
    }
}

impl Policy {
    /// Reviews the paid seats of a target, of every tier: each holder against what the policy wants and against use. `None`: the
    /// target has no paid seats.
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
        let Some(policy) = self.target(target).filter(|policy| !policy.seats.is_empty()) else {
            return Ok(None);
        };
        let held = holders.iter().map(|holder| (holder.account.as_str(), &holder.seat)).collect();
        let review = Review { target, policy, evaluations, held, now };
        let mut rows = Vec::new();
        for holder in holders.iter().filter(|holder| holder.seat.target == *target) {
            let Some(seat) = policy.seat(&holder.seat) else { continue };
            rows.push(review.row(holder, seat)?);
        }
        rows.sort_by(|a, b| (&a.holder.account, &a.holder.seat).cmp(&(&b.holder.account, &b.holder.seat)));
        let mut tiers = Vec::new();
        for seat in &policy.seats {
            tiers.extend(seat.key(target).map(|key| tier(key, seat, &rows)).transpose()?);
        }
        let sum = |part: fn(&TierReview) -> &Money| total(tiers.iter().map(part));
        let (Some(cost), Some(saving)) = (sum(|tier| &tier.cost)?, sum(|tier| &tier.saving)?) else {
            return Ok(None);
        };
        Ok(Some(SeatReview { target: target.clone(), rows, tiers, cost, saving }))
    }
}

/// What one target is reviewed by.
struct Review<'a> {
    target: &'a TargetId,
    policy: &'a TargetPolicy,
    evaluations: &'a BTreeMap<IdentityId, Evaluation>,
    /// The seats that each account holds.
    held: BTreeSet<(&'a str, &'a EntitlementKey)>,
    now: DateTime<Utc>,
}

impl Review<'_> {
    fn row(&self, holder: &SeatHolder, seat: &SeatPolicy) -> Result<SeatRow, MoneyError> {
        let evaluation = holder.identity.as_ref().and_then(|identity| self.evaluations.get(identity));
        let wanted = || {
            evaluation
                .into_iter()
                .flat_map(|e| e.entitlements.values())
                .filter(|e| e.key.target == *self.target)
                .filter(|e| e.key.kind.is_licence() || self.policy.seat(&e.key).is_some())
        };
        let same = wanted().find(|e| e.key == holder.seat);
        let other = wanted().find(|e| e.key != holder.seat);
        let idle = seat
            .idle_after
            .is_some_and(|after| holder.last_use.is_none_or(|last| after.after(last) <= self.now));
        let verdict = match (evaluation, same, other) {
            (None, ..) => SeatVerdict::Orphan,
            (Some(e), ..) if e.state.phase.is_gone() => SeatVerdict::Leaver,
            (Some(_), Some(_), _) if idle => SeatVerdict::Idle,
            (Some(_), Some(_), _) => SeatVerdict::InUse,
            (Some(_), None, Some(_)) => SeatVerdict::OtherTier,
            (Some(_), None, None) => SeatVerdict::NoReason,
        };
        let reclaim = self.reclaim(holder, seat, verdict, other);
        let price = seat.price().per_year(1)?;
        let saving = match &reclaim {
            None => nothing(&price)?,
            Some(Reclaim::Downgrade(key) | Reclaim::Change(key)) => {
                let instead = self.policy.seat(key).map(|seat| seat.price().per_year(1)).transpose()?;
                let less = instead.map(|price| price.checked_mul(-1)).transpose()?;
                less.map_or(Ok(price.clone()), |less| price.checked_add(&less))?
            }
            Some(Reclaim::Remove | Reclaim::Suspend) => price.clone(),
        };
        let reasons = same.into_iter().flat_map(|e| &e.origins).map(ToString::to_string).collect();
        Ok(SeatRow { holder: holder.clone(), verdict, reasons, reclaim, cost: price, saving })
    }

    fn reclaim(
        &self,
        holder: &SeatHolder,
        seat: &SeatPolicy,
        verdict: SeatVerdict,
        other: Option<&DesiredEntitlement>,
    ) -> Option<Reclaim> {
        if verdict == SeatVerdict::InUse {
            return None;
        }
        let holds = |key: &EntitlementKey| self.held.contains(&(holder.account.as_str(), key));
        if let Some(other) = other.filter(|_| verdict == SeatVerdict::OtherTier) {
            // Who has both already only loses the one.
            return Some(match other.key.clone() {
                key if holds(&key) => Reclaim::Remove,
                key if self.costs_less(&key, seat) => Reclaim::Downgrade(key),
                key => Reclaim::Change(key),
            });
        }
        let possible = |way: &ReclaimWay| match way {
            ReclaimWay::Downgrade => {
                self.downgrade(seat, verdict).filter(|key| !holds(key)).map(Reclaim::Downgrade)
            }
            ReclaimWay::Suspend => holder.suspending_frees.then_some(Reclaim::Suspend),
            ReclaimWay::Remove => Some(Reclaim::Remove),
        };
        seat.ways().iter().find_map(possible)
    }

    /// The tier that may take the place of a seat that is idle; a leaver is left what the leaver's way leaves. Whom the policy gives
    /// none of the tiers it gives no account.
    fn downgrade(&self, seat: &SeatPolicy, verdict: SeatVerdict) -> Option<EntitlementKey> {
        let weaker = self.policy.weaker_seat(self.target, seat)?;
        let fallback = self.policy.licence_fallback();
        let is_fallback =
            fallback.is_some_and(|(group, value)| group.kind == weaker.kind && value == weaker.value());
        let left = || self.policy.leaver.iter().any(|rung| rung.action == LeaverAction::Downgrade);
        let fits = match verdict {
            SeatVerdict::Idle => true,
            SeatVerdict::Leaver => is_fallback && left(),
            _ => false,
        };
        fits.then_some(weaker)
    }

    fn costs_less(&self, key: &EntitlementKey, than: &SeatPolicy) -> bool {
        let yearly = |seat: &SeatPolicy| seat.price().per_year(1).ok();
        match self.policy.seat(key) {
            Some(other) => yearly(other) < yearly(than),
            // What has no price of its own costs nothing.
            None => true,
        }
    }
}

fn tier(key: EntitlementKey, seat: &SeatPolicy, rows: &[SeatRow]) -> Result<TierReview, MoneyError> {
    let count = |rows: usize| u32::try_from(rows).map_err(|_| MoneyError::TooLarge);
    let per_seat = seat.price().per_year(1)?;
    let ours = || rows.iter().filter(|row| row.holder.seat == key);
    let zero = nothing(&per_seat)?;
    Ok(TierReview {
        owned: seat.owned,
        held: count(ours().count())?,
        needed: count(ours().filter(|row| row.verdict == SeatVerdict::InUse).count())?,
        cost: total(ours().map(|row| &row.cost))?.unwrap_or_else(|| zero.clone()),
        saving: total(ours().map(|row| &row.saving))?.unwrap_or(zero),
        renews: seat.renews,
        per_seat,
        seat: key,
    })
}

/// No money at all.
fn nothing(like: &Money) -> Result<Money, MoneyError> {
    like.checked_mul(0)
}

fn total<'a>(mut amounts: impl Iterator<Item = &'a Money>) -> Result<Option<Money>, MoneyError> {
    let Some(first) = amounts.next() else { return Ok(None) };
    amounts.try_fold(first.clone(), |sum, amount| sum.checked_add(amount)).map(Some)
}
