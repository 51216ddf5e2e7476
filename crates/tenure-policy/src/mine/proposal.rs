//! What mining is told and what it answers.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_scim::AttrPath;

use crate::document::{Condition, Gives, RuleSpec};
use crate::entitlement::EntitlementKey;
use crate::id::{IdentityId, RuleId};
use crate::time::Span;

/// What is known of the use of an entitlement by its holder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Usage {
    /// Nobody counts it.
    #[default]
    Unknown,
    /// It is counted, and was never used.
    Never,
    /// When it was last used.
    Last(DateTime<Utc>),
}

/// An entitlement that somebody holds today, whatever the policy says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Who.
    pub identity: IdentityId,
    /// What.
    pub entitlement: EntitlementKey,
    /// What is known of its use.
    #[serde(default)]
    pub usage: Usage,
}

impl Holding {
    /// A holding whose use nobody counts.
    #[must_use]
    pub fn new(identity: IdentityId, entitlement: EntitlementKey) -> Self {
        Self { identity, entitlement, usage: Usage::Unknown }
    }

    /// Sets what is known of its use.
    #[must_use]
    pub fn with_usage(mut self, usage: Usage) -> Self {
        self.usage = usage;
        self
    }

    pub(crate) fn is_unused(&self, after: Span, now: DateTime<Utc>) -> bool {
        match self.usage {
            Usage::Unknown => false,
            Usage::Never => true,
            Usage::Last(at) => after.after(at) <= now,
        }
    }
}

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MiningOptions {
    /// The attributes whose values rules may ask for.
    pub attributes: Vec<AttrPath>,
    /// How many people a rule or a role must be for; 5 unless set.
    pub least_people: usize,
    /// How many of the people in a hundred must hold an entitlement; 90 unless set.
    pub least_percent: u8,
    /// After how long without use a holding counts as unused; 90 days unless set.
    pub unused_after: Span,
}

impl MiningOptions {
    /// Looks at these attributes.
    #[must_use]
    pub fn new(attributes: impl IntoIterator<Item = AttrPath>) -> Self {
        Self {
            attributes: attributes.into_iter().collect(),
            least_people: 5,
            least_percent: 90,
            unused_after: Span::days(90),
        }
    }

    /// Sets how many people a rule or a role must be for.
    #[must_use]
    pub fn with_least_people(mut self, people: usize) -> Self {
        self.least_people = people;
        self
    }

    /// Sets how many of the people in a hundred must hold an entitlement.
    #[must_use]
    pub fn with_least_percent(mut self, percent: u8) -> Self {
        self.least_percent = percent;
        self
    }

    /// Sets after how long without use a holding counts as unused.
    #[must_use]
    pub fn with_unused_after(mut self, span: Span) -> Self {
        self.unused_after = span;
        self
    }
}

/// What mining found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Mining {
    /// Proposed rules: those that explain most holdings first.
    pub rules: Vec<MinedRule>,
    /// Proposed roles: those that join most holdings first.
    pub roles: Vec<MinedRole>,
    /// What is held and not used, by holder: the least-privilege suggestions.
    pub unused: Vec<Holding>,
}

/// A rule that what people hold suggests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MinedRule {
    /// Its condition.
    pub condition: Condition,
    /// For how many people the condition holds.
    pub people: usize,
    /// What it would give.
    pub entitlements: Vec<MinedEntitlement>,
}

impl MinedRule {
    /// The rule as it would stand in a document.
    #[must_use]
    pub fn to_rule(&self, id: RuleId) -> RuleSpec {
        let mut rule = RuleSpec::new(id, self.condition.as_str());
        rule.entitlements =
            self.entitlements.iter().map(|mined| Gives::from(mined.entitlement.clone())).collect();
        rule
    }

    /// How many holdings it explains.
    #[must_use]
    pub fn explains(&self) -> usize {
        self.entitlements.iter().map(|mined| mined.support).sum()
    }
}

/// One entitlement of a proposed rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MinedEntitlement {
    /// What.
    pub entitlement: EntitlementKey,
    /// How many of the rule's people hold it and do not leave it unused.
    pub support: usize,
    /// `support` of a hundred of the rule's people, rounded down.
    pub confidence: u8,
    /// Who would get it and has it not.
    pub gains: BTreeSet<IdentityId>,
}

/// Entitlements that the very same people hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MinedRole {
    /// What they hold.
    pub entitlements: BTreeSet<EntitlementKey>,
    /// Who.
    pub people: BTreeSet<IdentityId>,
}
