//! Triggers of playbooks as written.

use serde::{Deserialize, Serialize};

use super::{Condition, MemberRef};
use crate::id::RuleId;
use crate::lifecycle::Phase;
use crate::time::Span;

/// Says that a playbook is to be run for those who are in a phase, hold something and meet a condition.
///
/// A level, not an event: it holds as long as all of it is true. Whoever runs playbooks runs each once for each beginning of the level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriggerSpec {
    /// The trigger's key.
    pub id: RuleId,
    /// The playbook to run.
    pub playbook: String,
    /// The phases in which it holds; none means every phase.
    #[serde(default, rename = "in", skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Phase>,
    /// Only for those to whom the policy gives this: an entitlement, or a role as `role:<id>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<MemberRef>,
    /// Only where this holds for an engagement; once somebody has left, for one they had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// How long after the beginning of the phase.
    #[serde(default, skip_serializing_if = "at_once")]
    pub after: Span,
}

fn at_once(after: &Span) -> bool {
    after.is_zero()
}
