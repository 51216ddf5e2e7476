use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ObjectClass;

/// Names one object of a target system by every identifier that is known.
///
/// The connector chooses: most systems want [`id`](Self::id), a directory wants the distinguished name, an invitation
/// API wants the e-mail address. `id` is empty while only secondary identifiers are known; a connector then looks the
/// object up by them and refuses with [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when it cannot.
///
/// # Examples
///
/// ```
/// use tenure_connector::{ObjectClass, ObjectRef};
///
/// let anna = ObjectRef::new(ObjectClass::USER, "42").with(ObjectRef::USER_NAME, "anna");
/// assert_eq!(anna.secondary(ObjectRef::USER_NAME), Some("anna"));
/// assert_eq!(anna.to_string(), "User/42");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectRef {
    /// What kind of object it is.
    pub class: ObjectClass,
    /// The system's own id, opaque and stable; empty when it is not known.
    pub id: String,
    /// Other identifiers by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secondary: BTreeMap<String, String>,
}

impl ObjectRef {
    /// Name of the secondary identifier that holds the user name.
    pub const USER_NAME: &'static str = "userName";
    /// Name of the secondary identifier that holds the main e-mail address.
    pub const EMAIL: &'static str = "email";
    /// Name of the secondary identifier that holds the distinguished name.
    pub const DN: &'static str = "dn";
    /// Name of the secondary identifier that holds the provisioning client's own id.
    pub const EXTERNAL_ID: &'static str = "externalId";
    /// Name of the secondary identifier that holds a group's name.
    pub const DISPLAY_NAME: &'static str = "displayName";

    /// Names an object by its primary id.
    #[must_use]
    pub fn new(class: ObjectClass, id: impl Into<String>) -> Self {
        Self { class, id: id.into(), secondary: BTreeMap::new() }
    }

    /// Names an object of which only a secondary identifier is known.
    #[must_use]
    pub fn by(class: ObjectClass, name: &str, value: impl Into<String>) -> Self {
        Self::new(class, "").with(name, value)
    }

    /// Adds a secondary identifier.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.secondary.insert(name.to_owned(), value.into());
        self
    }

    /// The secondary identifier with this name.
    #[must_use]
    pub fn secondary(&self, name: &str) -> Option<&str> {
        self.secondary.get(name).map(String::as_str)
    }

    /// Whether both name the same object: same class and same non-empty primary id.
    #[must_use]
    pub fn same_object(&self, other: &Self) -> bool {
        self.class == other.class && !self.id.is_empty() && self.id == other.id
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.id.is_empty(), self.secondary.iter().next()) {
            (true, Some((name, value))) => write!(f, "{}/{name}={value}", self.class),
            _ => write!(f, "{}/{}", self.class, self.id),
        }
    }
}

/// Names one entitlement of a target system: a role, a group, a licence tier, a permission.
///
/// # Examples
///
/// ```
/// use tenure_connector::EntitlementRef;
///
/// let agent = EntitlementRef::new("role", "agent");
/// assert_eq!(agent.to_string(), "role:agent");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntitlementRef {
    /// The kind, in the words of the connector's schema: `role`, `group`, `licence`, `permission`.
    pub kind: String,
    /// The system's id within the kind.
    pub id: String,
}

impl EntitlementRef {
    /// Names an entitlement.
    #[must_use]
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self { kind: kind.into(), id: id.into() }
    }
}

impl fmt::Display for EntitlementRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.id)
    }
}
