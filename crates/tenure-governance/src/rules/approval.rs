use serde::{Deserialize, Serialize};
use tenure_policy::{
    Condition, EntitlementKey, EntitlementKind, IdentityId, Money, Risk, RoleId, RuleId, Span, TargetId,
};

use crate::Term;

/// Who approves what: `{ id: privileged, when: { risk: high }, by: [owner], quorum: 2 }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRule {
    /// The rule's key. It stands in the record of everything that was decided by it.
    pub id: RuleId,
    /// Which requests it concerns; without it, all.
    #[serde(default)]
    pub when: When,
    /// Who decides. The first kind of approver of whom there are enough counts; where there is none, the administrators.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<Approver>,
    /// How many have to approve.
    #[serde(default = "one")]
    pub quorum: u16,
    /// Whether a single denial is enough. Otherwise it is denied when the quorum cannot be reached any more.
    #[serde(default = "yes")]
    pub veto: bool,
    /// Nobody has to approve it: what the rule concerns in whole is granted at once, and the rule is recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// How often those who have not decided are reminded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind: Option<Term>,
    /// Who may decide as well after a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate: Option<Escalation>,
    /// After how long the request lapses: nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapse: Option<Term>,
}

/// Who may decide as well, after how long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// After how long.
    pub after: Term,
    /// Who.
    pub to: Vec<Approver>,
}

/// A kind of approver. Who that is, is found out when somebody decides, not when the request is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approver {
    /// The manager of the person, or the owner of the service; where that is who asks or who gets it, or who has left, the
    /// manager's manager, and so on.
    Manager,
    /// Those who answer for what is asked for: for the entitlement, else for its target, else for the role.
    Owner,
    /// The people of this list.
    People(Vec<IdentityId>),
    /// Everybody of whom this holds.
    Where(Condition),
}

/// Which requests a rule concerns: everything that is given has to hold. What speaks of entitlements concerns the request when one
/// of those it gives is meant; an automatic rule, only when all are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// Entitlements in these targets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetId>,
    /// These entitlements.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entitlements: Vec<EntitlementKey>,
    /// Entitlements of these kinds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<EntitlementKind>,
    /// Entitlements of this risk or a higher one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// Entitlements of this risk or a lower one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk_up_to: Option<Risk>,
    /// Entitlements that open data of these classes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub data_classes: Vec<String>,
    /// Requests for these roles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleId>,
    /// Requests that cost more than this in a year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub costs_more_than: Option<Money>,
    /// Requests that break a constraint, or that break none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub violations: Option<bool>,
    /// Requests for longer than this, and those without an end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longer_than: Option<Span>,
    /// Requests for people of whom this holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<Condition>,
    /// Requests to bring back what has ended, or others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reinstates: Option<bool>,
}

fn one() -> u16 {
    1
}

fn yes() -> bool {
    true
}
