use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tenure_connector::{OperationKind, SideEffect};
use tenure_policy::{
    Evaluation, Facts, Identity, IdentityId, SeatForecast, SeatHolder, SeatPolicy, SeatReview, TargetId,
};

use crate::seats::last_use;
use crate::world::{TargetWorld, World};
use crate::{Engine, Result};

impl Engine {
    /// Reviews every paid seat of every target before a renewal, from what was last observed: who holds it, whether it is
    /// used, whether the policy has a reason for it, and what it costs.
    ///
    /// Where [`seats`](Engine::seats) lists what is idle, this has a row for each seat that is billed.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails; `Connector`, when a target's schema cannot be had.
    pub async fn review_seats(&self, now: DateTime<Utc>) -> Result<Vec<SeatReview>> {
        let engine = self.at(now)?;
        let world = World::load(engine, now).await?;
        let evaluations: BTreeMap<IdentityId, Evaluation> = world
            .identities
            .iter()
            .map(|(id, identity)| {
                let (held, accounts) = (world.held_grants(id), world.held_accounts(id));
                let grants = world.grants.get(id).map(Vec::as_slice).unwrap_or_default();
                let facts = Facts::new(now)
                    .with_grants(grants)
                    .with_held(&held)
                    .with_accounts(&accounts)
                    .with_directory(&*world.identities)
                    .with_names(&world.names);
                (id.clone(), engine.policy.evaluate(identity, &facts))
            })
            .collect();
        let mut reviews = Vec::new();
        for (target, policy) in engine.policy.targets() {
            let Some(found) = world.targets.get(target) else { continue };
            let holders: Vec<SeatHolder> =
                policy.seats.iter().flat_map(|seat| holders(target, found, seat)).collect();
            // An amount that cannot be counted is refused when the policy is read.
            reviews.extend(engine.policy.review_seats(target, &holders, &evaluations, now).ok().flatten());
        }
        Ok(reviews)
    }

    /// How many paid seats each tier will need from now until a moment: future hires, leavers, movers and grants that begin or end,
    /// as far as they are known, from what was last observed.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails; `Connector`, when a target's schema cannot be had.
    pub async fn forecast_seats(
        &self,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Vec<SeatForecast>> {
        let engine = self.at(now)?;
        let world = World::load(engine, now).await?;
        let mut seated = Vec::new();
        for (target, policy) in engine.policy.targets() {
            let Some(found) = world.targets.get(target) else { continue };
            seated.extend(policy.seats.iter().flat_map(|seat| holders(target, found, seat)));
        }
        let mut held = BTreeMap::new();
        for id in world.identities.keys() {
            held.insert(id, (world.held_grants(id), world.held_accounts(id)));
        }
        let facts = |identity: &Identity| {
            let id = identity.id();
            let grants = world.grants.get(id).map(Vec::as_slice).unwrap_or_default();
            let (held, accounts) = held
                .get(id)
                .map(|(held, accounts)| (held.as_slice(), accounts.as_slice()))
                .unwrap_or_default();
            Facts::new(now)
                .with_grants(grants)
                .with_held(held)
                .with_accounts(accounts)
                .with_directory(&*world.identities)
                .with_names(&world.names)
        };
        Ok(engine.policy.forecast_seats(world.identities.values(), facts, &seated, until))
    }
}

fn holders(target: &TargetId, found: &TargetWorld, seat: &SeatPolicy) -> Vec<SeatHolder> {
    let Some(key) = seat.key(target) else { return Vec::new() };
    let stops = found.capabilities.operation(&found.class, OperationKind::SetStatus);
    let frees = stops.is_some_and(|stops| stops.effects.contains(&SideEffect::FreesSeat));
    let holding = found
        .held
        .iter()
        .filter(|(_, held)| held.iter().any(|held| found.is_seat(seat, &held.kind, &held.value)));
    holding
        .map(|(account, _)| {
            let identity = found.owners.get(account).cloned();
            let linked =
                identity.as_ref().and_then(|identity| found.links.get(identity)).map(|link| link.since);
            let seen = found.accounts.get(account);
            let mut holder = SeatHolder::new(identity, account, key.clone());
            // What was never used counts as used on the day it was linked.
            holder.last_use = seen.and_then(|seen| last_use(&seen.resource, seat)).or(linked);
            holder.suspending_frees = frees && seen.is_some_and(|seen| seen.is_active());
            holder
        })
        .collect()
}
