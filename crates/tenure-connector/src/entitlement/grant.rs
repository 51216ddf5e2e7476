use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tenure_scim::Resource;

use super::GRANT_SCHEMA;
use crate::record::{Members, RecordError, field};
use crate::{EntitlementRef, Object, ObjectClass, ObjectRef};

/// The fact that one account holds one entitlement.
///
/// # Examples
///
/// ```
/// use tenure_connector::EntitlementRef;
/// use tenure_connector::entitlement::GrantRecord;
/// use tenure_scim::Resource;
///
/// let grant = GrantRecord::new("42", EntitlementRef::new("role", "agent"));
/// assert_eq!(grant.object_id(), "42/role:agent");
/// assert_eq!(GrantRecord::try_from(&Resource::from(&grant))?, grant);
/// # Ok::<(), tenure_connector::record::RecordError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRecord {
    /// The id of the account.
    pub principal: String,
    /// What it holds.
    pub entitlement: EntitlementRef,
    /// It cannot be revoked.
    pub immutable: bool,
    /// Since when, if the system knows.
    pub since: Option<DateTime<Utc>>,
    /// When it was last used, if the system knows.
    pub last_used: Option<DateTime<Utc>>,
    /// Its arguments, for instance a scope.
    pub parameters: BTreeMap<String, String>,
}

impl GrantRecord {
    /// Starts a revocable grant without arguments.
    #[must_use]
    pub fn new(principal: impl Into<String>, entitlement: EntitlementRef) -> Self {
        Self {
            principal: principal.into(),
            entitlement,
            immutable: false,
            since: None,
            last_used: None,
            parameters: BTreeMap::new(),
        }
    }

    /// The id of the object that stands for it in the class `Grant`.
    #[must_use]
    pub fn object_id(&self) -> String {
        format!("{}/{}", self.principal, self.entitlement)
    }
}

impl From<&GrantRecord> for Resource {
    fn from(grant: &GrantRecord) -> Self {
        let mut members = Members::new(GRANT_SCHEMA);
        members.put("id", grant.object_id());
        members.put("principal", grant.principal.as_str());
        members.put("kind", grant.entitlement.kind.as_str());
        members.put("value", grant.entitlement.id.as_str());
        members.put("immutable", grant.immutable);
        members.put("since", grant.since.map(|since| since.to_rfc3339()));
        members.put("lastUsed", grant.last_used.map(|used| used.to_rfc3339()));
        members.put("parameters", field::pairs_json(&grant.parameters));
        members.finish()
    }
}

impl From<&GrantRecord> for Object {
    fn from(grant: &GrantRecord) -> Self {
        Self::new(ObjectRef::new(ObjectClass::GRANT, grant.object_id()), Resource::from(grant))
    }
}

impl TryFrom<&Resource> for GrantRecord {
    type Error = RecordError;

    fn try_from(resource: &Resource) -> Result<Self, RecordError> {
        Ok(Self {
            principal: field::required(resource, "principal")?,
            entitlement: EntitlementRef {
                kind: field::required(resource, "kind")?,
                id: field::required(resource, "value")?,
            },
            immutable: field::flag(resource, "immutable", false)?,
            since: field::moment(resource, "since")?,
            last_used: field::moment(resource, "lastUsed")?,
            parameters: field::pairs(resource, "parameters")?,
        })
    }
}
