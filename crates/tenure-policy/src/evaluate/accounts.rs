//! The wanted accounts with their attributes.

use std::collections::BTreeSet;

use tenure_scim::Resource;

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
    pub(super) state: &'a LifecycleState,
}

/// One wanted account.
pub(super) fn wanted(
    parts: &Parts,
    target: &TargetId,
    wanted: WantedAccount<'_>,
    owner: &Owner<'_>,
    names: &mut Names<'_>,
    tasks: &mut Vec<OpenTask>,
) -> DesiredAccount {
    let enabled = wanted.enabled && owner.state.phase != Phase::Suspended && wanted.stopped.is_none();
    let mut account = DesiredAccount {
        target: target.clone(),
        status: if enabled { AccountStatus::Active } else { AccountStatus::Disabled },
        attributes: Resource::default(),
        mappings: Vec::new(),
        references: Vec::new(),
        ladder: Vec::new(),
        origins: wanted.origins,
        reason: match wanted.stopped {
            Some(order) => format!("suspended here: ordered by {}: {}", order.by, order.reason),
            None => format!("{}: {}", owner.state.phase, owner.state.reason),
        },
        credential: None,
    };
    let (Some(policy), Some(compiled)) = (parts.document.targets.get(target), parts.targets.get(target))
    else {
        return account;
    };
    account.credential.clone_from(&policy.credential);
    name(policy, compiled, target, owner, names, tasks, &mut account);
    for (mapping, (when, from)) in policy.attributes.iter().zip(&compiled.mappings) {
        let holds = when
            .and_then(|when| parts.conditions.get(when as usize))
            .is_none_or(|when| when.holds(owner.view));
        if let Some(ReferenceTo::Manager) = from.reference() {
            account.references.push(DesiredReference {
                mapping: mapping.id.clone(),
                to: mapping.to.clone(),
                identity: owner.manager.filter(|_| holds).cloned(),
            });
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
        if let Some(value) = value.as_ref().filter(|value| !value.is_null()) {
            account.attributes.set(&mapping.to, value.clone());
        }
        account.mappings.push(DesiredAttribute {
            mapping: mapping.id.clone(),
            to: mapping.to.clone(),
            value,
            apply: mapping.apply,
            remove: mapping.remove,
        });
    }
    account
}

fn name(
    policy: &TargetPolicy,
    compiled: &CompiledTarget,
    target: &TargetId,
    owner: &Owner<'_>,
    names: &mut Names<'_>,
    tasks: &mut Vec<OpenTask>,
    account: &mut DesiredAccount,
) {
    let Some(rule) = &policy.username else { return };
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
        return;
    };
    account.attributes.set(&rule.to, chosen.as_str());
    // INVARIANT: `username` is a legal mapping id; a mapping of the document with the same id writes another attribute.
    if let Ok(mapping) = MappingId::parse("username") {
        account.mappings.push(DesiredAttribute {
            mapping,
            to: rule.to.clone(),
            value: Some(chosen.into()),
            apply: Apply::Always,
            remove: Remove::OwnValues,
        });
    }
}
