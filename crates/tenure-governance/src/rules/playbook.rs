use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_policy::{Condition, Granted, MemberRef, Phase, RuleId, Span, TargetId, TriggerSpec};

use super::Approver;
use crate::Term;

/// A named list of steps for one person: `{ id: first-week, version: 2, steps: [...] }`.
///
/// It is about nobody in particular until it is run. A run keeps the playbook as it was when the run began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaybookSpec {
    /// The playbook's key; triggers of the policy name it.
    pub id: RuleId,
    /// Its version, for people.
    #[serde(default = "first")]
    pub version: u32,
    /// What may be filled in, with what is taken when nobody does. Texts name a parameter as `{laptop}`; `{person}` is there always.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Option<String>>,
    /// The steps.
    pub steps: Vec<PlaybookStep>,
    /// When it begins by itself, for whom: levels, as the triggers of the policy are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<PlaybookTrigger>,
    /// Whether what was done is undone when a step fails.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compensate: bool,
}

/// Begins the playbook for those who are in a phase, hold something and meet a condition: `{ id: a-month-in, in: [active], after: 30d }`.
///
/// A level, not an event: it holds as long as all of it is true, and begins the playbook once for each beginning of the phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaybookTrigger {
    /// The trigger, within its playbook.
    pub id: RuleId,
    /// The phases in which it holds; none means every phase.
    #[serde(default, rename = "in", skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Phase>,
    /// Only for those to whom the policy gives this: an entitlement, or a role as `role:<id>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<MemberRef>,
    /// Only for those of whom this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// How long after the beginning of the phase.
    #[serde(default, skip_serializing_if = "at_once")]
    pub after: Span,
}

impl PlaybookTrigger {
    /// The same, as the policy writes it.
    pub(crate) fn of(&self, playbook: &PlaybookSpec) -> TriggerSpec {
        TriggerSpec {
            id: self.id.clone(),
            playbook: playbook.id.to_string(),
            phases: self.phases.clone(),
            holds: self.holds.clone(),
            when: self.when.clone(),
            after: self.after,
        }
    }
}

/// One step of a playbook: `{ id: laptop, does: { task: { title: "Hand out a {laptop} laptop", to: [manager] } }, after: [welcome], delay: 1bd }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaybookStep {
    /// The step, within its playbook.
    pub id: RuleId,
    /// What is done.
    pub does: PlaybookAction,
    /// Only for those of whom this holds when it is due; otherwise it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// The steps that must be done, or left out, before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<RuleId>,
    /// How long after them, or after the beginning of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Term>,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum PlaybookAction {
    /// Grants a role, an entitlement or an account, in whichever target; the next plan carries it out.
    Grant {
        /// What; an account is `desk/account:default`.
        what: Granted,
        /// Parameters of the entitlement (region, level, ...), filled in as texts are.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        parameters: BTreeMap<String, String>,
        /// For how long; for the policy's default term, when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        term: Option<Term>,
    },
    /// Takes every explicit grant of a role or an entitlement back.
    Revoke {
        /// What.
        what: Granted,
    },
    /// Stops every account of the person from working, or those in some targets; what they hold is kept.
    Suspend {
        /// Only in these targets; everywhere, when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<TargetId>,
        /// For how long; until somebody resumes them, when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        term: Option<Term>,
    },
    /// Lets the accounts of a suspended person work again.
    Resume {
        /// Ends only suspensions that are about one of these targets alone; every suspension, when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<TargetId>,
    },
    /// Asks a person to do something.
    Task {
        /// What, in one line.
        title: String,
        /// Who; the first kind of whom there is anybody.
        to: Vec<Approver>,
        /// Within how long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<Term>,
    },
    /// Tells the person, or others, something.
    Notify {
        /// What.
        text: String,
        /// Whom; the person, when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        to: Vec<Approver>,
    },
}

impl PlaybookAction {
    /// Whether it may change what the person has.
    pub(crate) fn changes_access(&self) -> bool {
        !matches!(self, Self::Task { .. } | Self::Notify { .. })
    }
}

fn at_once(after: &Span) -> bool {
    after.is_zero()
}

fn first() -> u32 {
    1
}
