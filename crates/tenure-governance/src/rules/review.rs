use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use tenure_policy::{Condition, EntitlementKind, Risk, RuleId, Span, TargetId};

use super::{Approver, Escalation};
use crate::Term;

/// A review that takes place again and again: `{ id: erp, scope: { targets: [erp] }, every: 90d, first: 2026-01-15, by: [owner] }`.
///
/// Nothing is taken from anybody because a reviewer was silent: what nobody decided about is kept, and told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewSpec {
    /// The review's key.
    pub id: RuleId,
    /// What is reviewed; without it, everything that is not given by a rule.
    #[serde(default)]
    pub scope: Scope,
    /// The day of the first campaign.
    pub first: NaiveDate,
    /// How long after one campaign the next one begins. One that was missed is not made up for.
    pub every: Span,
    /// Who decides; the first kind of whom there is anybody counts, and where there is none, the administrators.
    pub by: Vec<Approver>,
    /// After how long everything should be decided; the campaign is closed then.
    pub due: Term,
    /// How often those who have not decided are reminded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind: Option<Term>,
    /// Who may decide as well after a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate: Option<Escalation>,
    /// Begins a campaign besides, about those who moved, when many did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_moves: Option<Moves>,
    /// Within how long that which was decided against should be gone.
    #[serde(default = "remedy_within")]
    pub remedy_within: Term,
}

/// What is taken for a reorganisation: `{ least: 5, within: 14d }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moves {
    /// So many people, at least, have another department or manager ...
    pub least: usize,
    /// ... than this long ago.
    pub within: Span,
}

/// What is reviewed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scope {
    /// In these targets; in all, when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetId>,
    /// Entitlements of these kinds; of all, when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<EntitlementKind>,
    /// Of this risk or a higher one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// Of people of whom this holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<Condition>,
    /// Also what rules give. Otherwise it is counted by rule, to be judged there.
    pub birthright: bool,
}

fn remedy_within() -> Term {
    Term::BusinessDays(5)
}
