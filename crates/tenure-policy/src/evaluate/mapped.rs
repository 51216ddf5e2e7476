//! The wanted accounts with what mappings write there, borrowed.

use serde_json::Value;
use tenure_scim::AttrPath;

use super::accounts::{self, Owner};
use super::finish::main_view;
use super::ladder::Leaving;
use super::names::Names;
use super::{Outcome, refine};
use crate::id::{IdentityId, MappingId, TargetId};
use crate::target::{Apply, Remove};

/// A wanted account with what mappings write there.
#[derive(Debug)]
#[non_exhaustive]
pub struct MappedAccount<'a> {
    /// The target.
    pub target: &'a TargetId,
    /// Whether it is to be enabled.
    pub enabled: bool,
    /// What is written, in the order of the policy and behind the user name.
    pub attributes: Vec<MappedAttribute<'a>>,
    /// What is to point at somebody's account.
    pub references: Vec<MappedReference<'a>>,
}

/// What one mapping writes.
#[derive(Debug)]
#[non_exhaustive]
pub struct MappedAttribute<'a> {
    /// The mapping; `username`, for the name of the account.
    pub mapping: &'a MappingId,
    /// Where it writes.
    pub to: &'a AttrPath,
    /// What it writes; `None` where there is nothing.
    pub value: Option<Value>,
    /// When it writes.
    pub apply: Apply,
    /// What it takes away.
    pub remove: Remove,
}

/// What one mapping points at.
#[derive(Debug)]
#[non_exhaustive]
pub struct MappedReference<'a> {
    /// The mapping.
    pub mapping: &'a MappingId,
    /// Where it writes.
    pub to: &'a AttrPath,
    /// Whose account.
    pub identity: Option<&'a IdentityId>,
}

impl<'a> Outcome<'a> {
    /// Hands over the wanted accounts of a person, one after the other, with what mappings write there. For whoever compares
    /// many people with what is there, of whom nearly all are as they should be.
    ///
    /// It is the part of [`to_evaluation`](Outcome::to_evaluation) that concerns accounts. False where more than this part has to be
    /// told: a task, a name to be reserved, an account on its way out. False for workloads too. What was handed over until
    /// then says nothing.
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
    ///     "targets": { "wiki": { "attributes": [
    ///         { "id": "job", "to": "title", "from": { "path": "title" } }
    ///     ] } },
    ///     "rules": [ { "id": "all", "when": "title pr", "entitlements": [{ "target": "wiki" }] } ]
    /// }"#)?)?;
    /// let start = NaiveDate::from_ymd_opt(2026, 1, 5).ok_or("no such day")?;
    /// let anna = Person::new("p-1".parse()?, Resource::default().with("title", "Agent")?)
    ///     .with_engagement(Engagement::new("e-1".parse()?, "Employee", start, "Europe/Berlin".parse()?));
    /// let anna = Identity::from(anna);
    ///
    /// let facts = Facts::new(DateTime::parse_from_rfc3339("2026-02-01T08:00:00Z")?.to_utc());
    /// let mut evaluator = policy.evaluator();
    /// let mut titles = Vec::new();
    /// let all = evaluator.evaluate(&anna, &facts).mapped(|account| {
    ///     titles.extend(account.attributes.iter().filter_map(|one| one.value.clone()));
    /// });
    /// assert!(all);
    /// assert_eq!(titles, ["Agent"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mapped(&self, mut each: impl FnMut(MappedAccount<'_>)) -> bool {
        let Self { parts, dense, draft, standing, identity, facts, .. } = *self;
        if identity.as_person().is_none() {
            return false;
        }
        let leaving = Leaving { parts, facts, standing, identity };
        let told = !draft.tasks.is_empty()
            || !draft.grace.is_empty()
            || refine::leaving(dense, draft, facts).next().is_some()
            || leaving.orphaned().next().is_some();
        if told {
            return false;
        }
        let manager = self.engagement().and_then(|engagement| engagement.manager.as_ref());
        let mut accounts = self.accounts().peekable();
        if accounts.peek().is_none() {
            return true;
        }
        let view = main_view(identity, standing);
        let owner = Owner { identity: identity.id(), view: &view, manager };
        let mut names = Names::new(facts.names);
        let mut tasks = Vec::new();
        for (target, enabled) in accounts {
            let account = accounts::mapped(parts, target, &owner, &mut names, &mut tasks);
            if !tasks.is_empty() || !names.reservations.is_empty() {
                return false;
            }
            each(MappedAccount { enabled, ..account });
        }
        true
    }
}
