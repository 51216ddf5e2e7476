//! What is known about one entitlement.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::Span;

/// What is known about one entitlement: the `entitlements."target/kind:value"` part of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EntitlementSpec {
    /// A name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How much harm its misuse can do.
    pub risk: Risk,
    /// The class of the data it opens (`personal`, `health`, `payment`, ...).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_class: Option<String>,
    /// Whether people may ask for it.
    pub requestable: bool,
    /// Whether rules may give it. `false`: only an approved, time-bounded grant can.
    pub birthright: bool,
    /// The longest time one grant may last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_term: Option<Span>,
    /// How long it outlives its last origin, before the target's own answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace: Option<Span>,
    /// Parameters it has unless a role says otherwise.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
}

impl Default for EntitlementSpec {
    fn default() -> Self {
        Self {
            title: None,
            risk: Risk::Low,
            data_class: None,
            requestable: true,
            birthright: true,
            max_term: None,
            grace: None,
            parameters: BTreeMap::new(),
        }
    }
}

/// How much harm the misuse of an entitlement can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Little.
    #[default]
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// It can harm the whole house; never kept in grace.
    Privileged,
}
