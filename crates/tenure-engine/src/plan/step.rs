use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenure_connector::{AccountStatus, EntitlementRef, Operation, SideEffect, Version};
use tenure_policy::{IdentityId, Money, Override, TargetId};
use tenure_scim::AttrPath;
use tenure_store::{HeldRecord, LinkRecord};

use super::{Action, Verb};

/// Names a step within its plan, for instance `zendesk/w-100/grant/role:agent`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(String);

impl StepId {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One step of a plan: one operation on one account, or one task for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    /// The id.
    pub id: StepId,
    /// Where.
    pub target: TargetId,
    /// For whom; nobody, for an account that is linked to nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityId>,
    /// The name to show.
    pub person: String,
    /// What is done, in one word.
    pub verb: Verb,
    /// What it is done to: an entitlement, attributes, a name.
    pub what: String,
    /// What is done.
    pub action: Action,
    /// The steps that must have succeeded before.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub after: BTreeSet<StepId>,
    /// Why, in words, every reason.
    pub reasons: Vec<String>,
    /// How much harm it could do.
    pub risk: Risk,
    /// What it costs in a year; negative when it saves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// What the target does besides.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub effects: BTreeSet<SideEffect>,
    /// The version the account must still have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Version>,
    /// The group of people with which guards count it by itself, where the target's guards count groups; empty for those without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard_group: Option<String>,
    /// Since when it is due, for a step of an account's way out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DateTime<Utc>>,
    /// Attributes to be pointed at other identities' accounts, which may not exist yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
    /// What is noted in the store together with the outcome.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) records: Vec<Record>,
}

impl Step {
    /// The step in one line, for instance `grant role:agent to Anna Berg in zendesk`.
    #[must_use]
    pub fn title(&self) -> String {
        let Self { verb, what, person, target, .. } = self;
        let by_hand = if self.is_manual() { " (by hand)" } else { "" };
        let sentence = match verb {
            Verb::Grant => format!("grant {what} to {person} in {target}"),
            Verb::Revoke => format!("revoke {what} from {person} in {target}"),
            Verb::Create => format!("create {person} in {target}"),
            Verb::Update => format!("update {what} of {person} in {target}"),
            Verb::Link => format!("link account {what} of {target} to {person}"),
            Verb::Forget => format!("forget account {what} of {person}, which is gone from {target}"),
            Verb::Enable => format!("enable {person} in {target}"),
            Verb::Disable => format!("disable {person} in {target}"),
            Verb::RevokeSessions => format!("end the sessions of {person} in {target}"),
            Verb::SetReference => format!("set {what} of {person} in {target}"),
            Verb::TransferOwnership => format!("give what {person} owns in {target} to {what}"),
            Verb::ReleaseSeat => format!("release seat {what} of {person} in {target}"),
            Verb::Delete => format!("delete {person} in {target}"),
        };
        sentence + by_hand
    }

    /// Whether a person has to do it.
    #[must_use]
    pub fn is_manual(&self) -> bool {
        matches!(self.action, Action::Manual(_))
    }

    /// Whether it may take something from an account that somebody always has to hold.
    pub(crate) fn takes_something(&self) -> bool {
        match &self.action {
            Action::Operation(Operation::Revoke { .. } | Operation::Delete { .. }) => true,
            Action::Operation(Operation::SetStatus { status, .. }) => *status != AccountStatus::Active,
            _ => false,
        }
    }

    /// Whether it takes something away, be it for something else.
    pub(crate) fn gives_up(&self) -> bool {
        self.verb.takes_away() || self.records.iter().any(|record| matches!(record, Record::Lose { .. }))
    }

    /// What guards count it as: its verb, and a grant of high risk as a privileged one besides.
    pub(crate) fn guarded_as(&self) -> impl Iterator<Item = &'static str> + use<> {
        let privileged = self.verb == Verb::Grant && self.risk == Risk::High;
        [self.verb.as_str()].into_iter().chain(privileged.then_some("grant_privileged"))
    }

    /// Whether it writes to the target or asks a person to.
    #[must_use]
    pub fn is_effect(&self) -> bool {
        !matches!(self.action, Action::Link { .. } | Action::Forget { .. })
    }
}

/// An attribute that points at another identity's account in the same target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reference {
    /// The attribute.
    pub to: AttrPath,
    /// Whose account; nobody clears it.
    pub identity: Option<IdentityId>,
}

/// How much harm a step could do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Gives or changes something ordinary, or can be undone.
    Low,
    /// Stops someone from working, or gives something sensitive.
    Medium,
    /// Cannot be undone, or gives a privilege.
    High,
}

/// What the engine notes in its own store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Record {
    /// The entitlement is held from now on, for these origins.
    Hold {
        entitlement: EntitlementRef,
        named: Option<String>,
        parameters: BTreeMap<String, String>,
        origins: BTreeSet<String>,
    },
    /// The entitlement is no longer held.
    Lose { entitlement: EntitlementRef },
    /// The origins of what is held, or the moment the last one went, are different.
    Reason(HeldRecord),
    /// The mappings wrote these values.
    Written(BTreeMap<String, Value>),
    /// A step of the way out was taken.
    Taken(String),
    /// The link is as follows.
    Link(LinkRecord),
    /// The plan goes by this order about a person.
    Order { person: IdentityId, order: Override },
    /// Nobody needs to do the step that waits.
    Unwait(String),
    /// The step that failed is not wanted any more.
    Unretry(String),
    /// The name is in use.
    Name { space: String, key: String, value: String },
}
