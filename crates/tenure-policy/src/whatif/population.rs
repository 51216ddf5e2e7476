//! Which rules hold for each of many identities, kept up to date at the cost of what changes.

use rustc_hash::FxHashMap;
use tenure_scim::AttrPath;

use super::difference::Difference;
use crate::compile::{NONE, Parts, Policy};
use crate::evaluate::of_engagement;
use crate::id::{IdentityId, RuleId};
use crate::identity::{Identity, read_ahead};
use crate::lifecycle::current_engagements;

/// Remembers which rules hold for each identity of a population, and tells after a change who is to be evaluated again.
///
/// It looks at rules alone: who has new grants, holds something new, or whose time has come ([`Evaluation::next_change_at`]) is to be
/// evaluated anyway. Memory is a few bytes for each identity and rule that holds.
///
/// [`Evaluation::next_change_at`]: crate::Evaluation::next_change_at
///
/// # Examples
///
/// ```
/// use chrono::{DateTime, NaiveDate};
/// use tenure_policy::{Engagement, Identity, Person, Policy, PolicyDocument, Population};
/// use tenure_scim::Resource;
///
/// let policy = |title: &str| -> Result<Policy, Box<dyn std::error::Error>> {
///     Ok(Policy::compile(PolicyDocument::from_json("policy.json", &format!(r#"{{
///         "version": 1,
///         "targets": {{ "helpdesk": {{}} }},
///         "rules": [ {{ "id": "support", "when": "title eq \"{title}\"", "entitlements": ["helpdesk/role:agent"] }} ]
///     }}"#))?)?)
/// };
/// let start = NaiveDate::from_ymd_opt(2026, 1, 5).ok_or("no such day")?;
/// let person = |id: &str, title: &str| -> Result<Identity, Box<dyn std::error::Error>> {
///     Ok(Identity::from(Person::new(id.parse()?, Resource::default().with("title", title)?)
///         .with_engagement(Engagement::new("e".parse()?, "Employee", start, "Europe/Berlin".parse()?))))
/// };
/// let now = DateTime::parse_from_rfc3339("2026-02-01T08:00:00Z")?.to_utc();
/// let mut people = vec![person("p-1", "Agent")?, person("p-2", "Clerk")?];
/// let mut population = Population::new(policy("Agent")?);
/// population.update(&people, now);
///
/// people[1] = person("p-2", "Agent")?;
/// let change = population.attribute_changed(&"title".parse()?, &people[1], now);
/// assert!(change.is_relevant());
/// assert_eq!(change.gained, ["support"]);
///
/// let again = population.policy_changed(&policy("Nobody")?, &people, now);
/// assert_eq!(again, ["p-1", "p-2"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Population {
    policy: Policy,
    places: FxHashMap<IdentityId, u32>,
    /// For each identity the rules that hold, in order.
    rules: Vec<Box<[u32]>>,
}

/// What a changed attribute does to one identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleChange {
    /// Rules that hold now and did not before.
    pub gained: Vec<RuleId>,
    /// Rules that hold no more.
    pub lost: Vec<RuleId>,
    /// True when what a rule that holds gives depends on the attribute.
    pub gives: bool,
    /// True when a mapping or a user name is made of the attribute.
    pub mapped: bool,
}

impl RuleChange {
    /// True when the identity is to be evaluated again.
    #[must_use]
    pub fn is_relevant(&self) -> bool {
        self.gives || self.mapped || !self.gained.is_empty() || !self.lost.is_empty()
    }
}

