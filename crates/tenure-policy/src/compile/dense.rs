//! The policy in small numbers: every entitlement it can speak of has one, so that evaluation counts and compares no texts.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::{CompiledRole, CompiledRule};
use crate::document::{MemberRef, PolicyDocument};
use crate::entitlement::EntitlementKey;
use crate::id::{RoleId, TargetId};

/// No condition, no role, no entry.
pub(crate) const NONE: u32 = u32::MAX;

/// The policy in small numbers.
#[derive(Debug)]
pub(crate) struct Dense {
    /// Every entitlement that the policy names, in order; a number is a place here.
    pub(crate) keys: Vec<EntitlementKey>,
    ids: FxHashMap<EntitlementKey, u32>,
    /// What is known of each.
    pub(crate) known: Vec<Known>,
    pub(crate) targets: Vec<TargetId>,
    /// What each rule gives directly, in the order of `CompiledRule::gives`.
    rules: Vec<(u32, u32)>,
    /// What each role gives, in the order of `CompiledRole::flat`.
    roles: Vec<(u32, u32)>,
    gives: Vec<DenseGive>,
    pub(crate) exclusive: Vec<DenseGroup>,
    pub(crate) constraints: Vec<DenseConstraint>,
    /// True when a constraint names a role.
    pub(crate) role_members: bool,
}

/// One entitlement in small numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) target: u32,
    pub(crate) licence: bool,
    pub(crate) account: bool,
    /// What temporary people get in its place; itself where nothing stands in.
    pub(crate) sandbox: u32,
}

/// One give.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DenseGive {
    pub(crate) key: u32,
    pub(crate) conditional: bool,
}

/// An exclusive group whose entitlements are numbered.
#[derive(Debug)]
pub(crate) struct DenseGroup {
    pub(crate) target: u32,
    pub(crate) order: Vec<u32>,
    pub(crate) fallback: Option<u32>,
}

