//! A condition beside those of the policy: who is meant, by a filter over an identity's attributes.

use chrono::{DateTime, Utc};
use tenure_scim::Resource;

use crate::compile::{Compiled, Compiler, Policy};
use crate::document::Condition;
use crate::error::{PolicyError, PolicyErrors};
use crate::evaluate::of_engagement;
use crate::identity::Identity;

/// Says of whom a condition holds, with the meaning that conditions of the policy have.
///
/// # Examples
///
/// ```
/// use chrono::DateTime;
/// use tenure_policy::{Condition, Identity, Person, Policy, PolicyDocument};
/// use tenure_scim::Resource;
/// let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{"version": 1}"#)?)?;
/// let chiefs = policy.selector(&Condition::new("title sw \"Chief\""))?;
/// let anna = Identity::from(Person::new("p-1".parse()?, Resource::default().with("title", "Chief of staff")?));
/// let now = DateTime::parse_from_rfc3339("2026-02-01T08:00:00Z")?.to_utc();
/// assert!(!chiefs.holds(&anna, now)); // she has no engagement
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Selector {
    policy: Policy,
    condition: Compiled,
}

impl Policy {
    /// Makes a condition ready, with the attributes that conditions of this policy may name.
    ///
    /// # Errors
    ///
    /// When it is no filter, or names an attribute that is not known.
    pub fn selector(&self, condition: &Condition) -> Result<Selector, PolicyErrors> {
        let parts = self.parts();
        let mut compiler = Compiler::new(&parts.document, parts.schema);
        let kept = compiler.condition(&"", condition).and_then(|filter| compiler.keep(&"", filter));
        PolicyErrors::check(std::mem::take(&mut compiler.errors))?;
        let compiled = kept.and_then(|index| compiler.conditions.get(index as usize).cloned());
        match compiled {
            Some(condition) => Ok(Selector { policy: self.clone(), condition }),
            None => Err(PolicyErrors::one(PolicyError::new("", "not a condition"))),
        }
    }
}

impl Policy {
    /// The attributes of an identity as conditions see them: with those of the engagement that counts most.
    #[must_use]
    pub fn seen_as(&self, identity: &Identity, now: DateTime<Utc>) -> Resource {
        let Identity::Person(person) = identity else { return identity.attributes().clone() };
        let standing = self.parts().standing(identity, now);
        let counts = standing.engagements.first().and_then(|engaged| person.engagements.get(engaged.index));
        match counts.or_else(|| person.engagements.iter().rfind(|engagement| !engagement.rescinded)) {
            Some(engagement) => of_engagement(person, engagement).into_owned(),
            None => person.attributes.clone(),
        }
    }
}

impl Selector {
    /// True when the condition holds for an engagement that counts now; for somebody who has none (yet or any more), for one of
    /// those they have; for a workload, for its attributes.
    #[must_use]
    pub fn holds(&self, identity: &Identity, now: DateTime<Utc>) -> bool {
        let Identity::Person(person) = identity else { return self.condition.holds(identity.attributes()) };
        let standing = self.policy.parts().standing(identity, now);
        let meets = |engagement| self.condition.holds(&of_engagement(person, engagement));
        match standing.engagements.as_slice() {
            [] => person.engagements.iter().filter(|engagement| !engagement.rescinded).any(meets),
            engaged => engaged.iter().filter_map(|e| person.engagements.get(e.index)).any(meets),
        }
    }
}