impl Population {
    /// An empty population under a policy.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy, places: FxHashMap::default(), rules: Vec::new() }
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// How many identities are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// True when no identity is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Looks at identities anew, known or not, and returns those for which other rules hold than before.
    pub fn update<'a>(
        &mut self,
        identities: impl IntoIterator<Item = &'a Identity>,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Vec<IdentityId> {
        let policy = self.policy.clone();
        let mut matcher = policy.matcher();
        let (mut hits, mut changed) = (Vec::new(), Vec::new());
        for identity in read_ahead(identities) {
            matcher.find(identity, now);
            let place = self.place(identity.id());
            let Some(known) = self.rules.get_mut(place) else { continue };
            hits.clear();
            hits.extend(matcher.hits().iter().map(packed));
            // Engagements come in the order in which they count, not by their place.
            hits.sort_unstable();
            if **known != *hits {
                *known = hits.as_slice().into();
                changed.push(identity.id().clone());
            }
        }
        changed
    }

    /// Forgets an identity's rules.
    pub fn remove(&mut self, identity: &IdentityId) {
        if let Some(rules) = self.places.get(identity).and_then(|place| self.rules.get_mut(*place as usize)) {
            *rules = Box::default();
        }
    }

    /// The identities for which a rule holds, in their order.
    #[must_use]
    pub fn holders(&self, rule: &RuleId) -> Vec<&IdentityId> {
        let number = self.policy.parts().rules.iter().zip(0..).find(|(known, _)| known.id == *rule);
        let Some((_, number)) = number else { return Vec::new() };
        let mut found: Vec<&IdentityId> = self
            .places
            .iter()
            .filter(|(_, place)| {
                let rules = self.rules.get(**place as usize);
                rules.is_some_and(|rules| rules.iter().any(|hit| hit & RULE == number))
            })
            .map(|(id, _)| id)
            .collect();
        found.sort_unstable();
        found
    }

    /// Looks again at the rules that read an attribute which has changed for one identity, and at no other rule.
    pub fn attribute_changed(
        &mut self,
        attribute: &AttrPath,
        identity: &Identity,
        now: chrono::DateTime<chrono::Utc>,
    ) -> RuleChange {
        let policy = self.policy.clone();
        let parts = policy.parts();
        let mut change = RuleChange { mapped: policy.maps(attribute), ..RuleChange::default() };
        let reading = policy.reading(attribute);
        let place = self.place(identity.id());
        let Some(known) = self.rules.get_mut(place) else { return change };
        let engaged = engaged(parts, identity, now);
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        for (rule, inner) in reading {
            for (number, view) in &engaged {
                let hit = packed(&(*number, rule));
                let holds = holds(parts, rule, view, now);
                let id = || parts.rules.get(rule as usize).map(|rule| rule.id.clone());
                match (known.binary_search(&hit), holds) {
                    (Err(_), true) => {
                        added.push(hit);
                        change.gained.extend(id());
                    }
                    (Ok(at), false) => {
                        removed.push(at);
                        change.lost.extend(id());
                    }
                    (Ok(_), true) => change.gives |= inner,
                    (Err(_), false) => {}
                }
            }
        }
        if added.is_empty() && removed.is_empty() {
            return change;
        }
        removed.sort_unstable();
        let kept = known.iter().enumerate().filter(|(at, _)| removed.binary_search(at).is_err());
        let mut hits: Vec<u32> = kept.map(|(_, hit)| *hit).chain(added).collect();
        hits.sort_unstable();
        *known = hits.into();
        change
    }

    /// Takes another policy and returns the identities that it concerns: for whom a rule that differs holds, or did. All of them where
    /// more than rules and roles differ. `identities` are all there are; only the rules that differ are tried for them.
    pub fn policy_changed<'a>(
        &mut self,
        new: &Policy,
        identities: impl IntoIterator<Item = &'a Identity>,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Vec<IdentityId> {
        let old = std::mem::replace(&mut self.policy, new.clone());
        let difference = Difference::between(old.parts(), new.parts());
        if difference.everything {
            let mut all = Vec::new();
            let identities = identities.into_iter().inspect(|identity| all.push(identity.id().clone()));
            self.update(identities, now);
            return all;
        }
        let parts = new.parts();
        let mut concerned = Vec::new();
        let mut hits = Vec::new();
        for identity in read_ahead(identities) {
            let place = self.place(identity.id());
            let Some(known) = self.rules.get_mut(place) else { continue };
            let mut touched = false;
            hits.clear();
            for hit in known.iter() {
                match difference.same.get((hit & RULE) as usize) {
                    Some(there) if *there != NONE => hits.push((hit & !RULE) | there),
                    _ => touched = true,
                }
            }
            if !difference.new.is_empty() {
                for (number, view) in engaged(parts, identity, now) {
                    for rule in &difference.new {
                        if holds(parts, *rule, &view, now) {
                            hits.push(packed(&(number, *rule)));
                            touched = true;
                        }
                    }
                }
            }
            hits.sort_unstable();
            if **known != *hits {
                *known = hits.as_slice().into();
            }
            if touched {
                concerned.push(identity.id().clone());
            }
        }
        concerned
    }

    fn place(&mut self, identity: &IdentityId) -> usize {
        if let Some(place) = self.places.get(identity) {
            return *place as usize;
        }
        let place = self.rules.len();
        self.rules.push(Box::default());
        self.places.insert(identity.clone(), u32::try_from(place).unwrap_or(NONE));
        place
    }
}

type View<'a> = std::borrow::Cow<'a, tenure_scim::Resource>;

/// What conditions see of each engagement that counts now.
fn engaged<'a>(
    parts: &Parts,
    identity: &'a Identity,
    now: chrono::DateTime<chrono::Utc>,
) -> Vec<(u32, View<'a>)> {
    let Identity::Person(person) = identity else { return Vec::new() };
    let mut current = Vec::new();
    current_engagements(parts, person, now, &mut current);
    let all = current
        .into_iter()
        .filter_map(|index| Some((u32::try_from(index).ok()?, person.engagements.get(index)?)));
    all.map(|(number, engagement)| (number, of_engagement(person, engagement))).collect()
}

pub(super) fn holds(
    parts: &Parts,
    rule: u32,
    view: &tenure_scim::Resource,
    now: chrono::DateTime<chrono::Utc>,
) -> bool {
    let Some(rule) = parts.rules.get(rule as usize) else { return false };
    let condition = rule.when.and_then(|when| parts.conditions.get(when as usize));
    rule.in_force(now) && condition.is_none_or(|condition| condition.holds(view))
}

/// An engagement and a rule in one number: sixteen million rules, and of engagements the first 255 apart.
fn packed((engagement, rule): &(u32, u32)) -> u32 {
    (engagement.min(&255) << 24) | (rule & RULE)
}

const RULE: u32 = (1 << 24) - 1;
