//! Which rules two policies do not have in common.

use std::collections::{BTreeMap, BTreeSet};

use tenure_scim::AttrPath;

use crate::compile::{NONE, Parts};
use crate::document::{MemberRef, PolicyDocument, RuleSpec, TableRow};
use crate::id::{RoleId, RuleId};

/// What differs between two policies, as far as it decides who has what.
#[derive(Debug)]
pub(crate) struct Difference {
    /// True when something differs that may concern everybody: the lifecycle, targets, constraints and the like.
    pub(crate) everything: bool,
    /// Rules of the old policy that are gone or do something else.
    pub(crate) old: BTreeSet<u32>,
    /// Rules of the new policy that are new or do something else.
    pub(crate) new: Vec<u32>,
    /// For each rule of the old policy its number in the new one, where it does the same there; else `NONE`.
    pub(crate) same: Vec<u32>,
}

/// A rule as written.
#[derive(PartialEq)]
enum Written<'a> {
    Rule(&'a RuleSpec),
    Row(&'a [AttrPath], &'a TableRow),
}

impl Difference {
    pub(crate) fn between(old: &Parts, new: &Parts) -> Self {
        let roles = changed_roles(&old.document, &new.document);
        let (before, after) = (written(&old.document), written(&new.document));
        let numbers: BTreeMap<&RuleId, u32> = new.rules.iter().map(|rule| &rule.id).zip(0..).collect();
        let mut difference = Self {
            everything: others_differ(&old.document, &new.document),
            old: BTreeSet::new(),
            new: Vec::new(),
            same: Vec::new(),
        };
        for (rule, number) in old.rules.iter().zip(0..) {
            let same = before.get(&rule.id).is_some_and(|spec| {
                after.get(&rule.id).is_some_and(|other| does_the_same(spec, other)) && !spec.names(&roles)
            });
            let there = numbers.get(&rule.id).copied().filter(|_| same);
            if there.is_none() {
                difference.old.insert(number);
            }
            difference.same.push(there.unwrap_or(NONE));
        }
        let kept: BTreeSet<u32> = difference.same.iter().copied().filter(|there| *there != NONE).collect();
        difference.new = numbers.into_values().filter(|number| !kept.contains(number)).collect();
        difference.new.sort_unstable();
        // Of several rules that give the same, the first says with which parameters.
        let in_order = difference.same.iter().filter(|there| **there != NONE).is_sorted();
        difference.everything |= !in_order;
        difference
    }
}

fn does_the_same(a: &Written<'_>, b: &Written<'_>) -> bool {
    match (a, b) {
        (Written::Rule(a), Written::Rule(b)) => {
            a == b || {
                let untitled = |rule: &RuleSpec| RuleSpec { title: None, ..rule.clone() };
                untitled(a) == untitled(b)
            }
        }
        (a, b) => a == b,
    }
}

impl Written<'_> {
    fn names(&self, roles: &BTreeSet<&RoleId>) -> bool {
        match self {
            Self::Rule(rule) => {
                let denied = rule.deny.iter().filter_map(|member| match member {
                    MemberRef::Role(role) => Some(role),
                    MemberRef::Entitlement(_) => None,
                });
                rule.roles.iter().chain(denied).any(|role| roles.contains(role))
            }
            Self::Row(_, row) => {
                row.roles.iter().any(|role| roles.iter().any(|changed| changed.as_str() == role))
            }
        }
    }
}

/// Rules and rows by their ids.
fn written(document: &PolicyDocument) -> BTreeMap<RuleId, Written<'_>> {
    let rules = document.rules.iter().map(|rule| (rule.id.clone(), Written::Rule(rule)));
    let rows = document.tables.iter().flat_map(|table| {
        table.rows.iter().zip(1..).filter_map(move |(row, place)| {
            Some((table.row_id(row, place)?, Written::Row(table.keys.as_slice(), row)))
        })
    });
    rules.chain(rows).collect()
}

/// Roles that give something else than before, by themselves or by what they include.
fn changed_roles<'a>(old: &'a PolicyDocument, new: &'a PolicyDocument) -> BTreeSet<&'a RoleId> {
    let mut changed: BTreeSet<&RoleId> = old
        .roles
        .keys()
        .chain(new.roles.keys())
        .filter(|id| old.roles.get(*id) != new.roles.get(*id))
        .collect();
    loop {
        let specs = old.roles.iter().chain(&new.roles);
        let more: Vec<&RoleId> = specs
            .filter(|(id, spec)| {
                !changed.contains(id) && spec.includes.iter().any(|inner| changed.contains(&inner.role))
            })
            .map(|(id, _)| id)
            .collect();
        if more.is_empty() {
            return changed;
        }
        changed.extend(more);
    }
}

fn others_differ(old: &PolicyDocument, new: &PolicyDocument) -> bool {
    old.lifecycle != new.lifecycle
        || old.temporary != new.temporary
        || old.identity_attributes != new.identity_attributes
        || old.entitlements != new.entitlements
        || old.constraints != new.constraints
        || old.targets != new.targets
}
