use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenure_policy::{EntitlementKey, IdentityId, RuleId};

use super::Evidence;
use crate::ReviewSpec;

/// One round of a review.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Campaign {
    /// The campaign: the review and the day on which it was due to begin.
    pub id: String,
    /// The review as it was when the campaign began.
    pub review: ReviewSpec,
    /// When it began.
    pub opened: DateTime<Utc>,
    /// When it is closed at the latest.
    pub due: DateTime<Utc>,
    /// When it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<DateTime<Utc>>,
    /// How many items it has.
    pub items: usize,
    /// What rules give and is judged there, by rule.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_rule: BTreeMap<RuleId, usize>,
    /// When those who have not decided are reminded next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_at: Option<DateTime<Utc>>,
    /// Since when others may decide as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalated: Option<DateTime<Utc>>,
}

/// One entitlement of one person or service, to be judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Item {
    /// The item, within its campaign.
    pub id: String,
    /// The campaign.
    pub campaign: String,
    /// Whose.
    pub identity: IdentityId,
    /// The name to show.
    pub person: String,
    /// What.
    pub entitlement: EntitlementKey,
    /// What a reviewer should know.
    pub evidence: Evidence,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judgement: Option<Judgement>,
}

/// What a reviewer decided about an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Judgement {
    /// Keep or remove.
    pub verdict: Verdict,
    /// Who.
    pub by: IdentityId,
    /// For whom they stand in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<IdentityId>,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Whether access is still justified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is.
    Keep,
    /// It is not.
    Remove,
}

/// What has to happen after somebody decided against access. It is closed by nothing but its absence from the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Remedy {
    /// The remedy: the campaign and the item.
    pub id: String,
    /// Whose access.
    pub identity: IdentityId,
    /// What.
    pub entitlement: EntitlementKey,
    /// Who answers for it.
    pub owner: IdentityId,
    /// Since when it is open.
    pub opened: DateTime<Utc>,
    /// By when it should be gone.
    pub due: DateTime<Utc>,
    /// What was done about it, and what is left to do.
    pub steps: Vec<String>,
    /// Whether a person has to do something before it can go.
    pub by_hand: bool,
    /// Whether the owner was told that it is overdue.
    #[serde(default)]
    pub overdue_told: bool,
    /// When it was seen to be gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<DateTime<Utc>>,
}

pub(crate) const CAMPAIGNS: &str = "governance/campaign/";
pub(crate) const OPEN_REMEDIES: &str = "governance/remedy/open/";
pub(crate) const CLOSED_REMEDIES: &str = "governance/remedy/closed/";

pub(crate) fn campaign_key(id: &str) -> String {
    format!("{CAMPAIGNS}{id}")
}

pub(crate) fn items_prefix(campaign: &str) -> String {
    format!("governance/item/{campaign}/")
}

impl Item {
    pub(crate) fn key(&self) -> String {
        format!("{}{}", items_prefix(&self.campaign), self.id)
    }
}

impl Remedy {
    pub(crate) fn key(&self) -> String {
        let prefix = if self.verified.is_some() { CLOSED_REMEDIES } else { OPEN_REMEDIES };
        format!("{prefix}{}", self.id)
    }
}