/// A constraint whose members are numbered.
#[derive(Debug)]
pub(crate) struct DenseConstraint {
    pub(crate) at_most: usize,
    pub(crate) members: Vec<DenseMember>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum DenseMember {
    Key(u32),
    Role(u32),
}

impl Dense {
    pub(crate) fn new(
        document: &PolicyDocument,
        rules: &[CompiledRule],
        roles: &[CompiledRole],
        role_index: &std::collections::BTreeMap<RoleId, u32>,
    ) -> Self {
        let mut all: BTreeSet<EntitlementKey> = BTreeSet::new();
        let mut named = |key: &EntitlementKey| {
            if !all.contains(key) {
                all.insert(key.clone());
                if let Some(other) = document.temporary.sandbox.get(&key.target) {
                    all.insert(key.in_target(other.clone()));
                }
            }
        };
        rules
            .iter()
            .flat_map(|rule| rule.gives.iter().map(|give| &give.key).chain(&rule.deny))
            .for_each(&mut named);
        roles.iter().flat_map(|role| &role.flat).for_each(|give| named(&give.key));
        document.entitlements.keys().for_each(&mut named);
        for (target, policy) in &document.targets {
            named(&EntitlementKey::account(target.clone()));
            for group in &policy.exclusive {
                for value in group.order.iter().chain(&group.fallback) {
                    if let Ok(key) = EntitlementKey::of(target.clone(), group.kind.clone(), value) {
                        named(&key);
                    }
                }
            }
        }
        for member in document.constraints.iter().flat_map(|constraint| &constraint.of) {
            if let MemberRef::Entitlement(key) = member {
                named(key);
            }
        }
        let keys: Vec<EntitlementKey> = all.into_iter().collect();
        let ids: FxHashMap<EntitlementKey, u32> = keys
            .iter()
            .enumerate()
            .filter_map(|(i, key)| Some((key.clone(), u32::try_from(i).ok()?)))
            .collect();
        let targets: Vec<TargetId> = keys
            .iter()
            .map(|key| &key.target)
            .chain(document.targets.keys())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .cloned()
            .collect();
        let id = |key: &EntitlementKey| ids.get(key).copied();
        let target =
            |target: &TargetId| targets.binary_search(target).ok().and_then(|at| u32::try_from(at).ok());
        let known = keys
            .iter()
            .map(|key| {
                let other = document.temporary.sandbox.get(&key.target);
                let sandbox = other.and_then(|other| id(&key.in_target(other.clone()))).or_else(|| id(key));
                Known {
                    target: target(&key.target).unwrap_or(NONE),
                    licence: key.kind.is_licence()
                        || document.targets.get(&key.target).is_some_and(|target| target.seat(key).is_some()),
                    account: key.is_account(),
                    sandbox: sandbox.unwrap_or(NONE),
                }
            })
            .collect();
        let mut dense = Self {
            known,
            rules: Vec::with_capacity(rules.len()),
            roles: Vec::with_capacity(roles.len()),
            gives: Vec::new(),
            exclusive: Vec::new(),
            constraints: Vec::new(),
            role_members: false,
            keys: Vec::new(),
            ids: FxHashMap::default(),
            targets: Vec::new(),
        };
        let range =
            |from: usize, to: usize| (u32::try_from(from).unwrap_or(NONE), u32::try_from(to).unwrap_or(NONE));
        for rule in rules {
            let from = dense.gives.len();
            let one = |give: &super::Give| DenseGive {
                key: id(&give.key).unwrap_or(NONE),
                conditional: give.when.is_some(),
            };
            dense.gives.extend(rule.gives.iter().map(one));
            dense.rules.push(range(from, dense.gives.len()));
        }
        for role in roles {
            let from = dense.gives.len();
            let one = |give: &super::FlatGive| DenseGive {
                key: id(&give.key).unwrap_or(NONE),
                conditional: !give.conditions.is_empty(),
            };
            dense.gives.extend(role.flat.iter().map(one));
            dense.roles.push(range(from, dense.gives.len()));
        }
        for (name, policy) in &document.targets {
            for group in &policy.exclusive {
                let member =
                    |value: &String| id(&EntitlementKey::of(name.clone(), group.kind.clone(), value).ok()?);
                dense.exclusive.push(DenseGroup {
                    target: target(name).unwrap_or(NONE),
                    order: group.order.iter().filter_map(member).collect(),
                    fallback: group.fallback.as_ref().and_then(member),
                });
            }
        }
        for constraint in &document.constraints {
            let member = |member: &MemberRef| match member {
                MemberRef::Entitlement(key) => id(key).map(DenseMember::Key),
                MemberRef::Role(role) => role_index.get(role).copied().map(DenseMember::Role),
            };
            let members: Vec<_> = constraint.of.iter().filter_map(member).collect();
            dense.role_members |= members.iter().any(|member| matches!(member, DenseMember::Role(_)));
            dense.constraints.push(DenseConstraint { at_most: constraint.at_most, members });
        }
        (dense.keys, dense.ids, dense.targets) = (keys, ids, targets);
        dense
    }

    pub(crate) fn id(&self, key: &EntitlementKey) -> Option<u32> {
        self.ids.get(key).copied()
    }

    pub(crate) fn target(&self, target: &TargetId) -> Option<u32> {
        self.targets.binary_search(target).ok().and_then(|at| u32::try_from(at).ok())
    }

    /// What a rule gives directly.
    pub(crate) fn rule(&self, rule: u32) -> &[DenseGive] {
        self.slice(self.rules.get(rule as usize))
    }

    /// What a role gives, by every way.
    pub(crate) fn role(&self, role: u32) -> &[DenseGive] {
        self.slice(self.roles.get(role as usize))
    }

    fn slice(&self, range: Option<&(u32, u32)>) -> &[DenseGive] {
        range.and_then(|(from, to)| self.gives.get(*from as usize..*to as usize)).unwrap_or_default()
    }
}
