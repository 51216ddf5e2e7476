//! The policy document: what people write.

mod condition;
mod constraint;
mod delegation;
mod entitlement;
mod gives;
mod role;
mod rule;
mod schema;
mod security;
mod table;
mod trigger;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use tenure_scim::AttrPath;

pub use self::condition::Condition;
pub use self::constraint::{ConstraintSpec, MemberRef, Mitigation};
pub use self::delegation::{DelegatedAction, DelegationSpec};
pub use self::entitlement::{EntitlementSpec, Risk};
pub use self::gives::Gives;
pub use self::role::{Inclusion, RoleSpec};
pub use self::rule::RuleSpec;
pub use self::security::Setting;
pub use self::table::{TableRow, TableSpec};
pub use self::trigger::TriggerSpec;
use crate::entitlement::EntitlementKey;
use crate::id::{RoleId, TargetId};
use crate::lifecycle::{LifecycleConfig, TemporaryConfig};
use crate::read::Source;
use crate::target::TargetPolicy;

/// A whole policy as written: read it from YAML, TOML or JSON, or build it in Rust, then compile it.
///
/// # Examples
///
/// ```
/// use tenure_policy::PolicyDocument;
/// let document = PolicyDocument::from_json("policy.json", r#"{ "version": 1, "roles": { "employee": {} } }"#)?;
/// assert_eq!(document.roles.len(), 1);
/// # Ok::<(), tenure_policy::PolicyErrors>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyDocument {
    /// The version of the document format; `1`.
    pub version: u32,
    /// The first day on which the policy holds, in the zone of `lifecycle`; without one it always has. Evaluation does not look at it:
    /// [`Policy::in_force`](crate::Policy::in_force) picks the version to evaluate with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<NaiveDate>,
    /// Further documents whose parts are added to this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// When people come, are away and leave.
    #[serde(default)]
    pub lifecycle: LifecycleConfig,
    /// Temporary people and grants.
    #[serde(default)]
    pub temporary: TemporaryConfig,
    /// Attributes of identities beyond the SCIM User and its enterprise extension that conditions may name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identity_attributes: Vec<AttrPath>,
    /// What is known about single entitlements.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub entitlements: BTreeMap<EntitlementKey, EntitlementSpec>,
    /// Roles.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<RoleId, RoleSpec>,
    /// Rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleSpec>,
    /// Tables of rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableSpec>,
    /// Separation of duties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<ConstraintSpec>,
    /// Who may do what for whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delegations: Vec<DelegationSpec>,
    /// When playbooks are to be run, for whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<TriggerSpec>,
    /// Security settings that hold everywhere, by name; each target says what it calls them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub security: BTreeMap<String, Setting>,
    /// Connected systems.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub targets: BTreeMap<TargetId, TargetPolicy>,
    /// User names and identity ids that nothing may touch in any target (break-glass accounts, the connector's own).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protected: Vec<String>,
    /// Where each part was read, for errors found later.
    #[serde(skip)]
    pub(crate) source: Source,
}

impl Default for PolicyDocument {
    fn default() -> Self {
        Self {
            version: 1,
            effective: None,
            include: Vec::new(),
            lifecycle: LifecycleConfig::default(),
            temporary: TemporaryConfig::default(),
            identity_attributes: Vec::new(),
            entitlements: BTreeMap::new(),
            roles: BTreeMap::new(),
            rules: Vec::new(),
            tables: Vec::new(),
            constraints: Vec::new(),
            delegations: Vec::new(),
            triggers: Vec::new(),
            security: BTreeMap::new(),
            targets: BTreeMap::new(),
            protected: Vec::new(),
            source: Source::default(),
        }
    }
}
