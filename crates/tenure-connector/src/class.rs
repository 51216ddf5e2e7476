use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Names a kind of object in a target system: a user, a group, a project, a mailbox.
///
/// The names in the constants are shared by all connectors; a system's own kinds are any other name, compared exactly.
///
/// # Examples
///
/// ```
/// use tenure_connector::ObjectClass;
///
/// assert_eq!(ObjectClass::USER.as_str(), "User");
/// assert_eq!(ObjectClass::from("Project").to_string(), "Project");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectClass(Cow<'static, str>);

impl ObjectClass {
    /// An account of a person or a service.
    pub const USER: Self = Self::known("User");
    /// A named set of users.
    pub const GROUP: Self = Self::known("Group");
    /// Something an account can hold: a role, a group membership, a licence, a permission.
    pub const ENTITLEMENT: Self = Self::known("Entitlement");
    /// The fact that one account holds one entitlement.
    pub const GRANT: Self = Self::known("Grant");
    /// A row of a source of people: one engagement of one worker.
    pub const WORKER: Self = Self::known("Worker");
    /// A row of a source of services.
    pub const WORKLOAD: Self = Self::known("Workload");

    /// Makes a class from a name known at compile time.
    #[must_use]
    pub const fn known(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for ObjectClass {
    fn from(name: &str) -> Self {
        Self(Cow::Owned(name.to_owned()))
    }
}

impl From<String> for ObjectClass {
    fn from(name: String) -> Self {
        Self(Cow::Owned(name))
    }
}
