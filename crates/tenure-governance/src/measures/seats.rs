use chrono::{DateTime, Utc};
use tenure_engine::Census;
use tenure_policy::{EntitlementKey, Identity, Money, SeatPolicy, TargetId};

use super::model::{MeasureScope, SeatWaste};
use super::trail::{Direction, Trail};
use crate::{Governance, Result};

impl Governance {
    /// The days of paid seats in the scope that nobody used: of those that are held still, and of those that leavers held
    /// until they were released.
    pub(super) async fn wasted_seats(
        &self,
        scope: &MeasureScope,
        trail: &Trail,
        now: DateTime<Utc>,
    ) -> Result<Vec<SeatWaste>> {
        let census = self.engine.census(now).await?;
        let mut found = Vec::new();
        for (target, policy) in census.policy().targets() {
            let Some(seat) = policy.seat.as_ref().filter(|_| scope.covers(target.as_str())) else { continue };
            let mut count = Count { scope, days: 0, of_leavers: 0 };
            held(&census, target, seat, &mut count);
            released(&census, target, seat, trail, &mut count);
            // A price that cannot be multiplied is refused when the policy is read.
            let Ok(yearly) = seat.price().per_year(1) else { continue };
            found.push(SeatWaste {
                target: target.clone(),
                tier: seat.tier.clone(),
                days: count.days,
                of_leavers: count.of_leavers,
                cost: for_days(&yearly, count.days),
            });
        }
        Ok(found)
    }
}

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

fn held(census: &Census, target: &TargetId, seat: &SeatPolicy, count: &mut Count<'_>) {
    let now = census.now();
    for account in census.accounts().filter(|account| account.target == *target) {
        let Some(identity) = account.identity.as_ref().and_then(|id| census.identity(id)) else { continue };
        if !count.scope.concerns(identity.id().as_str()) {
            continue;
        }
        let possessed = census.possessions(identity.id());
        if !possessed
            .iter()
            .any(|held| held.account == account.id && is_seat(&held.entitlement, target, seat))
        {
            continue;
        }
        if let Some(left) = left(census, identity, now) {
            count.add(left, now, true);
        } else if let Some(used) = account.last_used.max(account.linked) {
            // Nobody knows since when an account is disabled; it was not used since it was used.
            let idle = match (account.active, seat.idle_after) {
                (true, Some(after)) => after.after(used),
                (true, None) => continue,
                (false, _) => used,
            };
            count.add(idle, now, false);
        }
    }
}

fn released(census: &Census, target: &TargetId, seat: &SeatPolicy, trail: &Trail, count: &mut Count<'_>) {
    for moved in trail.moved.iter().filter(|moved| moved.direction == Direction::Removal) {
        let key = format!("{}/{}", moved.target, moved.what).parse::<EntitlementKey>();
        let ours = key.is_ok_and(|key| is_seat(&key, target, seat)) && count.scope.concerns(&moved.identity);
        let identity = moved.identity.parse().ok();
        let identity = identity.filter(|_| ours).and_then(|id| census.identity(&id));
        let left = identity.and_then(|identity| left(census, identity, moved.at));
        if let Some(left) = left {
            count.add(left, moved.at, true);
        }
    }
}

/// Since when somebody is gone at a moment, if they are.
fn left(census: &Census, identity: &Identity, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let state = census.policy().state(identity, at);
    state.since.filter(|_| state.phase.is_gone())
}

fn is_seat(key: &EntitlementKey, target: &TargetId, seat: &SeatPolicy) -> bool {
    key.target == *target && key.kind.is_licence() && key.value() == seat.tier
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
