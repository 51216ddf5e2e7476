use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use tenure_connector::record::ACCOUNT_SCHEMA;
use tenure_policy::{IdentityId, Money, SeatPolicy, TargetId};
use tenure_scim::Resource;

use crate::plan::Cost;
use crate::world::{TargetWorld, World};
use crate::{Engine, Result};

/// The paid seats of all targets: who has one, who does not use it, and what that costs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeatReport {
    /// One entry for each tier with a price.
    pub tiers: Vec<SeatTier>,
}

impl SeatReport {
    /// What the seats in use cost in a year.
    #[must_use]
    pub fn yearly(&self) -> Cost {
        self.tiers.iter().map(|tier| &tier.yearly).collect()
    }

    /// What the idle seats cost in a year.
    #[must_use]
    pub fn idle_yearly(&self) -> Cost {
        self.tiers.iter().map(|tier| &tier.idle_yearly).collect()
    }
}

/// The paid seats of one tier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeatTier {
    /// Where.
    pub target: TargetId,
    /// The tier.
    pub tier: String,
    /// How many seats are bought, where that is known.
    pub owned: Option<u32>,
    /// How many accounts hold one.
    pub used: u32,
    /// Those that are not used, the longest first.
    pub idle: Vec<IdleSeat>,
    /// What one seat costs in a year.
    pub per_seat: Money,
    /// What the seats in use cost in a year.
    pub yearly: Money,
    /// What the idle ones among them cost in a year.
    pub idle_yearly: Money,
    /// The day the contract renews.
    pub renews: Option<NaiveDate>,
}

/// A paid seat that nobody uses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IdleSeat {
    /// The account.
    pub account: String,
    /// Whose it is.
    pub identity: Option<IdentityId>,
    /// The name to show.
    pub person: String,
    /// When the account was last used; never, as far as the target knows.
    pub last_activity: Option<DateTime<Utc>>,
    /// Why it counts as idle.
    pub reason: String,
    /// What it costs in a year.
    pub yearly: Money,
}

impl Engine {
    /// Reports paid seats from what was last observed: in use, idle, and the yearly cost, exactly.
    ///
    /// A seat is idle when its account does not work, or was not used for as long as the policy's `idle_after` says, where
    /// only what the policy's `counts` names is use. An account that the target says nothing about counts as used from the
    /// day it was linked.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails; `Connector`, when a target's schema cannot be had.
    pub async fn seats(&self, now: DateTime<Utc>) -> Result<SeatReport> {
        let engine = self.at(now)?;
        let world = World::load(engine, now).await?;
        let mut report = SeatReport::default();
        for (target, policy) in engine.policy.targets() {
            let Some(found) = world.targets.get(target) else { continue };
            let tiers = policy.seats.iter().filter_map(|seat| tier(&world, target, found, seat, now));
            report.tiers.extend(tiers);
        }
        Ok(report)
    }
}

fn tier(
    world: &World,
    target: &TargetId,
    found: &TargetWorld,
    seat: &SeatPolicy,
    now: DateTime<Utc>,
) -> Option<SeatTier> {
    let price = seat.price();
    let holders: Vec<&str> = found
        .held
        .iter()
        .filter(|(_, held)| held.iter().any(|held| found.is_seat(seat, &held.kind, &held.value)))
        .map(|(account, _)| account.as_str())
        .collect();
    let mut idle: Vec<IdleSeat> =
        holders.iter().filter_map(|account| idle_seat(world, found, seat, account, now)).collect();
    idle.sort_by(|a, b| (a.last_activity, &a.account).cmp(&(b.last_activity, &b.account)));
    let count = |seats: usize| u32::try_from(seats).unwrap_or(u32::MAX);
    // A price that cannot be multiplied is no price; the policy's own check refuses such amounts.
    Some(SeatTier {
        target: target.clone(),
        tier: seat.tier.clone(),
        owned: seat.owned,
        used: count(holders.len()),
        per_seat: price.per_year(1).ok()?,
        yearly: price.per_year(count(holders.len())).ok()?,
        idle_yearly: price.per_year(count(idle.len())).ok()?,
        idle,
        renews: seat.renews,
    })
}

fn idle_seat(
    world: &World,
    found: &TargetWorld,
    seat: &SeatPolicy,
    account: &str,
    now: DateTime<Utc>,
) -> Option<IdleSeat> {
    let seen = found.accounts.get(account)?;
    let identity = found.owners.get(account).cloned();
    let linked = identity.as_ref().and_then(|identity| found.links.get(identity)).map(|link| link.since);
    let last = last_use(&seen.resource, seat);
    let reason = if !seen.is_active() {
        "the account is disabled".to_owned()
    } else {
        let limit = seat.idle_after?.before(now);
        let used = last.or(linked)?;
        if used >= limit {
            return None;
        }
        format!("not used since {}", used.format("%Y-%m-%d"))
    };
    let person = identity
        .as_ref()
        .and_then(|identity| world.identities.get(identity))
        .map(|identity| identity.display_name().to_owned())
        .or_else(|| seen.resource.text("userName").map(str::to_owned))
        .unwrap_or_else(|| account.to_owned());
    let yearly = seat.price().per_year(1).ok()?;
    Some(IdleSeat { account: account.to_owned(), identity, person, last_activity: last, reason, yearly })
}

/// When a seat was last used for what counts as use: a login, or what an attribute of the account says.
pub(crate) fn last_use(account: &Resource, seat: &SeatPolicy) -> Option<DateTime<Utc>> {
    let login = last_used(account).map(|at| (SeatPolicy::LOGIN, at));
    let told = seat.counts.iter().filter_map(|path| Some((path.as_str(), moment(account, path)?)));
    seat.last_use(login.into_iter().chain(told))
}

/// When somebody last logged in, where the target tells.
pub(crate) fn last_used(account: &Resource) -> Option<DateTime<Utc>> {
    moment(account, &format!("{ACCOUNT_SCHEMA}:lastLogin"))
}

fn moment(account: &Resource, path: &str) -> Option<DateTime<Utc>> {
    let text = account.text(path)?;
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}
