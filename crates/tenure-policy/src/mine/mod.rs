//! Proposes rules and roles from what people hold and use.

mod proposal;
mod roles;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use tenure_scim::{AttrPath, Resource};

pub use self::proposal::{Holding, MinedEntitlement, MinedRole, MinedRule, Mining, MiningOptions, Usage};
use crate::compile::{Policy, qualify};
use crate::entitlement::EntitlementKey;
use crate::evaluate::of_engagement;
use crate::id::IdentityId;
use crate::identity::Identity;
use crate::lifecycle::current_engagements;

impl Policy {
    /// Proposes rules and roles that explain what people hold, and lists what they hold and do not use.
    ///
    /// A rule is proposed for a value, or for two values together, of the attributes in `options` when enough of the people who have
    /// them hold an entitlement; the simpler rule goes before the narrower one that adds nothing. A role is proposed where the very same
    /// people hold several entitlements. A holding that is known to be unused counts for no proposal. Only people whom this policy
    /// counts as being there at `now` are looked at. The same input gives the same answer; proposals are for people to judge.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::{DateTime, NaiveDate};
    /// use tenure_policy::{Engagement, Holding, Identity, MiningOptions, Person, Policy, PolicyDocument};
    /// use tenure_scim::Resource;
    ///
    /// let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{"version": 1, "targets": {"wiki": {}}}"#)?)?;
    /// let start = NaiveDate::from_ymd_opt(2026, 1, 5).ok_or("no such day")?;
    /// let mut people = Vec::new();
    /// let mut holdings = Vec::new();
    /// for number in 0..5 {
    ///     let id = format!("p-{number}");
    ///     let engagement = Engagement::new(format!("e-{number}").parse()?, "Employee", start, "Europe/Berlin".parse()?);
    ///     let clerk = Resource::default().with("title", "Clerk")?;
    ///     people.push(Identity::from(Person::new(id.parse()?, clerk).with_engagement(engagement)));
    ///     holdings.push(Holding::new(id.parse()?, "wiki/role:read".parse()?));
    /// }
    /// let now = DateTime::parse_from_rfc3339("2026-02-01T08:00:00Z")?.to_utc();
    /// let found = policy.mine(&people, &holdings, &MiningOptions::new(["title".parse()?]), now);
    /// assert_eq!(found.rules[0].condition.as_str(), r#"title eq "Clerk""#);
    /// assert_eq!((found.rules[0].entitlements[0].support, found.rules[0].people), (5, 5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn mine(
        &self,
        population: &[Identity],
        holdings: &[Holding],
        options: &MiningOptions,
        now: DateTime<Utc>,
    ) -> Mining {
        let people = self.people(population, now);
        let mut held: BTreeMap<&EntitlementKey, BTreeSet<&IdentityId>> = BTreeMap::new();
        let mut unused = Vec::new();
        for holding in holdings.iter().filter(|holding| people.contains_key(&holding.identity)) {
            if holding.is_unused(options.unused_after, now) {
                unused.push(holding.clone());
            } else {
                held.entry(&holding.entitlement).or_default().insert(&holding.identity);
            }
        }
        unused.sort_by(|a, b| (&a.identity, &a.entitlement).cmp(&(&b.identity, &b.entitlement)));
        unused.dedup();
        let possessed: BTreeSet<(&EntitlementKey, &IdentityId)> =
            holdings.iter().map(|holding| (&holding.entitlement, &holding.identity)).collect();
        let paths: Vec<AttrPath> =
            options.attributes.iter().map(|path| qualify(path, self.parts().schema)).collect();
        Mining {
            rules: rules::propose(&people, &paths, &held, &possessed, options),
            roles: roles::propose(&held, options.least_people),
            unused,
        }
    }

    /// Who is there, with the attributes of the engagement that counts most.
    fn people<'a>(
        &self,
        population: &'a [Identity],
        now: DateTime<Utc>,
    ) -> BTreeMap<&'a IdentityId, std::borrow::Cow<'a, Resource>> {
        let mut current = Vec::new();
        let mut people = BTreeMap::new();
        for person in population.iter().filter_map(Identity::as_person) {
            current_engagements(self.parts(), person, now, &mut current);
            if let Some(best) = current.first().and_then(|best| person.engagements.get(*best)) {
                people.insert(&person.id, of_engagement(person, best));
            }
        }
        people
    }
}
