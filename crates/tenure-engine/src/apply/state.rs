use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use tenure_connector::{ConnectorError, EntitlementRef, ErrorKind};
use tenure_policy::{IdentityId, TargetId};
use tenure_store::{HeldRecord, LinkRecord};

use super::StepOutcome;
use crate::plan::{Step, StepId, Verb};
use crate::target::{Health, Tally};
use crate::world::World;

/// What a run knows while it goes on: the world, changed by its own effects.
#[derive(Debug)]
pub(crate) struct State {
    pub(super) world: World,
    /// By index in the plan.
    pub(super) outcomes: BTreeMap<usize, (StepOutcome, String)>,
    /// Targets that are not asked in this run, since they were out of order before it, and why.
    pub(super) resting: BTreeMap<TargetId, String>,
    /// Targets that were out of order and are tried again: the first failure is enough.
    pub(super) on_trial: BTreeMap<TargetId, Health>,
    pub(crate) tallies: BTreeMap<TargetId, Tally>,
    /// Steps whose targets have answered since somebody looked, by index in the plan.
    pub(super) answered: Vec<usize>,
    /// What steps take from an account that somebody always has to hold: those that are under way, and those of which
    /// nobody knows whether they took effect.
    pub(super) taking: BTreeMap<StepId, Taking>,
    /// When the first of the steps that have to wait can go.
    pub(super) next: Option<DateTime<Utc>>,
    pub(super) journalled: u64,
}

/// What a step takes from an account that somebody always has to hold.
#[derive(Debug)]
pub(super) struct Taking {
    pub(super) target: TargetId,
    pub(super) account: String,
    pub(super) entitlements: Vec<EntitlementRef>,
}

impl State {
    pub(super) fn new(world: World) -> Self {
        Self {
            world,
            outcomes: BTreeMap::new(),
            resting: BTreeMap::new(),
            on_trial: BTreeMap::new(),
            tallies: BTreeMap::new(),
            answered: Vec::new(),
            taking: BTreeMap::new(),
            next: None,
            journalled: 0,
        }
    }

    pub(super) fn link(&self, target: &TargetId, identity: &IdentityId) -> Option<&LinkRecord> {
        self.world.targets.get(target)?.links.get(identity)
    }

    pub(super) fn set_link(&mut self, target: &TargetId, identity: &IdentityId, link: LinkRecord) {
        if let Some(world) = self.world.targets.get_mut(target) {
            world.owners.insert(link.account.clone(), identity.clone());
            match link.is_live() {
                true => drop(world.links.insert(identity.clone(), link)),
                false => drop(world.links.remove(identity)),
            }
        }
    }

    pub(super) fn held(
        &self,
        target: &TargetId,
        account: &str,
        entitlement: &EntitlementRef,
    ) -> Option<HeldRecord> {
        let world = self.world.targets.get(target)?;
        let found =
            world.held_by(account).find(|held| held.kind == entitlement.kind && held.value == entitlement.id);
        found.cloned()
    }

    pub(super) fn hold(&mut self, target: &TargetId, held: HeldRecord) {
        if let Some(world) = self.world.targets.get_mut(target) {
            let list = world.held.entry(held.account.clone()).or_default();
            list.retain(|other| other.key() != held.key());
            list.push(held);
        }
    }

    pub(super) fn lose(&mut self, target: &TargetId, held: &HeldRecord) {
        if let Some(list) =
            self.world.targets.get_mut(target).and_then(|world| world.held.get_mut(&held.account))
        {
            list.retain(|other| other.key() != held.key());
        }
    }

    /// Everyone but one account who holds an entitlement with an account that works, and keeps it as far as one knows.
    pub(super) fn other_holders(
        &self,
        target: &TargetId,
        account: &str,
        entitlement: &EntitlementRef,
    ) -> BTreeSet<&str> {
        let Some(world) = self.world.targets.get(target) else { return BTreeSet::new() };
        world
            .held
            .iter()
            .filter(|(other, _)| other.as_str() != account)
            .filter(|(other, _)| world.accounts.get(*other).is_some_and(|found| found.is_active()))
            .filter(|(_, held)| {
                held.iter().any(|held| held.kind == entitlement.kind && held.value == entitlement.id)
            })
            .filter(|(other, _)| {
                let taken = self.taking.values().filter(|taking| taking.target == *target);
                !taken
                    .into_iter()
                    .any(|taking| taking.account == **other && taking.entitlements.contains(entitlement))
            })
            .map(|(other, _)| other.as_str())
            .collect()
    }

    pub(super) fn succeeded(&mut self, target: &TargetId) {
        let tally = self.tallies.entry(target.clone()).or_default();
        tally.asked += 1;
        tally.in_a_row = 0;
    }

    /// Counts a failure. References have a budget of their own and stop nothing; what a target says about one object
    /// stops nobody else's operations.
    pub(super) fn failed(&mut self, step: &Step, breaker: u32, error: &ConnectorError) {
        let breaker = if self.on_trial.contains_key(&step.target) { 1 } else { breaker };
        let tally = self.tallies.entry(step.target.clone()).or_default();
        tally.asked += 1;
        if step.verb == Verb::SetReference {
            tally.references += 1;
            return;
        }
        tally.failed += 1;
        match error.kind() {
            ErrorKind::Auth | ErrorKind::Config => tally.broken = Some((error.to_string(), true)),
            ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::RateLimited => {
                tally.in_a_row += 1;
                if tally.in_a_row >= breaker && tally.broken.is_none() {
                    tally.broken = Some((error.to_string(), false));
                }
            }
            _ => tally.in_a_row = 0,
        }
    }

    /// Notes when something that waits can go.
    pub(super) fn wake(&mut self, at: DateTime<Utc>) {
        self.next = Some(self.next.map_or(at, |known| known.min(at)));
    }
}
