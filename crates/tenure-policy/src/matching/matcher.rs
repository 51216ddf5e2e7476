//! Finds the rules that hold.

use chrono::{DateTime, Utc};
use tenure_scim::{ObjectRef, Resource};

use super::memo::Memo;
use super::{RuleSet, RuleTables};
use crate::compile::{Parts, Policy};
use crate::evaluate::of_engagement;
use crate::id::{EngagementId, RuleId};
use crate::identity::{Identity, Person};
use crate::lifecycle::current_engagements;

/// Finds the rules that hold for identities, one after the other; made by [`Policy::matcher`].
///
/// It keeps what each attribute value it meets decides, so the second identity in a department costs less than the first; once the
/// values of a population are known it allocates nothing. Memory is bounded, whatever it meets. One for each thread. Take many
/// identities through [`read_ahead`](crate::read_ahead), so that the waits for memory overlap.
#[derive(Debug)]
pub struct Matcher<'p> {
    policy: &'p Policy,
    tables: &'p RuleTables,
    memos: Vec<Memo>,
    set: RuleSet,
    fresh: RuleSet,
    engagements: Vec<usize>,
    found: Vec<u32>,
    hits: Vec<(u32, u32)>,
}

/// A rule that holds, and the engagement it holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleMatch<'a> {
    /// The rule.
    pub rule: &'a RuleId,
    /// The engagement whose attributes meet the rule's condition.
    pub engagement: &'a EngagementId,
}

impl Policy {
    /// A matcher: the fast way to ask which rules hold for each of many identities.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::{DateTime, NaiveDate};
    /// use tenure_policy::{Engagement, Identity, Person, Policy, PolicyDocument};
    /// use tenure_scim::Resource;
    ///
    /// let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{
    ///     "version": 1,
    ///     "targets": { "helpdesk": {} },
    ///     "rules": [
    ///         { "id": "support", "when": "title eq \"Agent\"", "entitlements": ["helpdesk/role:agent"] },
    ///         { "id": "sales", "when": "title eq \"Seller\"", "entitlements": ["helpdesk/role:reader"] }
    ///     ]
    /// }"#)?)?;
    /// let start = NaiveDate::from_ymd_opt(2026, 1, 5).ok_or("no such day")?;
    /// let anna = Person::new("p-1".parse()?, Resource::default().with("title", "agent")?)
    ///     .with_engagement(Engagement::new("e-1".parse()?, "Employee", start, "Europe/Berlin".parse()?));
    /// let people = [Identity::from(anna)];
    ///
    /// let now = DateTime::parse_from_rfc3339("2026-02-01T08:00:00Z")?.to_utc();
    /// let mut matcher = policy.matcher();
    /// for person in &people {
    ///     let found: Vec<_> = matcher.matches(person, now).map(|m| (m.rule.as_str(), m.engagement.as_str())).collect();
    ///     assert_eq!(found, [("support", "e-1")]);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn matcher(&self) -> Matcher<'_> {
        Matcher::new(self)
    }
}

impl<'p> Matcher<'p> {
    fn new(policy: &'p Policy) -> Self {
        let parts = policy.parts();
        let tables =
            parts.tables.get_or_init(|| RuleTables::new(&parts.rules, &parts.conditions, parts.schema));
        Self {
            policy,
            tables,
            memos: vec![Memo::default(); tables.tests.len()],
            set: RuleSet::empty(parts.rules.len()),
            fresh: RuleSet::default(),
            engagements: Vec::new(),
            found: Vec::new(),
            hits: Vec::new(),
        }
    }

    /// The rules in force that hold for an identity at an instant, engagement by engagement, rules in the order of the policy. None
    /// for a workload, and none for who has no engagement now.
    pub fn matches<'a>(
        &'a mut self,
        identity: &'a Identity,
        now: DateTime<Utc>,
    ) -> impl ExactSizeIterator<Item = RuleMatch<'a>> + 'a {
        self.find(identity, now);
        let rules = &self.policy.parts().rules;
        let engagements =
            identity.as_person().map(|person| person.engagements.as_slice()).unwrap_or_default();
        self.hits.iter().map(move |(engagement, rule)| {
            #[expect(
                clippy::indexing_slicing,
                reason = "a hit names a rule and an engagement that are there"
            )]
            let (rule, engagement) = (&rules[*rule as usize].id, &engagements[*engagement as usize].id);
            RuleMatch { rule, engagement }
        })
    }

    /// As [`matches`](Self::matches), by index; true when the person is there.
    pub(crate) fn find(&mut self, identity: &Identity, now: DateTime<Utc>) -> bool {
        self.hits.clear();
        let Identity::Person(person) = identity else { return false };
        let mut engagements = std::mem::take(&mut self.engagements);
        current_engagements(self.policy.parts(), person, now, &mut engagements);
        for index in &engagements {
            self.engagement(person, *index, now);
        }
        let there = !engagements.is_empty();
        self.engagements = engagements;
        there
    }

    /// What was found last: indices of an engagement and of a rule.
    pub(crate) fn hits(&self) -> &[(u32, u32)] {
        &self.hits
    }

    /// The engagements that count, of whom was looked at last.
    pub(crate) fn engaged(&self) -> &[usize] {
        &self.engagements
    }

    fn engagement(&mut self, person: &Person, index: usize, now: DateTime<Utc>) {
        let (Some(engagement), Ok(number)) = (person.engagements.get(index), u32::try_from(index)) else {
            return;
        };
        let view = of_engagement(person, engagement);
        self.narrow(&view);
        let Self { policy, tables, set, hits, .. } = self;
        let rules = &policy.parts().rules;
        hits.reserve(set.len());
        set.each(&tables.careful, |at, careful| {
            let holds = !careful
                || rules.get(at as usize).is_some_and(|rule| {
                    rule.in_force(now)
                        && (!tables.rest.has(at as usize) || whole(policy.parts(), rule.when, &view))
                });
            if holds {
                hits.push((number, at));
            }
        });
    }

    /// The rules whose conditions hold for what conditions see of one engagement, in force or not.
    pub(crate) fn holding(&mut self, view: &Resource) -> &[u32] {
        self.narrow(view);
        let Self { policy, tables, set, found, .. } = self;
        let parts = policy.parts();
        found.clear();
        set.each(&tables.rest, |at, rest| {
            if !rest || parts.rules.get(at as usize).is_some_and(|rule| whole(parts, rule.when, view)) {
                found.push(at);
            }
        });
        found
    }

    /// Leaves in the set the rules whose tests of single values hold.
    fn narrow(&mut self, view: &Resource) {
        let Self { tables, memos, set, fresh, .. } = self;
        set.copy(tables.all.words());
        let width = set.words().len();
        let root = view.as_object();
        let mut inside: (Option<usize>, Option<ObjectRef<'_>>) = (None, Some(root));
        for (tests, memo) in tables.tests.iter().zip(memos) {
            if inside.0 != tests.slot.extension {
                let urn = tests.slot.extension.and_then(|extension| tables.extensions.get(extension));
                let object = urn.map_or(Some(root), |urn| root.get(urn)?.as_object());
                inside = (tests.slot.extension, object);
            }
            let found = tests.slot.find(inside.1, &mut memo.place);
            if let Some(known) = memo.get(found, width) {
                set.keep(known);
                continue;
            }
            tests.decide(found, view, fresh);
            memo.put(found, fresh);
            set.keep(fresh.words());
        }
    }
}

fn whole(parts: &Parts, when: Option<u32>, view: &Resource) -> bool {
    when.and_then(|when| parts.conditions.get(when as usize)).is_none_or(|condition| condition.holds(view))
}
