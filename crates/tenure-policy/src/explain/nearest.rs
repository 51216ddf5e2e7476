//! The rules that come nearest to giving an entitlement, and where each fails.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_scim::{Filter, Resource};

use crate::compile::{CompiledRule, Parts};
use crate::entitlement::EntitlementKey;
use crate::evaluate::of_engagement;
use crate::id::{EngagementId, RuleId};
use crate::identity::Identity;

/// A rule that would give an entitlement, and its first condition that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NearMiss {
    /// The rule.
    pub rule: RuleId,
    /// The engagement it was tried for; `None` where the person has none.
    pub engagement: Option<EngagementId>,
    /// The first part that does not hold, as a filter or in words.
    pub failing: String,
    /// What the identity has instead, attribute by attribute.
    pub found: Vec<String>,
    /// How many parts of the condition hold.
    pub holds: usize,
    /// How many parts the condition has.
    pub of: usize,
}

impl fmt::Display for NearMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule `{}` would give it, but not: {}", self.rule, self.failing)?;
        if !self.found.is_empty() {
            write!(f, " (found {})", self.found.join(", "))?;
        }
        write!(f, "; {} of {} parts hold", self.holds, self.of)
    }
}

/// The nearest rules, the one with the fewest failing parts first; one entry a rule.
pub(super) fn near_misses(
    parts: &Parts,
    identity: &Identity,
    now: DateTime<Utc>,
    entitlement: &EntitlementKey,
) -> Vec<NearMiss> {
    let Identity::Person(person) = identity else { return Vec::new() };
    let numbers = parts.givers().get(entitlement).map(Vec::as_slice).unwrap_or_default();
    let mut out = Vec::new();
    for rule in numbers.iter().filter_map(|number| parts.rules.get(*number as usize)) {
        let tried =
            person.engagements.iter().filter(|engagement| !engagement.rescinded).filter_map(|engagement| {
                let view = of_engagement(person, engagement);
                try_rule(parts, rule, &view, now, entitlement)
                    .map(|miss| NearMiss { engagement: Some(engagement.id.clone()), ..miss })
            });
        let best = tried.min_by_key(|miss| (miss.of - miss.holds, miss.engagement.clone()));
        let best = match best {
            None if person.engagements.is_empty() => {
                try_rule(parts, rule, &person.attributes, now, entitlement)
            }
            best => best,
        };
        out.extend(best);
    }
    out.sort_by(|a, b| {
        (a.of - a.holds, std::cmp::Reverse(a.holds), &a.rule).cmp(&(
            b.of - b.holds,
            std::cmp::Reverse(b.holds),
            &b.rule,
        ))
    });
    out.truncate(MOST);
    out
}

fn try_rule(
    parts: &Parts,
    rule: &CompiledRule,
    view: &Resource,
    now: DateTime<Utc>,
    entitlement: &EntitlementKey,
) -> Option<NearMiss> {
    let mut miss = NearMiss {
        rule: rule.id.clone(),
        engagement: None,
        failing: String::new(),
        found: Vec::new(),
        holds: 0,
        of: 0,
    };
    let mut first: Option<Filter> = None;
    let mut count = |condition: u32| {
        let Some(condition) = parts.conditions.get(condition as usize) else { return };
        let whole = condition.holds(view);
        for part in condition.parts() {
            miss.of += 1;
            let holds = whole || compile(part, parts).matches(view);
            if holds {
                miss.holds += 1;
            } else if first.is_none() {
                first = Some(part.clone());
            }
        }
    };
    rule.when.iter().for_each(|when| count(*when));
    let inner = inner_conditions(parts, rule, view, entitlement);
    inner.iter().for_each(|condition| count(*condition));
    if !rule.in_force(now) {
        miss.of += 1;
        miss.failing = match (rule.from, rule.until) {
            (Some(from), _) if from > now => format!("the rule holds from {}", from.to_rfc3339()),
            (_, Some(until)) => format!("the rule held until {}", until.to_rfc3339()),
            _ => String::new(),
        };
        return Some(miss);
    }
    let failing = first?;
    miss.found = found(&failing, view);
    miss.failing = bare(&failing.to_string());
    Some(miss)
}

/// The conditions on the way from the rule to the entitlement, of the way that fails least.
fn inner_conditions(
    parts: &Parts,
    rule: &CompiledRule,
    view: &Resource,
    entitlement: &EntitlementKey,
) -> Vec<u32> {
    let serves = |key: &EntitlementKey| {
        key == entitlement || (entitlement.is_account() && key.target == entitlement.target)
    };
    let direct = rule
        .gives
        .iter()
        .filter(|give| serves(&give.key))
        .map(|give| give.when.into_iter().collect::<Vec<u32>>());
    let roles = rule.roles.iter().filter_map(|role| parts.roles.get(*role as usize));
    let by_role = roles
        .flat_map(|role| &role.flat)
        .filter(|give| serves(&give.key))
        .map(|give| give.conditions.to_vec());
    let failing = |conditions: &Vec<u32>| {
        conditions
            .iter()
            .filter(|c| parts.conditions.get(**c as usize).is_some_and(|condition| !condition.holds(view)))
            .count()
    };
    direct.chain(by_role).min_by_key(failing).unwrap_or_default()
}

fn compile(part: &Filter, parts: &Parts) -> tenure_scim::CompiledFilter {
    part.compile(parts.schema).unwrap_or_else(|_| part.compile_open())
}

/// What the identity has for each attribute of a filter.
fn found(filter: &Filter, view: &Resource) -> Vec<String> {
    let mut paths = Vec::new();
    crate::compile::collect_paths(filter, None, &mut paths);
    paths.sort();
    paths.dedup();
    let shown = |path: &tenure_scim::AttrPath| {
        let value = view.get(path).map_or_else(|| "nothing".to_owned(), |value| value.to_json().to_string());
        format!("{} = {value}", path.without_schema())
    };
    paths.iter().map(shown).collect()
}

/// A filter as people write it, without the names of the extensions.
fn bare(filter: &str) -> String {
    filter.replace("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:", "")
}

const MOST: usize = 8;
