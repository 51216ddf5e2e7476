//! Brakes: how much of a kind one plan, and all plans of a window, may do.

use std::collections::BTreeMap;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::Span;

/// Limits by operation, with a rolling window: `{ disable: {max: 20, percent: 5}, delete: {max: 5}, window: 24h }`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// The limit of each operation, by its name (`create`, `disable`, `delete`, `revoke`, `update`, `grant`).
    pub limits: BTreeMap<String, GuardLimit>,
    /// The window over which operations of earlier runs count too; `None` counts one plan alone.
    pub window: Option<Span>,
}

impl Guard {
    /// True when nothing is limited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.limits.is_empty() && self.window.is_none()
    }

    /// The limit of an operation.
    #[must_use]
    pub fn limit(&self, operation: &str) -> Option<&GuardLimit> {
        self.limits.get(operation)
    }
}

/// How much of one operation is allowed. Both bounds count: the one reached first stops the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GuardLimit {
    /// The greatest number of operations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// The greatest share of the target's accounts, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
}

impl GuardLimit {
    /// True when `count` operations among `accounts` accounts are allowed.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure_policy::GuardLimit;
    /// let limit = GuardLimit { max: Some(20), percent: Some(5) };
    /// assert!(limit.allows(5, 100));
    /// assert!(!limit.allows(6, 100));
    /// assert!(!limit.allows(21, 10_000));
    /// ```
    #[must_use]
    pub fn allows(&self, count: usize, accounts: usize) -> bool {
        let within_max = self.max.is_none_or(|max| count <= max as usize);
        let within_share = self
            .percent
            .is_none_or(|percent| count.saturating_mul(100) <= accounts.saturating_mul(usize::from(percent)));
        within_max && within_share
    }
}

impl Serialize for Guard {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (operation, limit) in &self.limits {
            map.serialize_entry(operation, limit)?;
        }
        if let Some(window) = &self.window {
            map.serialize_entry(WINDOW, window)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Guard {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Limits;
        impl<'de> Visitor<'de> for Limits {
            type Value = Guard;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(
                    "a map from operation to its limit, for instance `disable: {max: 20, percent: 5}`",
                )
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Guard, A::Error> {
                let mut guard = Guard::default();
                while let Some(key) = map.next_key::<String>()? {
                    if key == WINDOW {
                        guard.window = Some(map.next_value()?);
                    } else if OPERATIONS.contains(&key.as_str()) {
                        guard.limits.insert(key, map.next_value()?);
                    } else {
                        return Err(A::Error::unknown_field(&key, OPERATIONS));
                    }
                }
                Ok(guard)
            }
        }
        deserializer.deserialize_map(Limits)
    }
}

const WINDOW: &str = "window";
const OPERATIONS: &[&str] =
    &["create", "update", "enable", "disable", "delete", "grant", "revoke", "release_seat", WINDOW];
