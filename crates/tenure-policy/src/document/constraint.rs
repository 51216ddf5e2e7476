//! Separation of duties as written.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::entitlement::{EntitlementKey, EntitlementKeyError};
use crate::id::{ConstraintId, IdentityId, RoleId};

/// At most so many of these at a time: `{ id: pay-and-approve, at_most: 1, of: [erp/permission:pay, erp/permission:approve] }`.
///
/// It counts effective entitlements, however they came, also those in grace and those that begin later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConstraintSpec {
    /// The constraint's key.
    pub id: ConstraintId,
    /// How many of the members one identity may have.
    #[serde(default = "one")]
    pub at_most: usize,
    /// The members: entitlements, or roles as `role:<id>`.
    pub of: Vec<MemberRef>,
    /// Why the constraint is there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Accepted exceptions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mitigations: Vec<Mitigation>,
}

/// An accepted exception from a constraint. It ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mitigation {
    /// Whose.
    pub identity: IdentityId,
    /// The last day on which it is accepted.
    pub until: NaiveDate,
    /// Why, and what is done instead.
    pub reason: String,
    /// Who accepted it.
    pub by: String,
}

/// A member of a constraint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberRef {
    /// An entitlement.
    Entitlement(EntitlementKey),
    /// A role: the identity has it when an effective entitlement came by way of it.
    Role(RoleId),
}

impl fmt::Display for MemberRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entitlement(key) => write!(f, "{key}"),
            Self::Role(role) => write!(f, "{ROLE}{role}"),
        }
    }
}

impl FromStr for MemberRef {
    type Err = EntitlementKeyError;

    fn from_str(text: &str) -> Result<Self, EntitlementKeyError> {
        match text.strip_prefix(ROLE).map(RoleId::parse) {
            Some(Ok(role)) => Ok(Self::Role(role)),
            _ => text.parse().map(Self::Entitlement),
        }
    }
}

impl Serialize for MemberRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MemberRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

fn one() -> usize {
    1
}

const ROLE: &str = "role:";
