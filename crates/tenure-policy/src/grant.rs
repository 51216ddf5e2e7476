//! Explicit grants and the origins that every entitlement carries.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::entitlement::EntitlementKey;
use crate::id::{EngagementId, GrantId, IdentityId, RequestId, RoleId, RuleId};

/// One reason why an entitlement is held, as a path from its source.
///
/// An entitlement has a set of origins; it goes when the set is empty, never before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Origin {
    /// A rule whose condition holds for an engagement.
    Rule {
        /// The rule.
        rule: RuleId,
        /// The engagement it held for; ending that engagement removes this origin only.
        engagement: EngagementId,
    },
    /// A request that was approved.
    Request {
        /// The request.
        request: RequestId,
        /// The grant it led to.
        grant: GrantId,
    },
    /// A recorded exception.
    Exception {
        /// The grant.
        grant: GrantId,
    },
    /// Something that was there before and was taken over knowingly.
    Adopted {
        /// The grant that records the adoption.
        grant: GrantId,
    },
    /// The declared scope of a workload.
    Scope,
    /// A role that came by another origin.
    Role {
        /// The role.
        role: RoleId,
        /// How the role came.
        via: Box<Origin>,
    },
}

impl Origin {
    /// The end of the chain: the rule, grant or scope where it began.
    #[must_use]
    pub fn source(&self) -> &Origin {
        let mut at = self;
        while let Self::Role { via, .. } = at {
            at = via;
        }
        at
    }

    /// The roles passed through, outermost (nearest to the source) first.
    #[must_use]
    pub fn roles(&self) -> Vec<&RoleId> {
        let mut roles = Vec::new();
        let mut at = self;
        while let Self::Role { role, via } = at {
            roles.push(role);
            at = via;
        }
        roles.reverse();
        roles
    }

    /// The rule where it began, if a rule it was.
    #[must_use]
    pub fn rule(&self) -> Option<&RuleId> {
        match self.source() {
            Self::Rule { rule, .. } => Some(rule),
            _ => None,
        }
    }

    /// The explicit grant where it began, if a grant it was.
    #[must_use]
    pub fn grant(&self) -> Option<&GrantId> {
        match self.source() {
            Self::Request { grant, .. } | Self::Exception { grant } | Self::Adopted { grant } => Some(grant),
            _ => None,
        }
    }
}

/// Reads as a path, for instance ``rule `support` (engagement `e-1`) > role `support-agent` > role `employee` ``.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule { rule, engagement } => write!(f, "rule `{rule}` (engagement `{engagement}`)"),
            Self::Request { request, grant } => write!(f, "request `{request}` (grant `{grant}`)"),
            Self::Exception { grant } => write!(f, "exception `{grant}`"),
            Self::Adopted { grant } => write!(f, "adopted `{grant}`"),
            Self::Scope => f.write_str("declared scope"),
            Self::Role { role, via } => write!(f, "{via} > role `{role}`"),
        }
    }
}

/// An explicit assignment with an origin, bounded in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// The grant's key.
    pub id: GrantId,
    /// Who holds it.
    pub identity: IdentityId,
    /// What is granted.
    pub what: Granted,
    /// Where it came from.
    pub source: GrantSource,
    /// When it begins; `None` means it always has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// When it ends; `None` leaves it to the policy's default term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Why it was given.
    #[serde(default)]
    pub reason: String,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// The expired grant that this one brings back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reinstates: Option<GrantId>,
    /// Parameters of the entitlement (region, level, ...).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
}

impl Grant {
    /// A grant that begins now-or-ever and ends by the policy's default term.
    #[must_use]
    pub fn new(id: GrantId, identity: IdentityId, what: impl Into<Granted>, source: GrantSource) -> Self {
        Self {
            id,
            identity,
            what: what.into(),
            source,
            from: None,
            until: None,
            reason: String::new(),
            approved_by: None,
            reinstates: None,
            parameters: BTreeMap::new(),
        }
    }

    /// Sets when it begins.
    #[must_use]
    pub fn from(mut self, from: DateTime<Utc>) -> Self {
        self.from = Some(from);
        self
    }

    /// Sets when it ends.
    #[must_use]
    pub fn until(mut self, until: DateTime<Utc>) -> Self {
        self.until = Some(until);
        self
    }

    /// Sets why and by whom.
    #[must_use]
    pub fn approved(mut self, by: &str, reason: &str) -> Self {
        self.approved_by = Some(by.to_owned());
        self.reason = reason.to_owned();
        self
    }

    /// True when it says why it was given and who approved it.
    #[must_use]
    pub fn is_on_record(&self) -> bool {
        !self.reason.trim().is_empty() && self.approved_by.as_ref().is_some_and(|by| !by.trim().is_empty())
    }

    /// The origin that entitlements of this grant carry.
    #[must_use]
    pub fn origin(&self) -> Origin {
        let grant = self.id.clone();
        match &self.source {
            GrantSource::Request(request) => Origin::Request { request: request.clone(), grant },
            GrantSource::Exception => Origin::Exception { grant },
            GrantSource::Adopted => Origin::Adopted { grant },
        }
    }
}

/// What a grant gives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Granted {
    /// One entitlement.
    Entitlement(EntitlementKey),
    /// A role, with everything it includes.
    Role(RoleId),
}

impl From<EntitlementKey> for Granted {
    fn from(key: EntitlementKey) -> Self {
        Self::Entitlement(key)
    }
}

impl From<RoleId> for Granted {
    fn from(role: RoleId) -> Self {
        Self::Role(role)
    }
}

/// Where an explicit grant came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GrantSource {
    /// An approved request.
    Request(RequestId),
    /// A recorded exception: it has a reason and an approver, else it gives nothing, and it always ends.
    Exception,
    /// Found in the target and taken over; it stays until it is dropped explicitly.
    Adopted,
}

/// What the engine last gave, with the origins it had then: the memory that mover grace needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldGrant {
    /// The entitlement.
    pub key: EntitlementKey,
    /// The origins it had when it was last desired.
    #[serde(default)]
    pub origins: BTreeSet<Origin>,
    /// Since when it is held.
    pub since: DateTime<Utc>,
    /// When the last origin went, if it has; grace is counted from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<DateTime<Utc>>,
}

impl HeldGrant {
    /// An entitlement held since an instant.
    #[must_use]
    pub fn new(key: EntitlementKey, since: DateTime<Utc>) -> Self {
        Self { key, origins: BTreeSet::new(), since, lost: None }
    }
}
