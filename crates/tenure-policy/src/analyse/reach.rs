//! Rules and roles that change nothing.

use std::collections::BTreeSet;

use tenure_scim::Filter;

use super::finding::{Finding, FindingKind};
use super::satisfy::{Satisfied, implies, satisfy};
use crate::compile::{CompiledRule, Parts};
use crate::entitlement::EntitlementKey;

fn condition<'a>(parts: &'a Parts, rule: &CompiledRule) -> Option<&'a Filter> {
    rule.when.and_then(|when| parts.conditions.get(when as usize)).map(|condition| &condition.filter)
}

/// Rules whose condition can never hold.
pub(super) fn unreachable(parts: &Parts, findings: &mut Vec<Finding>) {
    for rule in &parts.rules {
        let Some(filter) = condition(parts, rule) else { continue };
        if let Satisfied::Never(proof) = satisfy(filter, parts.schema) {
            let because = proof
                .map(|(a, b)| format!(": `{}` and `{}` exclude each other", bare(&a), bare(&b)))
                .unwrap_or_default();
            let message = format!("the rule `{}` can never hold{because}", rule.id);
            findings.push(Finding::new(FindingKind::Unreachable, rule.id.as_str(), message));
        }
    }
}

/// Rules that give nothing which another rule does not give wherever they hold.
pub(super) fn shadowed(parts: &Parts, findings: &mut Vec<Finding>) {
    for (number, rule) in parts.rules.iter().enumerate() {
        let gives = all_gives(parts, rule);
        if gives.is_empty() || !rule.deny.is_empty() || !rule.deny_roles.is_empty() {
            continue;
        }
        let Some(first) = gives.first().and_then(|key| parts.givers().get(key)) else { continue };
        let by = first.iter().filter(|other| **other as usize != number).find_map(|other| {
            let candidate = parts.rules.get(*other as usize)?;
            let covers = covers(parts, candidate, rule, &gives);
            // Of two rules that cover each other only the later one is reported.
            let mutual = covers && (*other as usize) > number && covers_back(parts, rule, candidate);
            (covers && !mutual).then_some(candidate)
        });
        if let Some(by) = by {
            let message = format!(
                "the rule `{}` adds nothing: wherever it holds, `{}` holds and gives the same",
                rule.id, by.id
            );
            findings.push(Finding::new(FindingKind::Shadowed, rule.id.as_str(), message));
        }
    }
}

fn covers(parts: &Parts, by: &CompiledRule, rule: &CompiledRule, gives: &BTreeSet<EntitlementKey>) -> bool {
    let in_time = by.from.is_none_or(|from| rule.from.is_some_and(|own| from <= own))
        && by.until.is_none_or(|until| rule.until.is_some_and(|own| own <= until));
    in_time
        && gives.is_subset(&sure_gives(parts, by))
        && implies(condition(parts, rule), condition(parts, by), parts.schema)
}

fn covers_back(parts: &Parts, rule: &CompiledRule, other: &CompiledRule) -> bool {
    covers(parts, rule, other, &all_gives(parts, other))
}

/// Everything the rule can give.
fn all_gives(parts: &Parts, rule: &CompiledRule) -> BTreeSet<EntitlementKey> {
    let by_role = rule
        .roles
        .iter()
        .filter_map(|role| parts.roles.get(*role as usize))
        .flat_map(|role| &role.flat)
        .map(|give| &give.key);
    rule.gives.iter().map(|give| &give.key).chain(by_role).cloned().collect()
}

/// What the rule gives whenever it holds.
fn sure_gives(parts: &Parts, rule: &CompiledRule) -> BTreeSet<EntitlementKey> {
    let by_role =
        rule.roles.iter().filter_map(|role| parts.roles.get(*role as usize)).flat_map(|role| &role.flat);
    let by_role = by_role.filter(|give| give.conditions.is_empty()).map(|give| &give.key);
    rule.gives
        .iter()
        .filter(|give| give.when.is_none())
        .map(|give| &give.key)
        .chain(by_role)
        .cloned()
        .collect()
}

/// Roles that no rule gives, no role includes and nobody may request.
pub(super) fn unused_roles(parts: &Parts, findings: &mut Vec<Finding>) {
    let mut used: BTreeSet<u32> = parts.rules.iter().flat_map(|rule| &rule.roles).copied().collect();
    for role in &parts.roles {
        used.extend(role.flat.iter().flat_map(|give| give.path.iter().skip(1)));
    }
    for (number, role) in parts.roles.iter().enumerate() {
        let included = parts
            .document
            .roles
            .values()
            .any(|spec| spec.includes.iter().any(|inclusion| inclusion.role == role.id));
        if !used.iter().any(|known| *known as usize == number) && !included && !role.requestable {
            let message = format!(
                "nobody can get the role `{}`: no rule gives it, no role includes it, nobody may request it",
                role.id
            );
            findings.push(Finding::new(FindingKind::UnusedRole, role.id.as_str(), message));
        }
    }
}

/// A filter as people write it, without the names of the extensions.
fn bare(filter: &str) -> String {
    filter.replace("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:", "")
}
