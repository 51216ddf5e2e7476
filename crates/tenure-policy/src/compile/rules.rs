//! Rules: from the list and from the tables, resolved.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use tenure_scim::{CompareOp, Filter};

use super::{CompiledRole, Compiler, Give};
use crate::document::{Condition, Gives, MemberRef, RuleSpec, TableSpec};
use crate::entitlement::EntitlementKey;
use crate::error::{Follows, PolicyError};
use crate::id::{RoleId, RuleId};
use crate::time::{end_of_day, start_of_day};

/// A rule, ready to run.
#[derive(Clone, Debug)]
pub(crate) struct CompiledRule {
    pub(crate) id: RuleId,
    pub(crate) when: Option<u32>,
    pub(crate) roles: Vec<u32>,
    pub(crate) gives: Vec<Give>,
    pub(crate) deny: Vec<EntitlementKey>,
    pub(crate) deny_roles: Vec<u32>,
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) until: Option<DateTime<Utc>>,
    /// Where it stands in the document.
    pub(crate) path: String,
}

impl CompiledRule {
    pub(crate) fn in_force(&self, now: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

impl Compiler<'_> {
    pub(crate) fn rules(
        &mut self,
        roles: &[CompiledRole],
        index: &BTreeMap<RoleId, u32>,
    ) -> Vec<CompiledRule> {
        let document = self.document;
        let mut rules = Vec::new();
        let mut seen = BTreeSet::new();
        for (number, spec) in document.rules.iter().enumerate() {
            let path = format!("rules[{number}]");
            if !seen.insert(spec.id.clone()) {
                let message = format!("the rule id `{}` is used twice: expected each once", spec.id);
                self.error(PolicyError::new(format!("{path}.id"), message));
            }
            rules.push(self.rule(path, spec, index));
        }
        for (number, table) in document.tables.iter().enumerate() {
            self.table(number, table, index, &mut rules);
        }
        for rule in &rules {
            self.check_birthright(rule, roles);
        }
        rules
    }

    fn rule(&mut self, path: String, spec: &RuleSpec, index: &BTreeMap<RoleId, u32>) -> CompiledRule {
        let when = spec.when.as_ref().and_then(|when| self.add(&format!("{path}.when"), when));
        let roles = self.role_list(&format!("{path}.roles"), &spec.roles, index);
        let gives = self.gives(&format!("{path}.entitlements"), &spec.entitlements, &BTreeMap::new());
        let (mut deny, mut deny_roles) = (Vec::new(), Vec::new());
        for (i, member) in spec.deny.iter().enumerate() {
            let here = format!("{path}.deny[{i}]");
            match member {
                MemberRef::Entitlement(key) => {
                    self.check_key(&here, key);
                    deny.push(key.clone());
                }
                MemberRef::Role(role) => {
                    self.check_role(&here, role);
                    deny_roles.extend(index.get(role));
                }
            }
        }
        if roles.is_empty()
            && gives.is_empty()
            && deny.is_empty()
            && deny_roles.is_empty()
            && spec.roles.is_empty()
        {
            let error =
                PolicyError::new(&path, format!("the rule `{}` gives nothing and denies nothing", spec.id));
            self.error(error.with_help("add `roles`, `entitlements` or `deny`").following(Follows::Part));
        }
        let zone = self.document.lifecycle.zone;
        if let (Some(from), Some(until)) = (spec.from, spec.until)
            && until < from
        {
            let message = format!("the rule ends on {until}, before it begins on {from}");
            self.error(PolicyError::new(format!("{path}.until"), message));
        }
        CompiledRule {
            id: spec.id.clone(),
            when,
            roles,
            gives,
            deny,
            deny_roles,
            from: spec.from.map(|day| start_of_day(day, zone)),
            until: spec.until.map(|day| end_of_day(day, zone)),
            path,
        }
    }

    fn role_list(&mut self, path: &str, roles: &[RoleId], index: &BTreeMap<RoleId, u32>) -> Vec<u32> {
        let mut out = Vec::new();
        for (i, role) in roles.iter().enumerate() {
            self.check_role(&format!("{path}[{i}]"), role);
            out.extend(index.get(role));
        }
        out
    }

    fn table(
        &mut self,
        number: usize,
        table: &TableSpec,
        index: &BTreeMap<RoleId, u32>,
        rules: &mut Vec<CompiledRule>,
    ) {
        for (row_number, row) in table.rows.iter().enumerate() {
            let path = format!("tables[{number}].rows[{row_number}]");
            // A row of a CSV text has its own file and line.
            let mark = self.errors.len();
            let id = table.row_id(row, row_number as u64 + 1).unwrap_or_else(|| table.id.clone());
            if row.keys.len() != table.keys.len() {
                let message =
                    format!("expected {} cells in `keys`, found {}", table.keys.len(), row.keys.len());
                self.error(PolicyError::new(&path, message));
                continue;
            }
            let cells = table.keys.iter().zip(&row.keys).filter(|(_, cell)| !cell.is_empty());
            let filter = Filter::and(
                cells.map(|(key, cell)| Filter::compare(key.clone(), CompareOp::Eq, cell.as_str())),
            );
            let mut spec = RuleSpec::new(id, "");
            spec.when =
                row.keys.iter().any(|cell| !cell.is_empty()).then(|| Condition::new(&filter.to_string()));
            for role in &row.roles {
                match RoleId::parse(role) {
                    Ok(role) => spec.roles.push(role),
                    Err(error) => self.error(PolicyError::new(&path, error.to_string())),
                }
            }
            for key in &row.entitlements {
                match key.parse::<EntitlementKey>() {
                    Ok(key) => spec.entitlements.push(Gives::from(key)),
                    Err(error) => self.error(PolicyError::new(&path, error.to_string())),
                }
            }
            let rule = self.rule(path, &spec, index);
            rules.push(rule);
            if let (Some(file), Some(line)) = (&table.file, row.line) {
                let line = u32::try_from(line).unwrap_or(0);
                for error in self.errors.iter_mut().skip(mark) {
                    *error = error.clone().at(file, line, 1);
                }
            }
        }
    }

    /// Reports a rule that gives what only an approved grant may give.
    fn check_birthright(&mut self, rule: &CompiledRule, roles: &[CompiledRole]) {
        let mut found = BTreeSet::new();
        let entitlements = &self.document.entitlements;
        let barred = |key: &EntitlementKey| entitlements.get(key).is_some_and(|spec| !spec.birthright);
        for give in &rule.gives {
            if barred(&give.key) {
                found.insert(format!("`{}`", give.key));
            }
        }
        for role in rule.roles.iter().filter_map(|role| roles.get(*role as usize)) {
            if !role.birthright {
                found.insert(format!("the role `{}`", role.id));
            }
            for give in role.flat.iter().filter(|give| barred(&give.key)) {
                found.insert(format!("`{}` by way of the role `{}`", give.key, role.id));
            }
        }
        for what in found {
            let message = format!("the rule `{}` gives {what}, which is never a birthright", rule.id);
            self.error(
                PolicyError::new(&rule.path, message)
                    .with_help("leave it to an approved request, or set `birthright: true`"),
            );
        }
    }
}
