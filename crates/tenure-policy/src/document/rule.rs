//! Rules as written.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Condition, Gives, MemberRef};
use crate::id::{RoleId, RuleId};

/// Gives roles and entitlements, or denies them, where a condition holds for an engagement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// The rule's key.
    pub id: RuleId,
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The condition; without one the rule holds for every engagement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Roles it gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleId>,
    /// Entitlements it gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entitlements: Vec<Gives>,
    /// What it refuses, whoever gives it: entitlements, or roles as `role:<id>`. A refusal beats every origin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<MemberRef>,
    /// The first day on which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// The last day on which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

impl RuleSpec {
    /// A rule that gives nothing yet.
    #[must_use]
    pub fn new(id: RuleId, when: &str) -> Self {
        Self {
            id,
            title: None,
            when: Some(Condition::new(when)),
            roles: Vec::new(),
            entitlements: Vec::new(),
            deny: Vec::new(),
            from: None,
            until: None,
        }
    }
}
