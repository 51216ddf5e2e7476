//! Which playbooks are to be run for an identity.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::compile::{Parts, Policy};
use crate::desired::Evaluation;
use crate::document::{MemberRef, TriggerSpec};
use crate::evaluate::of_engagement;
use crate::id::RuleId;
use crate::identity::Identity;
use crate::selector::Selector;

/// A playbook to run for an identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DuePlaybook {
    /// The trigger that asks for it.
    pub trigger: RuleId,
    /// The playbook.
    pub playbook: String,
    /// Since when the identity is in the phase, where that is known. Run a playbook once for each trigger, identity and beginning.
    pub since: Option<DateTime<Utc>>,
    /// When it is to be run, at the earliest.
    pub due: DateTime<Utc>,
}

impl Policy {
    /// The playbooks that the document's `triggers` ask for, in their order: those due at `now` and those due later in the same phase.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::{DateTime, NaiveDate};
    /// use tenure_policy::{Engagement, Facts, Identity, Person, Policy, PolicyDocument};
    /// use tenure_scim::Resource;
    /// let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{
    ///     "version": 1,
    ///     "triggers": [ { "id": "welcome", "playbook": "first-week", "in": ["active"], "when": "userType eq \"Employee\"" } ]
    /// }"#)?)?;
    /// let start = NaiveDate::from_ymd_opt(2026, 1, 5).ok_or("no such day")?;
    /// let anna = Identity::from(Person::new("p-1".parse()?, Resource::default())
    ///     .with_engagement(Engagement::new("e-1".parse()?, "Employee", start, "Europe/Berlin".parse()?)));
    /// let now = DateTime::parse_from_rfc3339("2026-02-01T08:00:00Z")?.to_utc();
    /// let evaluation = policy.evaluate(&anna, &Facts::new(now));
    /// assert_eq!(policy.playbooks(&anna, &evaluation, now)[0].playbook, "first-week");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn playbooks(
        &self,
        identity: &Identity,
        evaluation: &Evaluation,
        now: DateTime<Utc>,
    ) -> Vec<DuePlaybook> {
        let parts = self.parts();
        let mut due = Vec::new();
        for (spec, when) in parts.document.triggers.iter().zip(&parts.triggers) {
            if spec.is_level(evaluation) && when.is_none_or(|when| meets(parts, identity, when, now)) {
                due.push(spec.begun(evaluation, now));
            }
        }
        due
    }
}

impl TriggerSpec {
    /// What the trigger asks for about an identity; `when` is its condition made ready with [`Policy::selector`]. So triggers are judged
    /// that stand elsewhere than in the policy's document, with the meaning that those have.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::DateTime;
    /// use tenure_policy::{Engagement, Facts, Identity, Person, Policy, PolicyDocument, TriggerSpec};
    /// use tenure_scim::Resource;
    ///
    /// let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{"version": 1}"#)?)?;
    /// let trigger: TriggerSpec = serde_json::from_str(r#"{ "id": "a-month-in", "playbook": "feedback", "in": ["active"], "after": "30d" }"#)?;
    /// let anna = Identity::from(Person::new("p-1".parse()?, Resource::default())
    ///     .with_engagement(Engagement::new("e-1".parse()?, "Employee", "2026-01-05".parse()?, "UTC".parse()?)));
    /// let now = DateTime::parse_from_rfc3339("2026-01-20T08:00:00Z")?.to_utc();
    /// let due = trigger.due(&anna, None, &policy.evaluate(&anna, &Facts::new(now)), now).ok_or("not meant")?;
    /// assert_eq!(due.due.to_rfc3339(), "2026-02-04T00:00:00+00:00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn due(
        &self,
        identity: &Identity,
        when: Option<&Selector>,
        evaluation: &Evaluation,
        now: DateTime<Utc>,
    ) -> Option<DuePlaybook> {
        let meets = self.when.is_none() || when.is_some_and(|when| when.holds(identity, now));
        Some(self.begun(evaluation, now)).filter(|_| meets && self.is_level(evaluation))
    }

    /// Whether somebody is in one of its phases and holds what it asks for.
    fn is_level(&self, evaluation: &Evaluation) -> bool {
        let phase = evaluation.state.phase;
        (self.phases.is_empty() || self.phases.contains(&phase))
            && self.holds.as_ref().is_none_or(|member| holds(evaluation, member))
    }

    fn begun(&self, evaluation: &Evaluation, now: DateTime<Utc>) -> DuePlaybook {
        let since = evaluation.state.since;
        DuePlaybook {
            trigger: self.id.clone(),
            playbook: self.playbook.clone(),
            since,
            due: self.after.after(since.unwrap_or(now)),
        }
    }
}

fn holds(evaluation: &Evaluation, member: &MemberRef) -> bool {
    match member {
        MemberRef::Entitlement(key) if key.is_account() => {
            evaluation.accounts.get(&key.target).is_some_and(|account| account.ladder.is_empty())
        }
        MemberRef::Entitlement(key) => evaluation.entitlements.contains_key(key),
        MemberRef::Role(role) => evaluation
            .entitlements
            .values()
            .any(|wanted| wanted.origins.iter().any(|origin| origin.roles().contains(&role))),
    }
}

/// True when a condition holds for an engagement that counts now, or for one of those that were where none counts.
fn meets(parts: &Parts, identity: &Identity, when: u32, now: DateTime<Utc>) -> bool {
    let Some(condition) = parts.conditions.get(when as usize) else { return false };
    let Identity::Person(person) = identity else { return condition.holds(identity.attributes()) };
    let standing = parts.standing(identity, now);
    let current = standing.engagements.iter().filter_map(|engaged| person.engagements.get(engaged.index));
    let mut current = current.peekable();
    if current.peek().is_none() {
        return person.engagements.iter().any(|e| !e.rescinded && condition.holds(&of_engagement(person, e)));
    }
    current.any(|engagement| condition.holds(&of_engagement(person, engagement)))
}
