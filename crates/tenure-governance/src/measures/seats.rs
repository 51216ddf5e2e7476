use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use tenure_engine::Census;
use tenure_policy::{
    EntitlementKey, EntitlementKind, Identity, IdentityId, Money, SeatPolicy, TargetId, TargetPolicy,
};
use tenure_store::{HeldRecord, LinkRecord, PageRequest, Select};

use super::diary::held_seats;
use super::model::{MeasureScope, SeatWaste};
use super::trail::{Direction, Trail};
use crate::look::Look;
use crate::{Governance, GovernanceError, Result};

impl Governance {
    /// The days of paid seats in the scope that nobody used: of those that are held still, of those that were used again or given back
    /// as far as that was seen, and of those that leavers held until they were released.
    pub(super) async fn wasted_seats(
        &self,
        scope: &MeasureScope,
        trail: &Trail,
        now: DateTime<Utc>,
    ) -> Result<Vec<SeatWaste>> {
        let covered = |target: &TargetId, policy: &TargetPolicy| {
            !policy.seats.is_empty() && scope.covers(target.as_str())
        };
        let seated = self.engine.policy(now)?.targets().filter(|(target, policy)| covered(target, policy));
        let mut holders = BTreeSet::new();
        for (target, _) in seated {
            holders.extend(self.holders(target, Some(scope), now).await?);
        }
        let former: BTreeSet<IdentityId> =
            trail.moved.iter().filter_map(|moved| moved.identity.parse().ok()).collect();
        let census = self.look(Look::about(holders).besides(&former), now).await?;
        let mut found = Vec::new();
        let covered = census.policy().targets().filter(|(target, _)| scope.covers(target.as_str()));
        let tiers = covered.flat_map(|(target, policy)| {
            policy.seats.iter().filter_map(move |seat| Some((target, seat.key(target)?, seat)))
        });
        for (target, key, seat) in tiers.collect::<Vec<_>>() {
            let mut count = Count { scope, days: 0, of_leavers: 0 };
            for diary in self.diaries(&key, now).await?.into_values() {
                if scope.concerns(diary.identity.as_str()) {
                    diary.idle.iter().for_each(|(from, until)| count.add(*from, *until, false));
                }
            }
            held(&census, &key, seat, &mut count);
            released(&census, &key, trail, &mut count);
            // A price that cannot be multiplied is refused when the policy is read.
            let Ok(yearly) = seat.price().per_year(1) else { continue };
            found.push(SeatWaste {
                target: target.clone(),
                tier: seat.tier.clone(),
                days: count.days,
                of_leavers: count.of_leavers,
                seen_since: self.looked_since(target).await?,
                cost: for_days(&yearly, count.days),
            });
        }
        Ok(found)
    }

    /// Those who hold a licence, or another paid seat, in a target, all or those in a scope.
    pub(super) async fn holders(
        &self,
        target: &TargetId,
        scope: Option<&MeasureScope>,
        now: DateTime<Utc>,
    ) -> Result<BTreeSet<IdentityId>> {
        let policy = self.engine.policy(now)?.target(target);
        let kinds: BTreeSet<EntitlementKind> =
            policy.into_iter().flat_map(|policy| &policy.seats).map(|seat| seat.held_by.clone()).collect();
        let mut accounts = BTreeSet::new();
        let mut page = PageRequest::first(PAGE);
        loop {
            let held = self.store().held_by(target.as_str(), &page).await.map_err(GovernanceError::Store)?;
            let Some(last) = held.last() else { break };
            page = PageRequest::after(last.account.clone(), PAGE);
            let may_be = |held: &HeldRecord| {
                EntitlementKind::parse(&held.kind).is_ok_and(|kind| kinds.contains(&kind))
            };
            accounts.extend(held.into_iter().filter(may_be).map(|held| held.account));
        }
        let links =
            self.store().links(&Select::Target(target.to_string())).await.map_err(GovernanceError::Store)?;
        let concerns = |who: &str| scope.is_none_or(|scope| scope.concerns(who));
        let ours = |link: &LinkRecord| link.is_live() && accounts.contains(&link.account);
        let meant = links.into_iter().filter(|link| ours(link) && concerns(&link.identity));
        Ok(meant.filter_map(|link| link.identity.parse().ok()).collect())
    }
}

/// How many accounts are read at once.
const PAGE: usize = 1_000;

/// Days, each cut to the scope.
struct Count<'a> {
    scope: &'a MeasureScope,
    days: i64,
    of_leavers: i64,
}

impl Count<'_> {
    fn add(&mut self, from: DateTime<Utc>, until: DateTime<Utc>, left: bool) {
        let days = (until.min(self.scope.until) - from.max(self.scope.from)).num_days().max(0);
        self.days += days;
        self.of_leavers += if left { days } else { 0 };
    }
}

fn held(census: &Census, key: &EntitlementKey, seat: &SeatPolicy, count: &mut Count<'_>) {
    let now = census.now();
    for held in held_seats(census, key) {
        let Some(identity) = census.identity(&held.identity) else { continue };
        if !count.scope.concerns(identity.id().as_str()) {
            continue;
        }
        let left = left(census, identity, now);
        // Nobody knows since when an account is disabled; it was not used since it was used.
        let idle = match (held.account.active || left.is_some(), seat.idle_after) {
            (true, after) => after.map(|after| after.after(held.used)),
            (false, _) => Some(held.used),
        };
        if let Some(idle) = idle {
            count.add(idle, left.unwrap_or(now), false);
        }
        if let Some(left) = left {
            count.add(left.max(held.since), now, true);
        }
    }
}

fn released(census: &Census, seat: &EntitlementKey, trail: &Trail, count: &mut Count<'_>) {
    for moved in trail.moved.iter().filter(|moved| moved.direction == Direction::Removal) {
        let key = format!("{}/{}", moved.target, moved.what).parse::<EntitlementKey>();
        let ours = key.is_ok_and(|key| key == *seat) && count.scope.concerns(&moved.identity);
        let identity = moved.identity.parse().ok();
        let identity = identity.filter(|_| ours).and_then(|id| census.identity(&id));
        let left = identity.and_then(|identity| left(census, identity, moved.at));
        if let Some(left) = left {
            count.add(left, moved.at, true);
        }
    }
}

/// Since when somebody is gone at a moment, if they are.
pub(super) fn left(census: &Census, identity: &Identity, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let state = census.policy().state(identity, at);
    state.since.filter(|_| state.phase.is_gone())
}

/// A share of a year's price, rounded half up.
fn for_days(yearly: &Money, days: i64) -> Money {
    let minor = (i128::from(yearly.minor()) * i128::from(days) * 2 + 365) / (2 * 365);
    let minor = i64::try_from(minor).unwrap_or(i64::MAX);
    Money::from_minor(minor, yearly.currency()).unwrap_or_else(|_| yearly.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_365th_of_the_year_and_rounded_once() {
        let yearly = Money::from_minor(138_000, "USD").unwrap();
        for (days, minor) in [(0, 0), (1, 378), (10, 3781), (365, 138_000), (73, 27_600)] {
            assert_eq!(for_days(&yearly, days).minor(), minor, "{days} days");
        }
    }
}
