//! Targets, resolved: conditions and paths of mappings compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::Compiler;
use crate::error::{Follows, PolicyError};
use crate::id::TargetId;
use crate::mapping::{CompiledExpression, Expression};
use crate::target::{LeaverAction, TargetPolicy};

/// A target, ready to evaluate.
#[derive(Clone, Debug)]
pub(crate) struct CompiledTarget {
    /// One for each mapping of the policy, in order.
    pub(crate) mappings: Vec<(Option<u32>, CompiledExpression)>,
    /// The candidates of the user name.
    pub(crate) names: Vec<CompiledExpression>,
    /// The identity side of each correlation rule.
    pub(crate) correlation: Vec<CompiledExpression>,
    /// What tells the groups of people apart that guards count by themselves.
    pub(crate) group: Option<CompiledExpression>,
}

impl<'a> Compiler<'a> {
    pub(crate) fn targets(&mut self) -> BTreeMap<TargetId, CompiledTarget> {
        let document = self.document;
        let mut out = BTreeMap::new();
        for (id, target) in &document.targets {
            let path = format!("targets{}", crate::read::step(id.as_str(), false));
            out.insert(id.clone(), self.target(&path, target));
        }
        for (from, to) in &document.temporary.sandbox {
            self.check_target(&"temporary.sandbox", from);
            self.check_target(&"temporary.sandbox", to);
        }
        for (kind, rule) in &document.lifecycle.leave {
            for (i, role) in rule.keep_roles.iter().enumerate() {
                self.check_role(
                    &format_args!("lifecycle.leave{}.keep_roles[{i}]", crate::read::step(kind, false)),
                    role,
                );
            }
        }
        for key in document.entitlements.keys() {
            self.check_key(&format_args!("entitlements{}", crate::read::step(&key.to_string(), false)), key);
        }
        out
    }

    fn target(&mut self, path: &str, target: &'a TargetPolicy) -> CompiledTarget {
        let mut seen = BTreeSet::new();
        let mut mappings = Vec::new();
        for (i, mapping) in target.attributes.iter().enumerate() {
            let here = format!("{path}.attributes[{i}]");
            if !seen.insert(&mapping.id) {
                let message = format!(
                    "the mapping id `{}` is used twice in this target: expected each once",
                    mapping.id
                );
                self.error(PolicyError::new(format!("{here}.id"), message));
            }
            let when = mapping.when.as_ref().and_then(|when| self.add(&format_args!("{here}.when"), when));
            let from = self.expression(&format_args!("{here}.from"), &mapping.from);
            mappings.push((when, from));
        }
        let mut names = Vec::new();
        if let Some(username) = &target.username {
            if username.from.is_empty() {
                let error = PolicyError::new(
                    format!("{path}.username.from"),
                    "expected at least one candidate, found none",
                )
                .following(Follows::Part);
                self.error(error);
            }
            for (i, from) in username.from.iter().enumerate() {
                names.push(self.expression(&format_args!("{path}.username.from[{i}]"), from));
            }
            if target.attributes.iter().any(|mapping| mapping.to == username.to) {
                let message = format!(
                    "`{}` is written by `username` and by a mapping: expected one of them",
                    username.to
                );
                self.error(PolicyError::new(format!("{path}.username"), message));
            }
        }
        let mut correlation = Vec::new();
        for (i, rule) in target.matching.iter().enumerate() {
            correlation.push(self.expression(&format_args!("{path}.match[{i}].identity"), &rule.identity));
        }
        for name in target.security.keys().filter(|name| !self.document.security.contains_key(*name)) {
            let names: Vec<&str> = self.document.security.keys().map(String::as_str).collect();
            let message = format!(
                "unknown security setting `{name}`: expected one of {}",
                crate::read::list(names.iter().copied())
            );
            let hint = crate::read::did_you_mean(name, names);
            let here = format!("{path}.security{}", crate::read::step(name, false));
            self.error(PolicyError::new(here, message).with_hint(hint));
        }
        for group in &target.exclusive {
            if let Some(fallback) = &group.fallback
                && !group.order.contains(fallback)
            {
                let message = format!("the fallback `{fallback}` is not in `order`");
                self.error(PolicyError::new(format!("{path}.exclusive"), message));
            }
        }
        self.seats(path, target);
        let downgrade = target.leaver.iter().position(|rung| rung.action == LeaverAction::Downgrade);
        if let Some(i) = downgrade
            && target.licence_fallback().is_none()
        {
            let message = "`downgrade` needs something to fall back to: expected a group of licences in `exclusive` with a `fallback`";
            self.error(PolicyError::new(format!("{path}.leaver[{i}]"), message));
        }
        let group = target.guard.each.as_ref().map(|each| {
            let here = format!("{path}.guard.each.by");
            if matches!(each.by, Expression::Reference(_)) {
                let message = "expected a value to tell groups of people apart, found a reference";
                self.error(PolicyError::new(&here, message));
            }
            self.expression(&here, &each.by)
        });
        CompiledTarget { mappings, names, correlation, group }
    }

    /// Every tier is another entitlement, all of them cost the same money, and what they cost can be counted.
    fn seats(&mut self, path: &str, target: &TargetPolicy) {
        let mut seen = BTreeSet::new();
        for (i, seat) in target.seats.iter().enumerate() {
            let here = match target.seats.len() {
                1 => format!("{path}.seat"),
                _ => format!("{path}.seat[{i}]"),
            };
            if seat.tier.trim().is_empty() || seat.held_by.is_account() {
                let message =
                    "expected a tier that is an entitlement of the target, for instance a licence or a role";
                self.error(PolicyError::new(format!("{here}.tier"), message));
            }
            if !seen.insert((&seat.held_by, &seat.tier)) {
                let message = format!("the tier `{}` has a price twice: expected each once", seat.tier);
                self.error(PolicyError::new(format!("{here}.tier"), message));
            }
            let first = target.seats.first().map(|first| first.price.currency());
            if let Some(first) = first.filter(|first| *first != seat.price.currency()) {
                let message = format!(
                    "expected every tier of a target to cost the same money, found `{}` and `{first}`",
                    seat.price.currency()
                );
                self.error(PolicyError::new(format!("{here}.price"), message));
            }
            if seat.price().per_year(MOST_SEATS).is_err() {
                let message = format!("`{}` for {MOST_SEATS} seats is more than can be counted", seat.price);
                self.error(PolicyError::new(format!("{here}.price"), message));
            }
        }
    }

    fn expression(&mut self, path: &dyn Display, expression: &Expression) -> CompiledExpression {
        CompiledExpression::new(expression, path, self)
    }
}

/// What so many seats cost can be added up without a care.
const MOST_SEATS: u32 = 10_000_000;
