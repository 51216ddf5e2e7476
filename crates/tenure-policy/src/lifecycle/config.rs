//! The `lifecycle` and `temporary` parts of a policy document.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveTime;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::RoleId;
use crate::time::{Span, Zone};

/// When people come, are away and leave: the `lifecycle` part of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LifecycleConfig {
    /// The zone for sources that name none.
    pub zone: Zone,
    /// How long before the first day accounts are made ready, disabled.
    pub prehire: Span,
    /// Whether entitlements are given inside the pre-hire window already.
    pub prehire_entitlements: bool,
    /// A gap between two engagements up to this long does not count as leaving.
    pub bridge: Span,
    /// Kinds of engagement, the most important first: decides whose attributes win where two engagements run at once.
    pub precedence: Vec<String>,
    /// What happens at the end.
    pub leaver: LeaverConfig,
    /// How long after its owner has left a workload falls to the owner's manager; `None`: somebody has to be named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workloads_to_manager_after: Option<Span>,
    /// How long the last look at whether a workload is still needed is good for; `None`: nobody is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_workloads_after: Option<Span>,
    /// What each kind of leave means; `default` is for kinds not named.
    pub leave: BTreeMap<String, LeaveRule>,
}

impl Default for LifecycleConfig {
    fn default() -> Self {
        Self {
            zone: Zone::UTC,
            prehire: Span::ZERO,
            prehire_entitlements: true,
            bridge: Span::ZERO,
            precedence: Vec::new(),
            leaver: LeaverConfig::default(),
            workloads_to_manager_after: None,
            review_workloads_after: None,
            leave: BTreeMap::new(),
        }
    }
}

impl LifecycleConfig {
    /// The rule for a kind of leave: its own, else `default`, else suspension.
    #[must_use]
    pub fn leave_rule(&self, kind: &str) -> LeaveRule {
        self.rule_of_leave(kind).cloned().unwrap_or_default()
    }

    /// As [`leave_rule`](Self::leave_rule); `None` where it would be suspension for want of a rule.
    pub(crate) fn rule_of_leave(&self, kind: &str) -> Option<&LeaveRule> {
        self.leave.get(kind).or_else(|| self.leave.get("default"))
    }
}

/// What happens at the end of an engagement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LeaverConfig {
    /// At which moment of the last day access ends.
    pub disable: AccessEnd,
    /// Which date counts as the last day.
    pub last_day: LastDay,
    /// How long after the end accounts are deleted, for targets whose ladder does not say otherwise.
    pub delete_after: Span,
    /// How long after the end the record is forgotten; `None` keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erase_after: Option<Span>,
}

impl Default for LeaverConfig {
    fn default() -> Self {
        Self {
            disable: AccessEnd::EndOfLastDay,
            last_day: LastDay::ContractEnd,
            delete_after: Span::days(30),
            erase_after: None,
        }
    }
}

/// Which date counts as the last day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastDay {
    /// The end of the contract.
    #[default]
    ContractEnd,
    /// The last day worked, where the source has one.
    LastDayWorked,
}

/// The moment of the last day at which access ends, in the worker's zone: `end_of_last_day`, `start_of_last_day` or a time
/// such as `18:00`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccessEnd {
    /// When the last day is over.
    #[default]
    EndOfLastDay,
    /// When the last day begins.
    StartOfLastDay,
    /// At a time of the last day.
    At(NaiveTime),
}

impl fmt::Display for AccessEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndOfLastDay => f.write_str("end_of_last_day"),
            Self::StartOfLastDay => f.write_str("start_of_last_day"),
            Self::At(time) => write!(f, "{}", time.format("%H:%M")),
        }
    }
}

impl FromStr for AccessEnd {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "end_of_last_day" => Ok(Self::EndOfLastDay),
            "start_of_last_day" => Ok(Self::StartOfLastDay),
            other => NaiveTime::parse_from_str(other, "%H:%M").map(Self::At).map_err(|_| {
                format!("`{other}` is not a moment of the last day: expected `end_of_last_day`, `start_of_last_day` or a time such as `18:00`")
            }),
        }
    }
}

impl Serialize for AccessEnd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AccessEnd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// What one kind of leave means.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LeaveRule {
    /// What happens to access.
    pub access: LeaveAccess,
    /// With `restrict`: the roles that stay (self-service, pay slips).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keep_roles: Vec<RoleId>,
    /// How long into the leave paid seats are given back; `None` keeps them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_seats_after: Option<Span>,
}

/// What happens to access during a leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaveAccess {
    /// Nothing changes.
    Keep,
    /// Only the roles of `keep_roles` stay.
    Restrict,
    /// Accounts are disabled, entitlements stay.
    #[default]
    Suspend,
}

/// Temporary people and temporary grants: the `temporary` part of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TemporaryConfig {
    /// How long an engagement or grant lasts when its end is not known.
    pub default: Span,
    /// The kinds of engagement that are temporary.
    pub kinds: Vec<String>,
    /// How an expired grant comes back.
    pub reinstate: Reinstatement,
    /// For temporary people: the target that stands in for another (a sandbox with the data they need).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sandbox: BTreeMap<crate::id::TargetId, crate::id::TargetId>,
}

impl Default for TemporaryConfig {
    fn default() -> Self {
        Self {
            default: Span::days(90),
            kinds: Vec::new(),
            reinstate: Reinstatement::Approval,
            sandbox: BTreeMap::new(),
        }
    }
}

impl TemporaryConfig {
    pub(crate) fn is_temporary(&self, kind: &str) -> bool {
        self.kinds.iter().any(|known| known.eq_ignore_ascii_case(kind))
    }
}

/// How an expired grant comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reinstatement {
    /// With an approval.
    #[default]
    Approval,
    /// On request, without one.
    Automatic,
    /// Not at all.
    Never,
}
