//! Constraints that the policy breaks by itself, and constraints on nothing.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use tenure_scim::{Filter, Resource};

use super::finding::{Finding, FindingKind};
use super::satisfy::{Satisfied, satisfy};
use crate::compile::{CompiledConstraint, Parts, Policy};
use crate::desired::ViolationKind;
use crate::document::MemberRef;
use crate::facts::Facts;
use crate::id::{EngagementId, IdentityId};
use crate::identity::{Engagement, Identity, Person};
use crate::time::Zone;

/// Rules that together give one identity more members of a constraint than it allows; the identity is the witness.
pub(super) fn birthright_conflicts(policy: &Policy, findings: &mut Vec<Finding>) {
    let parts = policy.parts();
    for constraint in &parts.constraints {
        let givers: Vec<(u32, BTreeSet<usize>)> = members_by_rule(parts, constraint);
        for (position, (first, of_first)) in givers.iter().enumerate() {
            for (second, of_second) in givers.iter().skip(position) {
                let members = of_first.union(of_second).count();
                let alone = [of_first, of_second].iter().any(|of| of.len() > constraint.spec.at_most);
                if members <= constraint.spec.at_most || (first != second && alone) {
                    continue;
                }
                if let Some(witness) = witness(policy, constraint, *first, *second) {
                    let name =
                        |number: u32| parts.rules.get(number as usize).map_or("", |rule| rule.id.as_str());
                    let who = if first == second {
                        format!("the rule `{}` breaks", name(*first))
                    } else {
                        format!("the rules `{}` and `{}` together break", name(*first), name(*second))
                    };
                    let message = format!("{who} the constraint `{}`", constraint.spec.id);
                    let mut finding =
                        Finding::new(FindingKind::BirthrightConflict, constraint.spec.id.as_str(), message);
                    finding.witness = Some(witness);
                    findings.push(finding);
                }
            }
        }
    }
}

/// Which members of the constraint each rule can give.
fn members_by_rule(parts: &Parts, constraint: &CompiledConstraint) -> Vec<(u32, BTreeSet<usize>)> {
    let mut out = Vec::new();
    for (number, rule) in parts.rules.iter().enumerate() {
        let Ok(number) = u32::try_from(number) else { continue };
        let roles = || rule.roles.iter().filter_map(|role| parts.roles.get(*role as usize));
        let mut members = BTreeSet::new();
        for (index, member) in constraint.spec.of.iter().enumerate() {
            let given = match member {
                MemberRef::Entitlement(key) => {
                    rule.gives.iter().any(|give| give.key == *key)
                        || roles().any(|role| role.flat.iter().any(|give| give.key == *key))
                }
                MemberRef::Role(id) => {
                    let wanted = parts.role_index.get(id);
                    roles().any(|role| {
                        role.flat.iter().any(|give| {
                            !give.key.is_account() && give.path.iter().any(|step| Some(step) == wanted)
                        })
                    })
                }
            };
            if given {
                members.insert(index);
            }
        }
        if !members.is_empty() {
            out.push((number, members));
        }
    }
    out
}

/// Attributes for which both rules hold and the constraint is broken, checked by evaluating the whole policy.
fn witness(policy: &Policy, constraint: &CompiledConstraint, first: u32, second: u32) -> Option<Resource> {
    let parts = policy.parts();
    let filter = |number: u32| -> Option<Filter> {
        let rule = parts.rules.get(number as usize)?;
        rule.when
            .and_then(|when| parts.conditions.get(when as usize))
            .map(|condition| condition.filter.clone())
    };
    let both = Filter::and([first, second].into_iter().filter_map(filter));
    let Satisfied::By(attributes) = satisfy(&both, parts.schema) else { return None };
    let now = DateTime::<Utc>::UNIX_EPOCH;
    let engagement = Engagement::new(
        EngagementId::parse("witness").ok()?,
        "",
        NaiveDate::from_ymd_opt(1969, 1, 1)?,
        Zone::UTC,
    );
    let person =
        Person::new(IdentityId::parse("witness").ok()?, (*attributes).clone()).with_engagement(engagement);
    let mut now = now;
    // Rules that begin later still meet.
    for number in [first, second] {
        now = parts.rules.get(number as usize).and_then(|rule| rule.from).map_or(now, |from| now.max(from));
    }
    let wanted = policy.evaluate(&Identity::Person(person), &Facts::new(now));
    let broken = wanted.violations.iter().any(|violation| {
        matches!(&violation.kind, ViolationKind::Constraint { constraint: id, .. } if *id == constraint.spec.id)
    });
    broken.then_some(*attributes)
}

/// Constraints on entitlements that nothing gives and the document does not name.
pub(super) fn unknown_members(parts: &Parts, findings: &mut Vec<Finding>) {
    for constraint in &parts.constraints {
        for member in &constraint.spec.of {
            let MemberRef::Entitlement(key) = member else { continue };
            let given = parts.givers().contains_key(key)
                || parts.roles.iter().any(|role| role.flat.iter().any(|give| give.key == *key))
                || parts.document.entitlements.contains_key(key);
            if !given {
                let known = parts.roles.iter().flat_map(|role| &role.flat).map(|give| give.key.to_string());
                let known: BTreeSet<String> =
                    known.chain(parts.givers().keys().map(ToString::to_string)).collect();
                let hint = crate::read::did_you_mean(&key.to_string(), known.iter().map(String::as_str));
                let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
                let message = format!(
                    "the constraint `{}` is on `{key}`, which nothing gives{hint}",
                    constraint.spec.id
                );
                findings.push(Finding::new(FindingKind::UnknownMember, constraint.spec.id.as_str(), message));
            }
        }
    }
}
