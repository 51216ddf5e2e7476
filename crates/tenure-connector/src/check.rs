use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Capabilities, ObjectClass, OperationKind, RateSignal};

/// What [`check`](crate::Connector::check) found: the connector connects, and this is what it can do right now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckReport {
    /// The static capabilities, narrowed by what this tenant's plan and this account's permissions allow.
    pub capabilities: Capabilities,
    /// Permissions that are missing, and what they would allow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingPermission>,
    /// What works but deserves a look.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The version that the system says it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_version: Option<String>,
    /// What the system said about its rate limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateSignal>,
}

/// A permission that the connector's own account lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingPermission {
    /// The permission in the vendor's name.
    pub permission: String,
    /// What cannot be done without it.
    pub needed_for: BTreeSet<(ObjectClass, OperationKind)>,
}

impl CheckReport {
    /// Reports that everything declared works.
    #[must_use]
    pub fn ok(capabilities: Capabilities) -> Self {
        Self { capabilities, missing: Vec::new(), warnings: Vec::new(), system_version: None, rate: None }
    }
}
