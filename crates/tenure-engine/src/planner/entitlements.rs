use std::collections::{BTreeMap, BTreeSet};

use tenure_connector::{EntitlementRef, Operation, OperationKind};
use tenure_policy::{DesiredEntitlement, EntitlementKey, Evaluation, IdentityId, Mode, Money, TargetId};
use tenure_store::{HeldRecord, LinkRecord};

use super::Planner;
use super::bookkeeping::texts;
use crate::plan::{NoticeKind, Record, Risk, Step, StepId, Verb};
use crate::world::TargetWorld;

impl Planner<'_> {
    /// Compares what one identity holds in one target with what it should hold. Without a link everything is missing.
    pub(super) fn compare_entitlements(
        &mut self,
        evaluation: &Evaluation,
        target: &TargetId,
        link: Option<&LinkRecord>,
        after: Option<&StepId>,
    ) {
        let identity = &evaluation.identity;
        let Some(world) = self.world.targets.get(target) else { return };
        let desired: BTreeMap<EntitlementRef, &DesiredEntitlement> = evaluation
            .entitlements
            .values()
            .filter(|desired| desired.key.target == *target && !desired.key.is_account())
            .map(|desired| (world.entitlement(&desired.key), desired))
            .collect();
        let held: BTreeMap<EntitlementRef, HeldRecord> = link
            .into_iter()
            .flat_map(|link| world.held_by(&link.account))
            .map(|held| (EntitlementRef::new(held.kind.as_str(), held.value.as_str()), held.clone()))
            .collect();
        let extra: Vec<&HeldRecord> =
            held.iter().filter(|(found, _)| !desired.contains_key(*found)).map(|(_, held)| held).collect();
        let mut missing = Vec::new();
        for (entitlement, desired) in &desired {
            match held.get(entitlement) {
                Some(held) => {
                    self.note_reason(held, desired);
                    if parameters_differ(held, desired) {
                        missing.push((entitlement.clone(), *desired));
                    }
                }
                // What is in grace is not given again when it is gone.
                None if desired.origins.is_empty() => {}
                None => missing.push((entitlement.clone(), *desired)),
            }
        }
        let replaced: BTreeSet<EntitlementRef> = self.replaced(target, &missing, &extra);
        let mut revoked = Vec::new();
        for held in extra {
            let entitlement = EntitlementRef::new(held.kind.as_str(), held.value.as_str());
            if replaced.contains(&entitlement) {
                continue;
            }
            if let Some(step) = self.revoke_unwanted(evaluation, target, held, after) {
                revoked.push((entitlement, step));
            }
        }
        for (entitlement, desired) in missing {
            self.grant(identity, target, &entitlement, desired, &revoked, after);
        }
    }

    /// What the target itself takes away when it gives something of the same exclusive group.
    fn replaced(
        &self,
        target: &TargetId,
        missing: &[(EntitlementRef, &DesiredEntitlement)],
        extra: &[&HeldRecord],
    ) -> BTreeSet<EntitlementRef> {
        let Some(world) = self.world.targets.get(target) else { return BTreeSet::new() };
        let groups: BTreeSet<&str> = missing
            .iter()
            .filter_map(|(entitlement, _)| world.described.schema.exclusive_group(entitlement))
            .map(|group| group.name.as_str())
            .collect();
        extra
            .iter()
            .map(|held| EntitlementRef::new(held.kind.as_str(), held.value.as_str()))
            .filter(|held| {
                world
                    .described
                    .schema
                    .exclusive_group(held)
                    .is_some_and(|group| groups.contains(group.name.as_str()))
            })
            .collect()
    }

    fn grant(
        &mut self,
        identity: &IdentityId,
        target: &TargetId,
        entitlement: &EntitlementRef,
        desired: &DesiredEntitlement,
        revoked: &[(EntitlementRef, StepId)],
        after: Option<&StepId>,
    ) {
        let Some(world) = self.world.targets.get(target) else { return };
        let what = world.show(entitlement);
        let reasons: Vec<String> = desired.origins.iter().map(ToString::to_string).collect();
        if self.mode(target, &desired.key) == Mode::Observe {
            let text = format!("{what} would be granted to {}", self.person(identity));
            return self.notice(NoticeKind::Observed, Some(target), Some(identity), text);
        }
        let conflicts: Vec<StepId> = revoked
            .iter()
            .filter(|(other, _)| self.conflict(target, world, &desired.key, entitlement, other))
            .map(|(_, step)| step.clone())
            .collect();
        let parameters = desired.parameters.clone();
        let Some(operation) = self.giving(target, identity, entitlement, parameters) else { return };
        let mut draft = self.draft(target, identity, Verb::Grant, what, reasons);
        draft.key = entitlement.to_string();
        let mut step = self.operation(draft, operation);
        self.count_in(&mut step, target, identity, entitlement);
        step.risk = self.grant_risk(&desired.key);
        step.records.push(Record::Hold {
            entitlement: entitlement.clone(),
            named: (desired.key.value() != entitlement.id).then(|| desired.key.value().to_owned()),
            parameters: desired.parameters.clone(),
            origins: texts(&desired.origins),
        });
        step.after.extend(after.cloned());
        step.after.extend(conflicts);
        self.push(step);
    }

    /// What gives an entitlement to an account.
    pub(super) fn giving(
        &self,
        target: &TargetId,
        identity: &IdentityId,
        entitlement: &EntitlementRef,
        parameters: BTreeMap<String, String>,
    ) -> Option<Operation> {
        let world = self.world.targets.get(target)?;
        let (object, entitlement) = (self.object(target, identity), entitlement.clone());
        Some(match licence_operation(world, &entitlement, OperationKind::AssignLicence) {
            true => Operation::AssignLicence { object, licence: entitlement },
            false => Operation::Grant { object, entitlement, parameters },
        })
    }

    fn revoke_unwanted(
        &mut self,
        evaluation: &Evaluation,
        target: &TargetId,
        held: &HeldRecord,
        after: Option<&StepId>,
    ) -> Option<StepId> {
        let identity = &evaluation.identity;
        let world = self.world.targets.get(target)?;
        let key = world.key_of(target, held);
        let mode = key.as_ref().map_or(Mode::Observe, |key| self.mode(target, key));
        let ours = !held.origins.is_empty();
        let withheld = key.as_ref().and_then(|key| self.withheld(identity, key));
        let revokes = match mode {
            Mode::Exclusive => true,
            Mode::Managed => ours || withheld.is_some(),
            Mode::Observe | Mode::AddOnly => false,
        };
        if !revokes {
            return None;
        }
        let mut reasons = vec![match (withheld, ours) {
            (Some(why), _) => why,
            (None, true) => "its last origin is gone".to_owned(),
            (None, false) => "nothing gives it, and the target is managed exclusively".to_owned(),
        }];
        let denied = key.as_ref().and_then(|key| evaluation.denied.get(key));
        reasons.extend(denied.into_iter().flatten().map(|rule| format!("denied by rule `{rule}`")));
        let stronger = key.as_ref().and_then(|key| evaluation.superseded.get(key));
        reasons.extend(stronger.map(|other| format!("`{other}` takes its place")));
        self.revoke(identity, target, held, Verb::Revoke, reasons, after)
    }

    pub(super) fn revoke(
        &mut self,
        identity: &IdentityId,
        target: &TargetId,
        held: &HeldRecord,
        verb: Verb,
        reasons: Vec<String>,
        after: Option<&StepId>,
    ) -> Option<StepId> {
        let world = self.world.targets.get(target)?;
        let entitlement = EntitlementRef::new(held.kind.as_str(), held.value.as_str());
        let what = world.show(&entitlement);
        if held.immutable {
            let text = format!("{what} of {} cannot be taken away in {target}", self.person(identity));
            self.notice(NoticeKind::Irreversible, Some(target), Some(identity), text);
            return None;
        }
        let object = self.object(target, identity);
        let operation = match licence_operation(world, &entitlement, OperationKind::ReleaseLicence) {
            true => Operation::ReleaseLicence { object, licence: entitlement.clone() },
            false => Operation::Revoke { object, entitlement: entitlement.clone() },
        };
        let mut draft = self.draft(target, identity, verb, what, reasons);
        draft.key = entitlement.to_string();
        let mut step = self.operation(draft, operation);
        step.cost = self.seat_cost(target, &entitlement).and_then(|price| price.checked_mul(-1).ok());
        step.records.push(Record::Lose { entitlement });
        step.after.extend(after.cloned());
        self.push(step)
    }

    fn mode(&self, target: &TargetId, key: &EntitlementKey) -> Mode {
        self.engine.policy.target(target).map_or(Mode::Observe, |found| found.mode(&key.kind))
    }

    fn grant_risk(&self, key: &EntitlementKey) -> Risk {
        match self.engine.policy.document().entitlements.get(key).map(|spec| spec.risk) {
            Some(tenure_policy::Risk::High | tenure_policy::Risk::Privileged) => Risk::High,
            Some(tenure_policy::Risk::Medium) => Risk::Medium,
            _ => Risk::Low,
        }
    }

    /// What one more seat costs in a year, when the entitlement is a paid seat of the target.
    pub(super) fn seat_cost(&self, target: &TargetId, entitlement: &EntitlementRef) -> Option<Money> {
        let world = self.world.targets.get(target)?;
        let mut seats = self.engine.policy.target(target)?.seats.iter();
        let seat = seats.find(|seat| world.is_seat(seat, &entitlement.kind, &entitlement.id))?;
        seat.price().per_year(1).ok()
    }

    /// Notes what a step that gives an entitlement costs, and what the target takes away for it.
    pub(super) fn count_in(
        &self,
        step: &mut Step,
        target: &TargetId,
        identity: &IdentityId,
        given: &EntitlementRef,
    ) {
        step.cost = self.seat_cost(target, given);
        let Some(world) = self.world.targets.get(target) else { return };
        let group = world.described.schema.exclusive_group(given);
        let Some((group, link)) = group.zip(world.links.get(identity)) else { return };
        for held in world.held_by(&link.account) {
            let entitlement = EntitlementRef::new(held.kind.as_str(), held.value.as_str());
            if entitlement == *given || !group.members.contains(&entitlement) {
                continue;
            }
            let saved = self.seat_cost(target, &entitlement).and_then(|price| price.checked_mul(-1).ok());
            step.cost = match (step.cost.take(), saved) {
                (Some(cost), Some(saved)) => cost.checked_add(&saved).ok(),
                (cost, saved) => cost.or(saved),
            };
            step.records.push(Record::Lose { entitlement });
        }
    }

    /// Whether two entitlements of one identity must not be held together, even for a moment.
    fn conflict(
        &self,
        target: &TargetId,
        world: &TargetWorld,
        granted: &EntitlementKey,
        entitlement: &EntitlementRef,
        revoked: &EntitlementRef,
    ) -> bool {
        let same_group = self.engine.policy.target(target).is_some_and(|policy| {
            policy.exclusive.iter().any(|group| {
                let holds = |found: &EntitlementRef| {
                    found.kind == group.kind.as_str()
                        && group
                            .order
                            .iter()
                            .any(|value| world.catalogue.resolve(&found.kind, value) == *found)
                };
                holds(entitlement) && holds(revoked)
            })
        });
        same_group
            || self.constrained(granted, |key| world.entitlement(key) == *revoked && key.target == *target)
    }

    /// Whether a constraint names an entitlement together with another that fits.
    fn constrained(&self, key: &EntitlementKey, other: impl Fn(&EntitlementKey) -> bool) -> bool {
        self.engine.policy.document().constraints.iter().any(|constraint| {
            let keys: Vec<&EntitlementKey> = constraint
                .of
                .iter()
                .filter_map(|member| match member {
                    tenure_policy::MemberRef::Entitlement(key) => Some(key),
                    tenure_policy::MemberRef::Role(_) => None,
                })
                .collect();
            keys.contains(&key) && keys.iter().any(|found| other(found))
        })
    }

    /// Lets a grant wait for the revocations in other targets that a constraint keeps apart from it.
    pub(super) fn keep_apart(&mut self) {
        let key_of = |step: &Step| {
            let entitlement = match &step.action {
                crate::plan::Action::Operation(Operation::Grant { entitlement, .. }) => entitlement,
                crate::plan::Action::Operation(Operation::Revoke { entitlement, .. }) => entitlement,
                _ => return None,
            };
            Some((step.target.clone(), entitlement.clone()))
        };
        if self.engine.policy.document().constraints.is_empty() {
            return;
        }
        let mut revokes: BTreeMap<IdentityId, Vec<(StepId, TargetId, EntitlementRef)>> = BTreeMap::new();
        for step in self.steps.iter().filter(|step| step.verb == Verb::Revoke) {
            if let (Some(identity), Some((target, entitlement))) = (&step.identity, key_of(step)) {
                revokes.entry(identity.clone()).or_default().push((step.id.clone(), target, entitlement));
            }
        }
        let mut edges = Vec::new();
        for (index, step) in self.steps.iter().enumerate().filter(|(_, step)| step.verb == Verb::Grant) {
            let (Some(identity), Some((target, entitlement))) = (&step.identity, key_of(step)) else {
                continue;
            };
            let Some(world) = self.world.targets.get(&target) else { continue };
            for (revoke, other_target, other) in revokes.get(identity).into_iter().flatten() {
                let apart = self.engine.policy.document().constraints.iter().any(|constraint| {
                    let members: Vec<_> = constraint
                        .of
                        .iter()
                        .filter_map(|member| match member {
                            tenure_policy::MemberRef::Entitlement(key) => Some(key),
                            tenure_policy::MemberRef::Role(_) => None,
                        })
                        .collect();
                    let has = |target: &TargetId, world: Option<&TargetWorld>, wanted: &EntitlementRef| {
                        members.iter().any(|key| {
                            key.target == *target
                                && world.is_some_and(|world| world.entitlement(key) == *wanted)
                        })
                    };
                    has(&target, Some(world), &entitlement)
                        && has(other_target, self.world.targets.get(other_target), other)
                });
                if apart {
                    edges.push((index, revoke.clone()));
                }
            }
        }
        for (index, revoke) in edges {
            if let Some(step) = self.steps.get_mut(index) {
                step.after.insert(revoke);
            }
        }
    }
}

pub(super) fn is_licence(kind: &str) -> bool {
    tenure_policy::EntitlementKind::parse(kind).is_ok_and(|kind| kind.is_licence())
}

/// A target that cannot handle a licence like other entitlements may have an operation of its own for it.
fn licence_operation(world: &TargetWorld, entitlement: &EntitlementRef, own: OperationKind) -> bool {
    is_licence(&entitlement.kind) && world.capabilities.allows(&world.class, own)
}

/// A target that reports no parameters says nothing about them.
fn parameters_differ(held: &HeldRecord, desired: &DesiredEntitlement) -> bool {
    !held.parameters.is_empty() && held.parameters != desired.parameters && !desired.parameters.is_empty()
}
