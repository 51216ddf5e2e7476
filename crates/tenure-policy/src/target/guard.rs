//! Brakes: how much of a kind one plan, and all plans of a window, may do.

use std::collections::BTreeMap;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::mapping::Expression;
use crate::time::Span;

/// Limits by operation, with a rolling window: `{ disable: {max: 20, percent: 5}, delete: {max: 5}, window: 24h }`.
///
/// What stays within the limits of a whole target may still empty one department, so `each` limits every group of people
/// by itself: `each: { by: department, disable: {percent: 50, always: 3} }`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guard {
    /// The limit of each operation, by its name: `create`, `update`, `enable`, `disable`, `delete`, `grant`, `revoke`, `release_seat`;
    /// `grant_privileged` for grants of high risk alone, which count as `grant` too.
    pub limits: BTreeMap<String, GuardLimit>,
    /// The window over which operations of earlier runs count too; `None` counts one plan alone.
    pub window: Option<Span>,
    /// What holds for each group of people by itself.
    pub each: Option<GuardEach>,
}

/// Limits for each group of people by itself, within the window of the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct GuardEach {
    /// What says to which group somebody belongs, mostly an attribute; those for whom it says nothing are a group too.
    /// [`Policy::guard_group`](crate::Policy::guard_group) tells it.
    pub by: Expression,
    /// The limit of each operation, by its name. A share is of the accounts that the group's people have in the target.
    pub limits: BTreeMap<String, GuardLimit>,
}

impl Guard {
    /// True when nothing is limited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.limits.is_empty() && self.window.is_none() && self.each.is_none()
    }

    /// The limit of an operation.
    #[must_use]
    pub fn limit(&self, operation: &str) -> Option<&GuardLimit> {
        self.limits.get(operation)
    }

    /// The limit of an operation for each group of people.
    #[must_use]
    pub fn limit_each(&self, operation: &str) -> Option<&GuardLimit> {
        self.each.as_ref()?.limits.get(operation)
    }
}

/// How much of one operation is allowed. Both bounds count: the one reached first stops the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GuardLimit {
    /// The greatest number of operations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// The greatest share of the accounts there are, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// So many are allowed whatever share they are: one of two is half of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub always: Option<u32>,
}

impl GuardLimit {
    /// True when `count` operations among `accounts` accounts are allowed.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure_policy::GuardLimit;
    /// let limit = GuardLimit { max: Some(20), percent: Some(5), always: Some(2) };
    /// assert!(limit.allows(5, 100));
    /// assert!(!limit.allows(6, 100));
    /// assert!(!limit.allows(21, 10_000));
    /// assert!(limit.allows(2, 3));
    /// ```
    #[must_use]
    pub fn allows(&self, count: usize, accounts: usize) -> bool {
        let within_max = self.max.is_none_or(|max| count <= max as usize);
        within_max && self.share_wants(count).is_none_or(|wanted| accounts >= wanted)
    }

    /// How many accounts there have to be for so many operations to be within the share; nothing, when it says nothing about
    /// them.
    #[must_use]
    pub fn share_wants(&self, count: usize) -> Option<usize> {
        let percent = usize::from(self.percent?);
        if self.always.is_some_and(|always| count <= always as usize) || count == 0 {
            return None;
        }
        Some(if percent == 0 { usize::MAX } else { count.saturating_mul(100).div_ceil(percent) })
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
        if let Some(each) = &self.each {
            map.serialize_entry(EACH, each)?;
        }
        map.end()
    }
}

impl Serialize for GuardEach {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(BY, &self.by)?;
        for (operation, limit) in &self.limits {
            map.serialize_entry(operation, limit)?;
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
                    match key.as_str() {
                        WINDOW => guard.window = Some(map.next_value()?),
                        EACH => guard.each = Some(map.next_value()?),
                        operation if OPERATIONS.contains(&operation) => {
                            guard.limits.insert(key, map.next_value()?);
                        }
                        _ => return Err(A::Error::unknown_field(&key, KEYS)),
                    }
                }
                Ok(guard)
            }
        }
        deserializer.deserialize_map(Limits)
    }
}

impl<'de> Deserialize<'de> for GuardEach {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = GuardEach;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(
                    "an attribute and limits, for instance `{ by: department, disable: {percent: 50} }`",
                )
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<GuardEach, A::Error> {
                let (mut by, mut limits) = (None, BTreeMap::new());
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        BY => by = Some(map.next_value()?),
                        operation if OPERATIONS.contains(&operation) => {
                            limits.insert(key, map.next_value()?);
                        }
                        _ => return Err(A::Error::unknown_field(&key, EACH_KEYS)),
                    }
                }
                Ok(GuardEach { by: by.ok_or_else(|| A::Error::missing_field(BY))?, limits })
            }
        }
        deserializer.deserialize_map(Each)
    }
}

const WINDOW: &str = "window";
const EACH: &str = "each";
const BY: &str = "by";
const OPERATIONS: &[&str] = &[
    "create",
    "update",
    "enable",
    "disable",
    "delete",
    "grant",
    "grant_privileged",
    "revoke",
    "release_seat",
];
const KEYS: &[&str] = &[
    "create",
    "update",
    "enable",
    "disable",
    "delete",
    "grant",
    "grant_privileged",
    "revoke",
    "release_seat",
    WINDOW,
    EACH,
];
const EACH_KEYS: &[&str] = &[
    "create",
    "update",
    "enable",
    "disable",
    "delete",
    "grant",
    "grant_privileged",
    "revoke",
    "release_seat",
    BY,
];
