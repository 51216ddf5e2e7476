//! Rules: from the list and from the tables, resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use rustc_hash::FxHashSet;
use tenure_scim::{CompareOp, Filter};

use super::{CompiledRole, Compiler, Give};
use crate::document::{MemberRef, TableSpec};
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
    at: Place,
}

/// Where a rule stands in the document.
#[derive(Clone, Copy, Debug)]
enum Place {
    Rule(usize),
    Row { table: usize, row: usize },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(number) => write!(f, "rules[{number}]"),
            Self::Row { table, row } => write!(f, "tables[{table}].rows[{row}]"),
        }
    }
}

/// What a rule gives and refuses, from the list or from a row of a table.
struct Content<'a> {
    roles: &'a [RoleId],
    entitlements: Vec<Give>,
    deny: &'a [MemberRef],
    days: (Option<NaiveDate>, Option<NaiveDate>),
}

impl CompiledRule {
    pub(crate) fn in_force(&self, now: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

impl<'a> Compiler<'a> {
    pub(crate) fn rules(
        &mut self,
        roles: &[CompiledRole],
        index: &BTreeMap<RoleId, u32>,
    ) -> Vec<CompiledRule> {
        let document = self.document;
        let rows = document.tables.iter().map(|table| table.rows.len()).sum::<usize>();
        let mut rules = Vec::with_capacity(document.rules.len() + rows);
        let mut seen = FxHashSet::default();
        for (number, spec) in document.rules.iter().enumerate() {
            let at = Place::Rule(number);
            if !seen.insert(spec.id.as_str()) {
                let message = format!("the rule id `{}` is used twice: expected each once", spec.id);
                self.error(PolicyError::new(format!("{at}.id"), message));
            }
            let when = spec.when.as_ref().and_then(|when| self.add(&format_args!("{at}.when"), when));
            let content = Content {
                roles: &spec.roles,
                entitlements: self.gives(
                    &format_args!("{at}.entitlements"),
                    &spec.entitlements,
                    &NO_PARAMETERS,
                ),
                deny: &spec.deny,
                days: (spec.from, spec.until),
            };
            rules.push(self.rule(at, &spec.id, when, content, index));
        }
        for (number, table) in document.tables.iter().enumerate() {
            self.table(number, table, index, &mut rules);
        }
        for rule in &rules {
            self.check_birthright(rule, roles);
        }
        rules
    }

    fn rule(
        &mut self,
        at: Place,
        id: &RuleId,
        when: Option<u32>,
        content: Content<'_>,
        index: &BTreeMap<RoleId, u32>,
    ) -> CompiledRule {
        let Content { roles: named, entitlements: gives, deny: refused, days: (from, until) } = content;
        let roles = self.role_list(at, named, index);
        let (mut deny, mut deny_roles) = (Vec::new(), Vec::new());
        for (i, member) in refused.iter().enumerate() {
            let here = format_args!("{at}.deny[{i}]");
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
        if gives.is_empty() && deny.is_empty() && deny_roles.is_empty() && named.is_empty() {
            let message = format!("the rule `{id}` gives nothing and denies nothing");
            let error = PolicyError::new(at.to_string(), message);
            self.error(error.with_help("add `roles`, `entitlements` or `deny`").following(Follows::Part));
        }
        let zone = self.document.lifecycle.zone;
        if let (Some(from), Some(until)) = (from, until)
            && until < from
        {
            let message = format!("the rule ends on {until}, before it begins on {from}");
            self.error(PolicyError::new(format!("{at}.until"), message));
        }
        CompiledRule {
            id: id.clone(),
            when,
            roles,
            gives,
            deny,
            deny_roles,
            from: from.map(|day| start_of_day(day, zone)),
            until: until.map(|day| end_of_day(day, zone)),
            at,
        }
    }

    fn role_list(&mut self, at: Place, roles: &[RoleId], index: &BTreeMap<RoleId, u32>) -> Vec<u32> {
        let mut out = Vec::with_capacity(roles.len());
        for (i, role) in roles.iter().enumerate() {
            match index.get(role) {
                Some(role) => out.push(*role),
                None => {
                    self.check_role(&format_args!("{at}.roles[{i}]"), role);
                }
            }
        }
        out
    }

    fn table(
        &mut self,
        number: usize,
        table: &'a TableSpec,
        index: &BTreeMap<RoleId, u32>,
        rules: &mut Vec<CompiledRule>,
    ) {
        for (row_number, row) in table.rows.iter().enumerate() {
            let at = Place::Row { table: number, row: row_number };
            // A row of a CSV text has its own file and line.
            let mark = self.errors.len();
            let id = table.row_id(row, row_number as u64 + 1).unwrap_or_else(|| table.id.clone());
            if row.keys.len() != table.keys.len() {
                let message =
                    format!("expected {} cells in `keys`, found {}", table.keys.len(), row.keys.len());
                self.error(PolicyError::new(at.to_string(), message));
                continue;
            }
            let cells = table.keys.iter().zip(&row.keys).filter(|(_, cell)| !cell.is_empty());
            let cells: Vec<Filter> =
                cells.map(|(key, cell)| Filter::compare(key.clone(), CompareOp::Eq, cell.as_str())).collect();
            let when = match cells.is_empty() {
                true => None,
                false => self.keep(&format_args!("{at}.when"), Filter::and(cells)),
            };
            let (mut roles, mut gives) = (Vec::with_capacity(row.roles.len()), Vec::new());
            for role in &row.roles {
                match RoleId::parse(role) {
                    Ok(role) => roles.push(role),
                    Err(error) => self.error(PolicyError::new(format!("{at}.roles"), error.to_string())),
                }
            }
            for (i, key) in row.entitlements.iter().enumerate() {
                match key.parse::<EntitlementKey>() {
                    Ok(key) => {
                        self.check_key(&format_args!("{at}.entitlements[{i}]"), &key);
                        gives.push(self.give(key));
                    }
                    Err(error) => {
                        self.error(PolicyError::new(format!("{at}.entitlements"), error.to_string()));
                    }
                }
            }
            let content = Content { roles: &roles, entitlements: gives, deny: &[], days: (None, None) };
            // A row that lost all it gives to an error is not told to give nothing.
            let lost = self.errors.len() > mark && roles.is_empty() && content.entitlements.is_empty();
            if !lost {
                let rule = self.rule(at, &id, when, content, index);
                rules.push(rule);
            }
            if let (Some(file), Some(line)) = (&table.file, row.line) {
                let line = u32::try_from(line).unwrap_or(0);
                let (roles, entitlements) = row.columns.unwrap_or((1, 1));
                let start = at.to_string();
                for error in self.errors.iter_mut().skip(mark) {
                    let part = error.path().strip_prefix(&start).unwrap_or_default();
                    let column = match part {
                        _ if part.starts_with(".roles") => roles,
                        _ if part.starts_with(".entitlements") => entitlements,
                        _ => 1,
                    };
                    *error = error.clone().at(file, line, column);
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
                PolicyError::new(rule.at.to_string(), message)
                    .with_help("leave it to an approved request, or set `birthright: true`"),
            );
        }
    }
}

static NO_PARAMETERS: BTreeMap<String, String> = BTreeMap::new();
