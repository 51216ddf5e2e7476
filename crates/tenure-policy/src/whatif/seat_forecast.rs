//! Paid seats in the time to come: who will take one, and who will give one back.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::seats::SeatHolder;
use crate::compile::Policy;
use crate::desired::{AccountStatus, Evaluation};
use crate::entitlement::EntitlementKey;
use crate::evaluate::Evaluator;
use crate::facts::{Facts, HeldAccount};
use crate::grant::HeldGrant;
use crate::id::{IdentityId, TargetId};
use crate::identity::Identity;
use crate::lifecycle::Phase;
use crate::money::Money;
use crate::target::{LeaverAction, SeatPolicy, TargetPolicy};

/// The paid seats of one tier from now until a day, if nothing happens but what is known: future hires begin, people leave, grants
/// end, and every plan is carried out on its day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeatForecast {
    /// The target.
    pub target: TargetId,
    /// The tier.
    pub tier: String,
    /// The entitlement that is the seat.
    pub seat: EntitlementKey,
    /// How many are bought, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owned: Option<u32>,
    /// How many are held now, by whomever.
    pub held: u32,
    /// Who takes one and who gives one back, in the order of time. What is due now comes first.
    pub moves: Vec<SeatMove>,
    /// What one seat costs in a year.
    pub per_seat: Money,
}

/// One seat that is taken or given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeatMove {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub identity: IdentityId,
    /// Taken, or else given back.
    pub taken: bool,
    /// In which phase they are then.
    pub phase: Phase,
}

impl SeatForecast {
    /// How many are held at a moment, with what is due then.
    #[must_use]
    pub fn held_at(&self, at: DateTime<Utc>) -> u32 {
        self.levels().take_while(|(since, _)| *since <= at).last().map_or(self.held, |(_, held)| held)
    }

    /// The most that are held at once, and since when; now, as long as it does not become more.
    #[must_use]
    pub fn most(&self) -> (Option<DateTime<Utc>>, u32) {
        let levels = self.levels().map(|(since, held)| (Some(since), held));
        levels.fold((None, self.held), |most, level| if level.1 > most.1 { level } else { most })
    }

    /// From when on more are needed than are bought.
    #[must_use]
    pub fn short_from(&self) -> Option<DateTime<Utc>> {
        let owned = self.owned?;
        self.levels().find(|(_, held)| *held > owned).map(|(since, _)| since)
    }

    /// How many are held after each moment at which something moves. What moves at one moment counts together.
    fn levels(&self) -> impl Iterator<Item = (DateTime<Utc>, u32)> + '_ {
        let mut held = self.held;
        self.moves.chunk_by(|a, b| a.at == b.at).filter_map(move |together| {
            for moved in together {
                held = if moved.taken { held.saturating_add(1) } else { held.saturating_sub(1) };
            }
            together.first().map(|moved| (moved.at, held))
        })
    }
}

impl Policy {
    /// How many paid seats each tier will need from `facts.now` until an instant. `holders` says who holds one now.
    ///
    /// A leaver keeps the seat until the rung of the leaver's way that gives it back; who moves keeps it for the grace. A seat of which
    /// nobody knows why it is held stays, because no plan takes it.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::{DateTime, NaiveDate};
    /// use tenure_policy::{Engagement, Facts, Identity, Person, Policy, PolicyDocument};
    /// use tenure_scim::Resource;
    ///
    /// let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{
    ///     "version": 1,
    ///     "targets": { "desk": { "seat": { "tier": "pro", "price": "115.00 USD", "per": "month", "billed": "annually", "owned": 0 } } },
    ///     "rules": [ { "id": "all", "entitlements": ["desk/licence:pro"] } ]
    /// }"#)?)?;
    /// let start = NaiveDate::from_ymd_opt(2026, 3, 9).ok_or("no such day")?;
    /// let hire = Identity::from(Person::new("p-1".parse()?, Resource::default())
    ///     .with_engagement(Engagement::new("e-1".parse()?, "Employee", start, "Europe/Berlin".parse()?)));
    /// let day = |text| DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
    /// let facts = Facts::new(day("2026-02-01T08:00:00Z")?);
    /// let seats = policy.forecast_seats([&hire], |_| facts, &[], day("2026-06-01T00:00:00Z")?);
    /// assert_eq!((seats[0].held, seats[0].most().1), (0, 1));
    /// assert!(seats[0].short_from().is_some(), "none is bought");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn forecast_seats<'a, 'f>(
        &self,
        population: impl IntoIterator<Item = &'a Identity>,
        facts: impl Fn(&'a Identity) -> Facts<'f>,
        holders: &[SeatHolder],
        until: DateTime<Utc>,
    ) -> Vec<SeatForecast> {
        let tiers = self.targets().flat_map(|(target, policy)| {
            policy.seats.iter().filter_map(move |seat| Some(Tier { policy, seat, key: seat.key(target)? }))
        });
        let tiers: Vec<Tier<'_>> = tiers.collect();
        let mut forecasts: Vec<SeatForecast> = tiers.iter().filter_map(|tier| tier.empty(holders)).collect();
        let holding: BTreeSet<(&IdentityId, &EntitlementKey)> =
            holders.iter().filter_map(|one| Some((one.identity.as_ref()?, &one.seat))).collect();
        let mut evaluator = self.evaluator();
        for identity in population {
            let id = identity.id();
            let held = tiers.iter().map(|tier| &tier.key).filter(|key| holding.contains(&(id, *key)));
            let mut walk = Walk::new(facts(identity), held.collect());
            for (seat, moved) in walk.moves(&mut evaluator, identity, &tiers, until) {
                let ours = forecasts.iter_mut().find(|forecast| forecast.seat == *seat);
                ours.into_iter().for_each(|forecast| forecast.moves.push(moved.clone()));
            }
        }
        for forecast in &mut forecasts {
            forecast.moves.sort_by(|a, b| (a.at, a.taken, &a.identity).cmp(&(b.at, b.taken, &b.identity)));
        }
        forecasts
    }
}

