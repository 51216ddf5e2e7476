//! The wanted accounts with their attributes.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use tenure_scim::Resource;

use super::mapped::{MappedAccount, MappedAttribute, MappedReference};
use super::names::Names;
use crate::compile::{CompiledTarget, Parts};
use crate::desired::{AccountStatus, DesiredAccount, DesiredAttribute, DesiredReference, OpenTask, TaskKind};
use crate::grant::Origin;
use crate::id::{IdentityId, MappingId, TargetId};
use crate::identity::Override;
use crate::lifecycle::{LifecycleState, Phase};
use crate::mapping::{Answer, ReferenceTo};
use crate::target::{Apply, Remove, TargetPolicy};

/// A wanted account: why, and whether it is enabled.
pub(super) struct WantedAccount<'a> {
    pub(super) origins: BTreeSet<Origin>,
    pub(super) enabled: bool,
    /// Who had it stopped, and it alone.
    pub(super) stopped: Option<&'a Override>,
}

/// Who the account is for.
pub(super) struct Owner<'a> {
    pub(super) identity: &'a IdentityId,
    pub(super) view: &'a Resource,
    pub(super) manager: Option<&'a IdentityId>,
}

/// One wanted account.
pub(super) fn wanted(
    parts: &Parts,
    target: &TargetId,
    wanted: WantedAccount<'_>,
    state: &LifecycleState,
    owner: &Owner<'_>,
    names: &mut Names<'_>,
    tasks: &mut Vec<OpenTask>,
) -> DesiredAccount {
    let enabled = wanted.enabled && state.phase != Phase::Suspended && wanted.stopped.is_none();
    let mapped = mapped(parts, target, owner, names, tasks);
    let mut attributes = Resource::default();
    for MappedAttribute { to, value, .. } in &mapped.attributes {
        if let Some(value) = value.as_ref().filter(|value| !value.is_null()) {
            attributes.set(to, value.clone());
        }
    }
    let mappings = mapped.attributes.into_iter().map(|one| DesiredAttribute {
        mapping: one.mapping.clone(),
        to: one.to.clone(),
        value: one.value,
        apply: one.apply,
        remove: one.remove,
    });
    let references = mapped.references.into_iter().map(|one| DesiredReference {
        mapping: one.mapping.clone(),
        to: one.to.clone(),
        identity: one.identity.cloned(),
    });
    DesiredAccount {
        target: target.clone(),
        status: if enabled { AccountStatus::Active } else { AccountStatus::Disabled },
        attributes,
        mappings: mappings.collect(),
        references: references.collect(),
        ladder: Vec::new(),
        origins: wanted.origins,
        reason: match wanted.stopped {
            Some(order) => format!("suspended here: ordered by {}: {}", order.by, order.reason),
            None => format!("{}: {}", state.phase, state.reason),
        },
        credential: parts.document.targets.get(target).and_then(|policy| policy.credential.clone()),
    }
}

/// What mappings write into the account of a target.
pub(super) fn mapped<'a>(
    parts: &'a Parts,
    target: &'a TargetId,
    owner: &Owner<'a>,
    names: &mut Names<'_>,
    tasks: &mut Vec<OpenTask>,
) -> MappedAccount<'a> {
    let mut account =
        MappedAccount { target, enabled: false, attributes: Vec::new(), references: Vec::new() };
    let (Some(policy), Some(compiled)) = (parts.document.targets.get(target), parts.targets.get(target))
    else {
        return account;
    };
    account.attributes.reserve_exact(policy.attributes.len() + 1);
    account.attributes.extend(name(policy, compiled, target, owner, names, tasks));
    for (mapping, (when, from)) in policy.attributes.iter().zip(&compiled.mappings) {
        let holds = when
            .and_then(|when| parts.conditions.get(when as usize))
            .is_none_or(|when| when.holds(owner.view));
        if let Some(ReferenceTo::Manager) = from.reference() {
            let (id, to) = (&mapping.id, &mapping.to);
            let identity = owner.manager.filter(|_| holds);
            account.references.push(MappedReference { mapping: id, to, identity });
            continue;
        }
        let answer = if holds { from.evaluate(owner.view) } else { Answer::Absent };
        let value = match answer {
            Answer::Absent => None,
            Answer::Null => Some(serde_json::Value::Null),
            Answer::Value(value) => Some(value),
            Answer::Failed(reason) => {
                tasks.push(OpenTask {
                    kind: TaskKind::RepairMapping,
                    subject: format!("{target}/{}", mapping.id),
                    text: format!("the mapping `{}` could not be computed: {reason}", mapping.id),
                    due: None,
                });
                continue;
            }
        };
        let (apply, remove) = (mapping.apply, mapping.remove);
        account.attributes.push(MappedAttribute {
            mapping: &mapping.id,
            to: &mapping.to,
            value,
            apply,
            remove,
        });
    }
    account
}

fn name<'a>(
    policy: &'a TargetPolicy,
    compiled: &CompiledTarget,
    target: &TargetId,
    owner: &Owner<'_>,
    names: &mut Names<'_>,
    tasks: &mut Vec<OpenTask>,
) -> Option<MappedAttribute<'a>> {
    let rule = policy.username.as_ref()?;
    let candidates: Vec<String> = compiled
        .names
        .iter()
        .filter_map(|from| from.evaluate(owner.view).text())
        .filter(|name| !name.is_empty())
        .collect();
    let Some(chosen) = names.choose(rule, &candidates, owner.identity, target) else {
        tasks.push(OpenTask {
            kind: TaskKind::ChooseName,
            subject: target.to_string(),
            text: format!(
                "choose a user name in `{target}`: {}",
                if candidates.is_empty() { "no candidate could be made" } else { "every candidate is taken" }
            ),
            due: None,
        });
        return None;
    };
    Some(MappedAttribute {
        mapping: USERNAME.as_ref()?,
        to: &rule.to,
        value: Some(chosen.into()),
        apply: Apply::Always,
        remove: Remove::OwnValues,
    })
}

/// A legal mapping id; a mapping of the document with the same id writes another attribute.
static USERNAME: LazyLock<Option<MappingId>> = LazyLock::new(|| MappingId::parse("username").ok());
