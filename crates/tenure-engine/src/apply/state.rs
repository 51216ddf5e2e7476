use std::collections::{BTreeMap, BTreeSet};

use tenure_connector::EntitlementRef;
use tenure_policy::{IdentityId, TargetId};
use tenure_store::{HeldRecord, LinkRecord};

use super::StepOutcome;
use crate::world::World;

/// What a run knows while it goes on: the world, changed by its own effects.
#[derive(Debug)]
pub(super) struct State {
    pub(super) world: World,
    /// By index in the plan.
    pub(super) outcomes: BTreeMap<usize, (StepOutcome, String)>,
    /// Targets that are not asked any more in this run, and why.
    pub(super) broken: BTreeMap<TargetId, String>,
    /// Failures in a row, by target.
    pub(super) failures: BTreeMap<TargetId, u32>,
    pub(super) journalled: u64,
}

/// How many temporary failures in a row make a target count as out of order for the rest of the run.
const MOST_FAILURES: u32 = 5;

impl State {
    pub(super) fn new(world: World) -> Self {
        Self {
            world,
            outcomes: BTreeMap::new(),
            broken: BTreeMap::new(),
            failures: BTreeMap::new(),
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

    /// Everyone but one account who holds an entitlement with an account that works.
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
            .map(|(other, _)| other.as_str())
            .collect()
    }

    pub(super) fn succeeded(&mut self, target: &TargetId) {
        self.failures.remove(target);
    }

    pub(super) fn failed(&mut self, target: &TargetId, for_good: bool, detail: &str) {
        let failures = self.failures.entry(target.clone()).or_default();
        *failures += 1;
        if for_good || *failures >= MOST_FAILURES {
            self.broken.entry(target.clone()).or_insert_with(|| detail.to_owned());
        }
    }
}
