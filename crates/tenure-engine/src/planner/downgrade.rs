use std::collections::{BTreeMap, BTreeSet};

use tenure_connector::EntitlementRef;
use tenure_policy::{EntitlementKey, IdentityId, TargetId};
use tenure_store::{HeldRecord, LinkRecord};

use super::Planner;
use crate::plan::{Record, StepId, Verb};

impl Planner<'_> {
    /// Puts the fallback of the target's licences in the place of what the account holds.
    pub(super) fn downgrade(
        &mut self,
        identity: &IdentityId,
        target: &TargetId,
        link: &LinkRecord,
        reasons: &[String],
        after: Option<&StepId>,
    ) -> Vec<StepId> {
        let Some((fallback, stronger)) = self.stronger(target, link) else { return Vec::new() };
        let Some(world) = self.world.targets.get(target) else { return Vec::new() };
        let weaker = world.entitlement(&fallback);
        let has_it = world.held_by(&link.account).any(|held| is(held, &weaker));
        // Such a target takes the one away when it gives the other.
        let replaces = world.described.schema.exclusive_group(&weaker).is_some();
        let mut steps: Vec<StepId> = Vec::new();
        for held in stronger.iter().filter(|_| has_it || !replaces) {
            let verb = Verb::ReleaseSeat;
            steps.extend(self.revoke(identity, target, held, verb, reasons.to_vec(), after));
        }
        if !has_it {
            let operation = self.giving(target, identity, &weaker, BTreeMap::new());
            let Some(operation) = operation else { return steps };
            let what = self.world.targets.get(target).map(|world| world.show(&weaker)).unwrap_or_default();
            let mut draft = self.draft(target, identity, Verb::Grant, what, reasons.to_vec());
            draft.key = weaker.to_string();
            let mut step = self.operation(draft, operation);
            self.count_in(&mut step, target, identity, &weaker);
            step.records.push(Record::Hold {
                named: (fallback.value() != weaker.id).then(|| fallback.value().to_owned()),
                entitlement: weaker,
                parameters: BTreeMap::new(),
                origins: BTreeSet::new(),
            });
            step.after.extend(after.cloned());
            step.after.extend(steps.iter().cloned());
            steps.extend(self.push(step));
        }
        steps
    }

    /// The fallback of the target's licences, and what the account holds of the others.
    pub(super) fn stronger(
        &self,
        target: &TargetId,
        link: &LinkRecord,
    ) -> Option<(EntitlementKey, Vec<HeldRecord>)> {
        let (group, fallback) = self.engine.policy.target(target)?.licence_fallback()?;
        let world = self.world.targets.get(target)?;
        let key = |value: &str| EntitlementKey::of(target.clone(), group.kind.clone(), value).ok();
        let others: Vec<EntitlementRef> = group
            .order
            .iter()
            .filter(|value| *value != fallback)
            .filter_map(|value| Some(world.entitlement(&key(value)?)))
            .collect();
        let held = world.held_by(&link.account);
        let held = held.filter(|held| !held.immutable && others.iter().any(|other| is(held, other)));
        Some((key(fallback)?, held.cloned().collect()))
    }
}

fn is(held: &HeldRecord, entitlement: &EntitlementRef) -> bool {
    held.kind == entitlement.kind && held.value == entitlement.id
}