/// One tier of one target.
struct Tier<'p> {
    policy: &'p TargetPolicy,
    seat: &'p SeatPolicy,
    key: EntitlementKey,
}

impl Tier<'_> {
    /// A tier of which nothing has moved. A price that cannot be multiplied is refused when the policy is read.
    fn empty(&self, holders: &[SeatHolder]) -> Option<SeatForecast> {
        let held = holders.iter().filter(|holder| holder.seat == self.key).count();
        Some(SeatForecast {
            target: self.key.target.clone(),
            tier: self.seat.tier.clone(),
            seat: self.key.clone(),
            owned: self.seat.owned,
            held: u32::try_from(held).unwrap_or(u32::MAX),
            moves: Vec::new(),
            per_seat: self.seat.price().per_year(1).ok()?,
        })
    }

    /// Whether it is what an account is left with that is downgraded.
    fn is_fallback(&self) -> bool {
        let left = self.policy.licence_fallback();
        left.is_some_and(|(group, value)| self.seat.is(&group.kind, value))
    }
}

/// One identity on its way through time, with every plan carried out as it falls due.
struct Walk<'f, 'p> {
    facts: Facts<'f>,
    accounts: Vec<HeldAccount>,
    grants: Vec<HeldGrant>,
    seats: BTreeSet<&'p EntitlementKey>,
}

impl<'f, 'p> Walk<'f, 'p> {
    fn new(facts: Facts<'f>, seats: BTreeSet<&'p EntitlementKey>) -> Self {
        Self { facts, accounts: facts.accounts.to_vec(), grants: facts.held.to_vec(), seats }
    }

    fn moves(
        &mut self,
        evaluator: &mut Evaluator<'_>,
        identity: &Identity,
        tiers: &'p [Tier<'p>],
        until: DateTime<Utc>,
    ) -> Vec<(&'p EntitlementKey, SeatMove)> {
        let (mut at, mut found) = (self.facts.now, Vec::new());
        // Each step is later than the one before, so this ends; the bound only guards against a flood of tiny steps.
        for _ in 0..MOST {
            let facts = self.facts.at(at).with_accounts(&self.accounts).with_held(&self.grants);
            let wanted = evaluator.evaluate(identity, &facts).to_evaluation();
            let has: Vec<bool> = tiers.iter().map(|tier| self.keeps(&wanted, tier, at)).collect();
            for (tier, has) in tiers.iter().zip(has) {
                if self.seats.contains(&tier.key) == has {
                    continue;
                }
                if has {
                    self.seats.insert(&tier.key)
                } else {
                    self.seats.remove(&tier.key)
                };
                let moved =
                    SeatMove { at, identity: identity.id().clone(), taken: has, phase: wanted.state.phase };
                found.push((&tier.key, moved));
            }
            self.carry_out(&wanted, at);
            match wanted.next_change_at.filter(|next| *next > at && *next <= until) {
                Some(next) => at = next,
                None => break,
            }
        }
        found
    }

    /// Whether the seat is held once what is due has been done.
    fn keeps(&self, wanted: &Evaluation, tier: &Tier<'_>, at: DateTime<Utc>) -> bool {
        let (key, target) = (&tier.key, &tier.key.target);
        if wanted.entitlements.contains_key(key) {
            return true;
        }
        let account = wanted.accounts.get(target);
        match account.filter(|account| !account.ladder.is_empty() || account.status == AccountStatus::Absent)
        {
            Some(account) => {
                use LeaverAction::{Delete, Downgrade, ReleaseSeat, RemoveEntitlements};
                let due = |actions: &[LeaverAction]| {
                    account.ladder.iter().any(|rung| actions.contains(&rung.action) && rung.is_due(at))
                };
                let has = self.seats.contains(key);
                if account.status == AccountStatus::Absent || due(&[Delete, ReleaseSeat, RemoveEntitlements])
                {
                    false
                } else if due(&[Downgrade]) {
                    let here = self.seats.iter().any(|seat| seat.target == *target);
                    tier.is_fallback() && (has || here)
                } else {
                    has
                }
            }
            // What nobody knows a reason for, no plan takes.
            None => self.seats.contains(key) && !self.grants.iter().any(|held| held.key == *key),
        }
    }

    fn carry_out(&mut self, wanted: &Evaluation, at: DateTime<Utc>) {
        let before = std::mem::take(&mut self.accounts);
        for account in wanted.accounts.values().filter(|account| account.status != AccountStatus::Absent) {
            let mut held = HeldAccount::new(account.target.clone());
            if !account.ladder.is_empty() {
                let known = before.iter().find(|known| known.target == account.target);
                held.unwanted_since = Some(known.and_then(|known| known.unwanted_since).unwrap_or(at));
            }
            self.accounts.push(held);
        }
        let before = std::mem::take(&mut self.grants);
        for desired in wanted.entitlements.values() {
            let since = before.iter().find(|held| held.key == desired.key).map_or(at, |held| held.since);
            let mut held = HeldGrant::new(desired.key.clone(), since);
            match &desired.grace {
                Some(grace) => (held.origins, held.lost) = (grace.was.clone(), Some(grace.lost)),
                None => held.origins.clone_from(&desired.origins),
            }
            self.grants.push(held);
        }
    }
}

const MOST: usize = 1000;
