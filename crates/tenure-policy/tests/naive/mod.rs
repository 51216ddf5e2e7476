//! The policy read literally: slow, obvious, without an index, without flattening, without compiled conditions.
//! It shares no code with the evaluator but the document types and the filter library.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::unreachable,
    clippy::needless_pass_by_value,
    clippy::indexing_slicing,
    dead_code,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone, Utc};
use tenure_policy::*;
use tenure_scim::{Filter, Resource, SchemaRegistry};

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) gone: bool,
    pub(crate) entitlements: BTreeMap<String, BTreeSet<String>>,
    pub(crate) denied: BTreeSet<String>,
    pub(crate) accounts: BTreeSet<String>,
}

pub(crate) struct Naive<'a> {
    pub(crate) document: &'a PolicyDocument,
    pub(crate) registry: SchemaRegistry,
}

impl<'a> Naive<'a> {
    pub(crate) fn new(document: &'a PolicyDocument) -> Self {
        Self { document, registry: SchemaRegistry::builtin() }
    }

    fn holds(&self, condition: Option<&Condition>, view: &Resource) -> bool {
        let Some(condition) = condition else { return true };
        let schema = self.registry.resource("User").unwrap();
        Filter::parse(condition.as_str()).unwrap().qualified(schema).compile(schema).unwrap().matches(view)
    }

    /// A zone without daylight saving, so that the arithmetic here can stay obvious.
    fn bounds(&self, engagement: &Engagement) -> (DateTime<Utc>, Option<DateTime<Utc>>) {
        assert_eq!(engagement.zone.name(), "UTC");
        let begins = Utc.from_utc_datetime(&engagement.start.and_time(NaiveTime::MIN));
        let temporary = self.document.temporary.kinds.contains(&engagement.kind);
        let ends = match engagement.end {
            Some(last) => Some(Utc.from_utc_datetime(&(last + Days::new(1)).and_time(NaiveTime::MIN))),
            None if temporary => Some(begins + TimeDelta::days(90)),
            None => None,
        };
        (begins, ends)
    }

    /// True when the person left after one instant and before another, with nothing that went on.
    fn was_gone(&self, person: &Person, from: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let all: Vec<_> = person
            .engagements
            .iter()
            .filter(|e| !e.rescinded)
            .map(|engagement| self.bounds(engagement))
            .collect();
        let ends = all.iter().filter_map(|(_, ends)| *ends).filter(|ends| from < *ends && *ends <= now);
        ends.into_iter()
            .any(|left| !all.iter().any(|(begins, ends)| *begins <= left && ends.is_none_or(|e| left < e)))
    }

