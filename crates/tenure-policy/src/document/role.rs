//! Roles as written.

use std::collections::BTreeMap;

use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Condition, Gives};
use crate::entitlement::EntitlementKey;
use crate::id::RoleId;
use crate::time::Span;

/// A bundle of entitlements that may include other roles: the `roles.<id>` part of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoleSpec {
    /// A name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Roles that come with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub includes: Vec<Inclusion>,
    /// What it gives.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entitlements: Vec<Gives>,
    /// What it does not give although an included role would.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excludes: Vec<EntitlementKey>,
    /// It gives nothing to an identity for which this does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Parameters of every entitlement it gives, unless the entitlement says otherwise.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Whether people may ask for it.
    pub requestable: bool,
    /// Whether rules may give it. `false`: only an approved, time-bounded grant can.
    pub birthright: bool,
    /// The longest time one grant of it may last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_term: Option<Span>,
}

impl Default for RoleSpec {
    fn default() -> Self {
        Self {
            title: None,
            includes: Vec::new(),
            entitlements: Vec::new(),
            excludes: Vec::new(),
            when: None,
            parameters: BTreeMap::new(),
            requestable: true,
            birthright: true,
            max_term: None,
        }
    }
}

/// A role that comes with another: `employee`, or `{ role: employee, when: 'userType eq "Employee"' }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inclusion {
    /// The role.
    pub role: RoleId,
    /// Only where this holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

impl<'de> Deserialize<'de> for Inclusion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Full {
            role: RoleId,
            #[serde(default)]
            when: Option<Condition>,
        }
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Inclusion;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a role, or a map with `role` and `when`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Inclusion, E> {
                Ok(Inclusion { role: RoleId::parse(text).map_err(E::custom)?, when: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Inclusion, A::Error> {
                let full = Full::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Inclusion { role: full.role, when: full.when })
            }
        }
        deserializer.deserialize_any(Either)
    }
}
