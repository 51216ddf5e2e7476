//! Evaluates many identities, one after the other, without allocating.

use super::collect::{Collector, Finder};
use super::draft::Draft;
use super::ladder::Leaving;
use super::{Outcome, duties, owner, refine, upkeep};
use crate::compile::{Parts, Policy};
use crate::facts::Facts;
use crate::identity::Identity;
use crate::lifecycle::{NextChange, Phase, Standing};
use crate::matching::Matcher;

/// Evaluates identities, one after the other; made by [`Policy::evaluator`].
///
/// It finds what [`Policy::evaluate`] finds. What it needs it keeps from one identity to the next, so that once it has met the values of a
/// population it allocates nothing; what it found is read where it lies, or kept with [`Outcome::to_evaluation`]. One for each thread.
#[derive(Debug)]
pub struct Evaluator<'p> {
    policy: &'p Policy,
    matcher: Matcher<'p>,
    work: Work,
}

/// What is filled anew for each identity.
#[derive(Debug, Default)]
pub(super) struct Work {
    standing: Standing,
    draft: Draft,
}

impl Policy {
    /// An evaluator: the fast way to evaluate many identities.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::{DateTime, NaiveDate};
    /// use tenure_policy::{Engagement, Facts, Identity, Person, Policy, PolicyDocument};
    /// use tenure_scim::Resource;
    ///
    /// let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{
    ///     "version": 1,
    ///     "targets": { "helpdesk": {} },
    ///     "roles": { "support": { "entitlements": ["helpdesk/role:agent"] } },
    ///     "rules": [ { "id": "support", "when": "title eq \"Agent\"", "roles": ["support"] } ]
    /// }"#)?)?;
    /// let start = NaiveDate::from_ymd_opt(2026, 1, 5).ok_or("no such day")?;
    /// let anna = Person::new("p-1".parse()?, Resource::default().with("title", "agent")?)
    ///     .with_engagement(Engagement::new("e-1".parse()?, "Employee", start, "Europe/Berlin".parse()?));
    /// let people = [Identity::from(anna)];
    ///
    /// let facts = Facts::new(DateTime::parse_from_rfc3339("2026-02-01T08:00:00Z")?.to_utc());
    /// let mut evaluator = policy.evaluator();
    /// for person in &people {
    ///     let found = evaluator.evaluate(person, &facts);
    ///     for entitlement in found.entitlements() {
    ///         assert_eq!(entitlement.key().to_string(), "helpdesk/role:agent");
    ///         for way in entitlement.ways() {
    ///             assert_eq!(way.rule().map(|(rule, _)| rule.as_str()), Some("support"));
    ///             assert!(way.roles().eq(["support"]));
    ///         }
    ///     }
    ///     assert_eq!(found.to_evaluation(), policy.evaluate(person, &facts));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn evaluator(&self) -> Evaluator<'_> {
        Evaluator { policy: self, matcher: self.matcher(), work: Work::default() }
    }
}

impl Evaluator<'_> {
    /// What should be true of an identity, as [`Policy::evaluate`] finds it.
    pub fn evaluate<'a>(&'a mut self, identity: &'a Identity, facts: &'a Facts<'a>) -> Outcome<'a> {
        let Self { policy, matcher, work } = self;
        work.evaluate(policy.parts(), identity, facts, Finder::Many(matcher))
    }
}

impl Work {
    pub(super) fn evaluate<'a>(
        &'a mut self,
        parts: &'a Parts,
        identity: &'a Identity,
        facts: &'a Facts<'a>,
        finder: Finder<'_, '_>,
    ) -> Outcome<'a> {
        let mut next = self.collect(parts, identity, facts, finder);
        let dense = parts.dense();
        let Self { standing, draft } = self;
        duties::check(parts, dense, identity.id(), draft, facts, &mut next);
        if let Identity::Workload(workload) = identity {
            draft.tasks.extend(owner::task(parts, workload, facts, &mut next));
            draft.tasks.extend(owner::undeclared(workload));
            if !standing.phase.is_gone() {
                let tasks = upkeep::tasks(parts, dense, draft, workload, &mut next);
                draft.tasks.extend(tasks);
            }
        }
        let leaving = Leaving { parts, facts, standing, identity };
        refine::leaving(dense, draft, facts).for_each(|held| leaving.note(held, &mut next));
        Outcome { parts, dense, draft, standing, identity, facts, next: next.at() }
    }

    /// What is given and what is left of it; constraints, tasks and the way out of accounts are not looked at.
    pub(super) fn given<'a>(
        &'a mut self,
        parts: &'a Parts,
        identity: &'a Identity,
        facts: &'a Facts<'a>,
        finder: Finder<'_, '_>,
    ) -> Outcome<'a> {
        let next = self.collect(parts, identity, facts, finder).at();
        Outcome {
            parts,
            dense: parts.dense(),
            draft: &self.draft,
            standing: &self.standing,
            identity,
            facts,
            next,
        }
    }

    fn collect(
        &mut self,
        parts: &Parts,
        identity: &Identity,
        facts: &Facts<'_>,
        mut finder: Finder<'_, '_>,
    ) -> NextChange {
        let dense = parts.dense();
        let Self { standing, draft } = self;
        parts.stand(identity, facts.now, standing);
        draft.clear(dense);
        let mut next = standing.next;
        let gone = standing.phase.is_gone();
        if !gone {
            let mut collector = Collector { parts, dense, facts, out: draft };
            match identity {
                Identity::Person(person) => collector.person(person, standing, &mut finder, &mut next),
                Identity::Workload(workload) => collector.workload(workload, standing, &mut next),
            }
        }
        refine::deny(parts, dense, draft);
        let person = identity.as_person().filter(|_| !gone);
        if let Some(person) = person.filter(|person| !person.overrides.is_empty()) {
            refine::withhold(dense, facts, draft, person);
        }
        refine::exclusive(dense, draft);
        if let Some(person) = person.filter(|_| standing.phase != Phase::Planned) {
            refine::grace(parts, dense, facts, draft, person, &mut next);
        }
        next
    }
}