    pub(crate) fn evaluate(&self, person: &Person, grants: &[Grant], now: DateTime<Utc>) -> Wanted {
        let mut wanted = Wanted::default();
        let mut refused: Vec<&MemberRef> = Vec::new();
        let mut any = false;
        let mut ended = false;
        let mut first_active: Option<(bool, DateTime<Utc>, String, Resource, bool)> = None;
        for engagement in person.engagements.iter().filter(|e| !e.rescinded) {
            let (begins, ends) = self.bounds(engagement);
            ended |= ends.is_some_and(|ends| ends <= now);
            if now < begins || ends.is_some_and(|ends| ends <= now) {
                continue;
            }
            any = true;
            let mut view = person.attributes.clone();
            for (name, value) in engagement.attributes.attributes().filter(|(name, _)| *name != "schemas") {
                match value.as_object().filter(|_| name.contains(':')) {
                    Some(inner) => {
                        for (sub, value) in inner.iter() {
                            view = view.with(&format!("{name}:{sub}"), value.to_json()).unwrap();
                        }
                    }
                    None => view = view.with(name, value.to_json()).unwrap(),
                }
            }
            if view.text("userType").is_none() {
                view = view.with("userType", engagement.kind.as_str()).unwrap();
            }
            let temporary = self.document.temporary.kinds.contains(&engagement.kind);
            let rank = (!engagement.primary, begins, engagement.id.to_string(), view.clone(), temporary);
            if first_active.as_ref().is_none_or(|best| (best.0, best.1, &best.2) > (rank.0, rank.1, &rank.2))
            {
                first_active = Some(rank);
            }
            for rule in self.document.rules.iter().filter(|rule| self.holds(rule.when.as_ref(), &view)) {
                refused.extend(&rule.deny);
                let from = format!("rule `{}` (engagement `{}`)", rule.id, engagement.id);
                self.gives(&rule.entitlements, &from, &view, &mut wanted);
                for role in &rule.roles {
                    self.role(role, &from, &view, &BTreeSet::new(), &mut wanted);
                }
            }
        }
        wanted.gone = !any && (ended || person.engagements.iter().all(|e| e.rescinded));
        if let Some((_, _, _, view, temporary)) = &first_active {
            for grant in grants.iter().filter(|grant| grant.identity == person.id) {
                let from = grant.from.unwrap();
                if self.was_gone(person, from, now) {
                    continue;
                }
                let bounded = match grant.source {
                    GrantSource::Exception => true,
                    GrantSource::Request(_) => *temporary,
                    _ => false,
                };
                let until = grant.until.or(bounded.then(|| from + TimeDelta::days(90)));
                if from > now || until.is_some_and(|until| until <= now) {
                    continue;
                }
                let from = grant.origin().to_string();
                match &grant.what {
                    Granted::Entitlement(key) => self.give(key, &from, &mut wanted),
                    Granted::Role(role) => self.role(role, &from, view, &BTreeSet::new(), &mut wanted),
                }
            }
        }
        for member in refused {
            match member {
                MemberRef::Entitlement(key) => {
                    if wanted.entitlements.remove(&key.to_string()).is_some() {
                        wanted.denied.insert(key.to_string());
                    }
                }
                MemberRef::Role(role) => {
                    let through = format!("role `{role}`");
                    for origins in wanted.entitlements.values_mut() {
                        origins.retain(|path| !path.split(" > ").any(|step| step == through));
                    }
                    let gone: Vec<String> = wanted
                        .entitlements
                        .iter()
                        .filter(|(_, o)| o.is_empty())
                        .map(|(k, _)| k.clone())
                        .collect();
                    for key in gone {
                        wanted.entitlements.remove(&key);
                        wanted.denied.insert(key);
                    }
                }
            }
        }
        wanted
    }

    fn role(
        &self,
        role: &RoleId,
        from: &str,
        view: &Resource,
        excluded: &BTreeSet<EntitlementKey>,
        wanted: &mut Wanted,
    ) {
        let spec = &self.document.roles[role];
        if !self.holds(spec.when.as_ref(), view) {
            return;
        }
        let path = format!("{from} > role `{role}`");
        for given in &spec.entitlements {
            if self.holds(given.when.as_ref(), view) {
                for key in given.keys.iter().filter(|key| !excluded.contains(key)) {
                    self.give(key, &path, wanted);
                }
            }
        }
        let mut excluded = excluded.clone();
        excluded.extend(spec.excludes.iter().cloned());
        for inclusion in &spec.includes {
            if self.holds(inclusion.when.as_ref(), view) {
                self.role(&inclusion.role, &path, view, &excluded, wanted);
            }
        }
    }

    fn gives(&self, gives: &[Gives], from: &str, view: &Resource, wanted: &mut Wanted) {
        for given in gives.iter().filter(|given| self.holds(given.when.as_ref(), view)) {
            for key in &given.keys {
                self.give(key, from, wanted);
            }
        }
    }

    fn give(&self, key: &EntitlementKey, from: &str, wanted: &mut Wanted) {
        wanted.entitlements.entry(key.to_string()).or_default().insert(from.to_owned());
    }
}
