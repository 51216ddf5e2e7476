//! To which group of people somebody belongs, for guards that count each group by itself.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};

use super::of_engagement;
use crate::compile::Policy;
use crate::id::TargetId;
use crate::identity::{Engagement, Identity, Person};
use crate::lifecycle::current_engagements;

impl Policy {
    /// The group of people with whom the guards of a target count somebody: what `by` of
    /// [`Guard::each`](crate::Guard::each) says of them, an empty text where that is nothing. `None` where the target's guards
    /// count no groups.
    ///
    /// Of a person it is read in the most important engagement that gives something now; of somebody who has none, in the one
    /// that ends last, so that those who leave a department together count as it.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::{DateTime, NaiveDate};
    /// use tenure_policy::{Engagement, Person, Policy, PolicyDocument};
    /// use tenure_scim::Resource;
    ///
    /// let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{
    ///     "version": 1,
    ///     "targets": { "wiki": { "guard": { "each": { "by": "department", "disable": { "max": 5 } } } } }
    /// }"#)?)?;
    /// let day = |day| NaiveDate::from_ymd_opt(2026, 1, day).ok_or("no such day");
    /// let department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
    /// let work = Engagement::new("e-1".parse()?, "Employee", day(5)?, "Europe/Berlin".parse()?)
    ///     .until(day(30)?)
    ///     .with_attributes(Resource::default().with(department, "Support")?);
    /// let anna = Person::new("p-1".parse()?, Resource::default()).with_engagement(work).into();
    ///
    /// let now = DateTime::parse_from_rfc3339("2026-02-01T08:00:00Z")?.to_utc();
    /// assert_eq!(policy.guard_group(&"wiki".parse()?, &anna, now).as_deref(), Some("Support"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn guard_group(&self, target: &TargetId, identity: &Identity, now: DateTime<Utc>) -> Option<String> {
        let group = self.parts().targets.get(target)?.group.as_ref()?;
        let view = match identity {
            Identity::Workload(workload) => Cow::Borrowed(&workload.attributes),
            Identity::Person(person) => match self.last_engagement(person, now) {
                Some(engagement) => of_engagement(person, engagement),
                None => Cow::Borrowed(&person.attributes),
            },
        };
        Some(group.evaluate(&view).text().unwrap_or_default())
    }

    /// The most important engagement that gives something now, else the one that ends last.
    fn last_engagement<'a>(&self, person: &'a Person, now: DateTime<Utc>) -> Option<&'a Engagement> {
        let mut current = Vec::new();
        current_engagements(self.parts(), person, now, &mut current);
        if let Some(best) = current.first() {
            return person.engagements.get(*best);
        }
        let there = person.engagements.iter().filter(|engagement| !engagement.rescinded);
        there.max_by_key(|engagement| (engagement.end.unwrap_or(NaiveDate::MAX), engagement.start))
    }
}
