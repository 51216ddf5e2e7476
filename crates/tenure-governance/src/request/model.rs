use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_policy::{EntitlementKey, Grant, GrantId, GrantSource, Granted, IdentityId, RequestId, RuleId};

use super::Difference;
use crate::ApprovalRule;

/// What somebody asks for.
///
/// # Examples
///
/// ```
/// use tenure_governance::RequestDraft;
/// use tenure_policy::{Granted, RoleId};
///
/// let role = Granted::Role(RoleId::parse("auditor")?);
/// let draft = RequestDraft::new("w-1".parse()?, "w-7".parse()?, role, "the audit of the second quarter")
///     .until("2026-07-01T00:00:00Z".parse()?);
/// assert!(draft.from.is_none()); // at once
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestDraft {
    /// Who asks.
    pub by: IdentityId,
    /// For whom.
    pub subject: IdentityId,
    /// A role (an access profile is one) or an entitlement.
    pub what: Granted,
    /// From when on; at once, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// Until when; for the policy's default term, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Why.
    pub reason: String,
    /// Parameters of the entitlement (region, level, ...).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// The ended grant that it brings back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reinstates: Option<GrantId>,
}

impl RequestDraft {
    /// Asks for something, at once and for the policy's default term.
    #[must_use]
    pub fn new(by: IdentityId, subject: IdentityId, what: impl Into<Granted>, reason: &str) -> Self {
        Self {
            by,
            subject,
            what: what.into(),
            from: None,
            until: None,
            reason: reason.to_owned(),
            parameters: BTreeMap::new(),
            reinstates: None,
        }
    }

    /// Says from when on.
    #[must_use]
    pub fn from(mut self, from: DateTime<Utc>) -> Self {
        self.from = Some(from);
        self
    }

    /// Says until when.
    #[must_use]
    pub fn until(mut self, until: DateTime<Utc>) -> Self {
        self.until = Some(until);
        self
    }
}

/// A request with everything that was decided about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Request {
    /// The request.
    pub id: RequestId,
    /// What was asked for. `until` is filled in.
    pub asked: RequestDraft,
    /// When.
    pub submitted: DateTime<Utc>,
    /// The delegation by which somebody asks for another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegation: Option<RuleId>,
    /// What it would change: what is approved is this and nothing beyond it.
    pub difference: Difference,
    /// The hash of the difference.
    pub hash: String,
    /// The stages, in order; none, when a rule approved it.
    pub stages: Vec<Stage>,
    /// The rule that approved it without anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<RuleId>,
    /// Where it stands.
    pub state: RequestState,
    /// The grant that it leads to.
    pub grant: GrantId,
    /// When everything it gives was seen to be held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfilled: Option<DateTime<Utc>>,
    /// How often the holder was told that it ends soon.
    #[serde(default)]
    pub reminders: usize,
    /// How often it had to be approved anew because its consequences had changed.
    #[serde(default)]
    pub restarts: u32,
}

impl Request {
    /// The stage that is to be decided now.
    #[must_use]
    pub fn stage(&self) -> Option<&Stage> {
        let pending = self.state == RequestState::Pending;
        self.stages.iter().find(|stage| pending && stage.state == StageState::Open)
    }

    /// Everybody who approved, with those for whom they did.
    #[must_use]
    pub fn approved_by(&self) -> String {
        if let Some(rule) = &self.automatic {
            return format!("rule `{rule}`");
        }
        let approvals = self.stages.iter().flat_map(|stage| &stage.votes).filter(|vote| vote.approve);
        let names: Vec<String> = approvals
            .map(|vote| match &vote.instead_of {
                Some(principal) => format!("{} for {principal}", vote.by),
                None => vote.by.to_string(),
            })
            .collect();
        names.join(", ")
    }

    /// What is asked for, in words: `role auditor` or `erp/role:pay`.
    #[must_use]
    pub fn what(&self) -> String {
        match &self.asked.what {
            Granted::Role(role) => format!("role {role}"),
            Granted::Entitlement(key) => key.to_string(),
        }
    }

    /// The grant, as it is recorded once the request is approved.
    pub(crate) fn to_grant(&self) -> Grant {
        let asked = &self.asked;
        let source = GrantSource::Request(self.id.clone());
        let mut grant = Grant::new(self.grant.clone(), asked.subject.clone(), asked.what.clone(), source)
            .approved(&self.approved_by(), &asked.reason);
        grant.from = asked.from.or(Some(self.submitted));
        grant.until = asked.until;
        grant.parameters.clone_from(&asked.parameters);
        grant.reinstates.clone_from(&asked.reinstates);
        grant
    }

    pub(crate) fn title(&self) -> String {
        format!("{} for {}", self.what(), self.asked.subject)
    }
}

/// Where a request stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RequestState {
    /// It waits for decisions.
    Pending,
    /// Everybody approved; the grant is about to be recorded.
    Approved,
    /// The grant is recorded. The next plans give and take what it says.
    Granted,
    /// Somebody said no.
    Denied {
        /// Who.
        by: IdentityId,
        /// Why.
        reason: String,
    },
    /// It was taken back before it was decided.
    Withdrawn {
        /// By whom.
        by: String,
        /// Why.
        reason: String,
    },
    /// Nobody decided in time.
    Lapsed,
    /// The grant has come to its end.
    Ended,
    /// The grant was taken back before its end.
    Revoked {
        /// By whom.
        by: String,
        /// Why.
        reason: String,
    },
    /// The grant could not be recorded.
    Failed {
        /// Why not.
        detail: String,
    },
}

impl RequestState {
    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Granted => "granted",
            Self::Denied { .. } => "denied",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Lapsed => "lapsed",
            Self::Ended => "ended",
            Self::Revoked { .. } => "revoked",
            Self::Failed { .. } => "failed",
        }
    }

    /// Whether nothing happens to it any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        !matches!(self, Self::Pending | Self::Approved | Self::Granted)
    }
}

/// One stage of a request: some people have to decide before the next stage opens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stage {
    /// The rule as it was when the request was made: its people, quorum and times.
    pub rule: ApprovalRule,
    /// Whose owners decide, where owners do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<EntitlementKey>,
    /// How it stands.
    pub state: StageState,
    /// Since when it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<DateTime<Utc>>,
    /// When those who have not decided are reminded next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_at: Option<DateTime<Utc>>,
    /// Since when others may decide as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalated: Option<DateTime<Utc>>,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub votes: Vec<Vote>,
}

/// How a stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageState {
    /// An earlier stage is not decided yet.
    Waiting,
    /// People decide.
    Open,
    /// Enough have approved.
    Approved,
    /// It was denied.
    Denied,
}

/// One person's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Vote {
    /// Who.
    pub by: IdentityId,
    /// For whom they stand in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<IdentityId>,
    /// Yes or no.
    pub approve: bool,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The hash of the difference that they saw.
    pub difference: String,
}

pub(crate) const PENDING: &str = "governance/request/pending/";
pub(crate) const GRANTED: &str = "governance/request/granted/";
pub(crate) const CLOSED: &str = "governance/request/closed/";

impl Request {
    /// Where it is kept: what is open apart from what is not, so that the closed ones cost nothing.
    pub(crate) fn key(&self) -> String {
        let prefix = match &self.state {
            RequestState::Pending | RequestState::Approved => PENDING,
            RequestState::Granted => GRANTED,
            _ => CLOSED,
        };
        format!("{prefix}{}", self.id)
    }
}
