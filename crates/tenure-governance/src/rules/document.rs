use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_policy::IdentityId;

use super::{ApprovalRule, FindingsSpec, MeasuresSpec, PilotSpec, PlaybookSpec, ReviewSpec};
use crate::{Calendar, Term, WebhookSpec};

/// The rules as written: YAML, TOML or JSON beside the policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GovernanceDocument {
    /// The version of the document format; `1`.
    pub version: u32,
    /// On which days people work.
    #[serde(default)]
    pub calendar: Calendar,
    /// Those who may do everything for others and decide where nobody else can; never about themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub administrators: Vec<IdentityId>,
    /// Who answers for a target (`erp`), an entitlement (`erp/role:pay`) or a role (`role:auditor`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub owners: BTreeMap<String, Vec<IdentityId>>,
    /// Requests and who approves them.
    #[serde(default)]
    pub requests: RequestsSpec,
    /// Reviews of access.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<ReviewSpec>,
    /// The register of findings.
    #[serde(default)]
    pub findings: FindingsSpec,
    /// Objectives to measure against.
    #[serde(default)]
    pub measures: MeasuresSpec,
    /// Pilots.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pilots: Vec<PilotSpec>,
    /// Playbooks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub playbooks: Vec<PlaybookSpec>,
    /// Who tells events, as a URI.
    #[serde(default = "source")]
    pub source: String,
    /// Where events are sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<WebhookSpec>,
}

fn source() -> String {
    "urn:tenure".to_owned()
}

impl Default for GovernanceDocument {
    fn default() -> Self {
        Self {
            version: 1,
            calendar: Calendar::default(),
            administrators: Vec::new(),
            owners: BTreeMap::new(),
            requests: RequestsSpec::default(),
            reviews: Vec::new(),
            findings: FindingsSpec::default(),
            measures: MeasuresSpec::default(),
            pilots: Vec::new(),
            playbooks: Vec::new(),
            source: source(),
            webhooks: Vec::new(),
        }
    }
}

/// Requests: the `requests` part of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestsSpec {
    /// Who approves what. Every rule that concerns a request adds a stage, in their order; where none does, the manager decides.
    pub approvals: Vec<ApprovalRule>,
    /// What becomes of a request that would break a constraint.
    pub violations: OnViolation,
    /// How long before the end of granted access its holder is told.
    pub remind_before_end: Vec<Term>,
}

impl Default for RequestsSpec {
    fn default() -> Self {
        Self {
            approvals: Vec::new(),
            violations: OnViolation::Refuse,
            remind_before_end: vec![Term::Time(tenure_policy::Span::days(14))],
        }
    }
}

/// What becomes of a request that would break a constraint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnViolation {
    /// It is refused at once.
    #[default]
    Refuse,
    /// It is taken where a rule with `violations: true` says who has to approve it.
    Approve,
}
