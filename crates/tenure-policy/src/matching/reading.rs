//! Which rules read an attribute, so that a change of one is answered by few rules.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tenure_scim::{AttrName, AttrPath, ResourceSchema};

use super::RuleMatch;
use crate::compile::{Parts, Policy, collect_paths, qualify};
use crate::evaluate::of_engagement;
use crate::id::RuleId;
use crate::identity::Identity;
use crate::lifecycle::current_engagements;

/// Rules by the attributes that their conditions read, and those of what they give.
#[derive(Debug)]
pub(crate) struct Readers {
    rules: BTreeMap<AttrPath, Vec<Reader>>,
    /// What mappings and user names are made of.
    mapped: BTreeMap<AttrPath, Vec<Option<AttrName>>>,
    /// True when a mapping may read anything.
    maps_anything: bool,
}

#[derive(Debug)]
struct Reader {
    sub: Option<AttrName>,
    rule: u32,
    /// True when what the rule gives depends on it, not only whether the rule holds.
    inner: bool,
}

impl Readers {
    pub(crate) fn new(parts: &Parts) -> Self {
        let mut readers: BTreeMap<AttrPath, Vec<Reader>> = BTreeMap::new();
        for (number, rule) in parts.rules.iter().enumerate() {
            let Ok(number) = u32::try_from(number) else { continue };
            let by_role = rule.roles.iter().filter_map(|role| parts.roles.get(*role as usize));
            let inner = by_role.flat_map(|role| &role.flat).flat_map(|give| give.conditions.iter().copied());
            let gives = rule.gives.iter().filter_map(|give| give.when);
            let when = rule.when.into_iter().map(|when| (when, false));
            let mut paths: Vec<(AttrPath, bool)> = Vec::new();
            for (condition, inner) in when.chain(gives.chain(inner).map(|when| (when, true))) {
                if let Some(condition) = parts.conditions.get(condition as usize) {
                    let mut own = Vec::new();
                    collect_paths(&condition.filter, None, &mut own);
                    paths.extend(own.into_iter().map(|path| (path, inner)));
                }
            }
            paths.sort();
            paths.dedup();
            for (path, inner) in paths {
                let reader = Reader { sub: path.sub().cloned(), rule: number, inner };
                readers.entry(place(&path, parts.schema)).or_default().push(reader);
            }
        }
        let mut mapped: BTreeMap<AttrPath, Vec<Option<AttrName>>> = BTreeMap::new();
        let mut paths = Vec::new();
        let mut known = true;
        for target in parts.targets.values() {
            for from in target.mappings.iter().map(|(_, from)| from).chain(&target.names) {
                known &= from.collect_paths(&mut paths);
            }
            for when in target.mappings.iter().filter_map(|(when, _)| *when) {
                if let Some(condition) = parts.conditions.get(when as usize) {
                    collect_paths(&condition.filter, None, &mut paths);
                }
            }
        }
        for path in paths {
            mapped.entry(place(&path, parts.schema)).or_default().push(path.sub().cloned());
        }
        Self { rules: readers, mapped, maps_anything: !known }
    }

    /// True when a mapping or a user name reads a path, or may.
    fn maps(&self, path: &AttrPath, schema: &ResourceSchema) -> bool {
        let sub = path.sub();
        let found = self.mapped.get(&place(path, schema)).into_iter().flatten();
        self.maps_anything
            || found.into_iter().any(|read| sub.is_none() || read.is_none() || read.as_ref() == sub)
    }

    /// The rules that read a path: itself, what it is part of, or a part of it; true where what they give depends on it.
    fn of(&self, path: &AttrPath, schema: &ResourceSchema) -> Vec<(u32, bool)> {
        let sub = path.sub();
        let found = self.rules.get(&place(path, schema)).into_iter().flatten();
        let mut rules: Vec<(u32, bool)> = found
            .filter(|reader| sub.is_none() || reader.sub.is_none() || reader.sub.as_ref() == sub)
            .map(|reader| (reader.rule, reader.inner))
            .collect();
        // A rule that reads it in both ways comes once.
        rules.sort_unstable_by_key(|(rule, inner)| (*rule, !*inner));
        rules.dedup_by_key(|(rule, _)| *rule);
        rules
    }
}

/// The attribute, named by its extension only where it is in one.
fn place(path: &AttrPath, schema: &ResourceSchema) -> AttrPath {
    let whole = qualify(&path.parent(), schema);
    match schema.resolve(&whole) {
        Some(resolved) if resolved.extension.is_none() => AttrPath::from(whole.name().clone()),
        _ => whole,
    }
}

impl Policy {
    /// The rules that read an attribute, in their conditions or in the conditions of what they give, in the order of the policy. A change of
    /// that attribute can change nothing about other rules.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure_policy::{Policy, PolicyDocument};
    /// let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{
    ///     "version": 1,
    ///     "targets": { "helpdesk": {} },
    ///     "rules": [
    ///         { "id": "support", "when": "department eq \"Support\"", "entitlements": ["helpdesk/role:agent"] },
    ///         { "id": "everybody", "entitlements": ["helpdesk/role:reader"] }
    ///     ]
    /// }"#)?)?;
    /// let rules: Vec<&str> = policy.rules_reading(&"department".parse()?).into_iter().map(|rule| rule.as_str()).collect();
    /// assert_eq!(rules, ["support"]);
    /// assert!(policy.rules_reading(&"title".parse()?).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn rules_reading(&self, attribute: &AttrPath) -> Vec<&RuleId> {
        let parts = self.parts();
        let rules = self.readers().of(attribute, parts.schema);
        rules.into_iter().filter_map(|(rule, _)| Some(&parts.rules.get(rule as usize)?.id)).collect()
    }

    /// Of the rules that read an attribute, those that hold for an identity: what to look at again after the attribute has changed. Costs
    /// as much as there are such rules.
    pub fn matches_reading<'a>(
        &'a self,
        attribute: &AttrPath,
        identity: &'a Identity,
        now: DateTime<Utc>,
    ) -> Vec<RuleMatch<'a>> {
        let parts = self.parts();
        let Identity::Person(person) = identity else { return Vec::new() };
        let rules = self.readers().of(attribute, parts.schema);
        let mut current = Vec::new();
        current_engagements(parts, person, now, &mut current);
        let mut found = Vec::new();
        for engagement in current.into_iter().filter_map(|index| person.engagements.get(index)) {
            let view = of_engagement(person, engagement);
            for rule in rules.iter().filter_map(|(rule, _)| parts.rules.get(*rule as usize)) {
                let condition = rule.when.and_then(|when| parts.conditions.get(when as usize));
                if rule.in_force(now) && condition.is_none_or(|condition| condition.holds(&view)) {
                    found.push(RuleMatch { rule: &rule.id, engagement: &engagement.id });
                }
            }
        }
        found
    }

    pub(crate) fn reading(&self, attribute: &AttrPath) -> Vec<(u32, bool)> {
        self.readers().of(attribute, self.parts().schema)
    }

    pub(crate) fn maps(&self, attribute: &AttrPath) -> bool {
        self.readers().maps(attribute, self.parts().schema)
    }

    fn readers(&self) -> &Readers {
        let parts = self.parts();
        parts.readers.get_or_init(|| Readers::new(parts))
    }
}
