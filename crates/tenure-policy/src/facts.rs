//! What evaluation is told about the world: the instant, grants, what is held, other identities, names in use.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::grant::{Grant, HeldGrant};
use crate::id::{IdentityId, TargetId};
use crate::identity::Identity;

/// The facts of one evaluation. Everything that is not in the policy or in the identity comes in here; there is no clock.
///
/// # Examples
///
/// ```
/// use chrono::DateTime;
/// use tenure_policy::Facts;
/// let now = DateTime::parse_from_rfc3339("2026-11-21T12:00:00Z")?.to_utc();
/// let facts = Facts::new(now);
/// assert!(facts.grants.is_empty());
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The instant for which to evaluate.
    pub now: DateTime<Utc>,
    /// Explicit grants; those of other identities are skipped.
    pub grants: &'a [Grant],
    /// What the identity was given before, for mover grace and for `since`.
    pub held: &'a [HeldGrant],
    /// The identity's linked accounts, for the leaver ladder.
    pub accounts: &'a [HeldAccount],
    /// The workloads that the identity owns. No account of its is deleted while there are any.
    pub owned: &'a [IdentityId],
    /// Looks up other identities: managers, owners.
    pub directory: &'a dyn Directory,
    /// Looks up user names in use and retired.
    pub names: &'a dyn NameRegistry,
}

impl<'a> Facts<'a> {
    /// Facts with nothing but an instant.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        Self { now, grants: &[], held: &[], accounts: &[], owned: &[], directory: &Nobody, names: &Nobody }
    }

    /// Sets the explicit grants.
    #[must_use]
    pub fn with_grants(mut self, grants: &'a [Grant]) -> Self {
        self.grants = grants;
        self
    }

    /// Sets what is held.
    #[must_use]
    pub fn with_held(mut self, held: &'a [HeldGrant]) -> Self {
        self.held = held;
        self
    }

    /// Sets the linked accounts.
    #[must_use]
    pub fn with_accounts(mut self, accounts: &'a [HeldAccount]) -> Self {
        self.accounts = accounts;
        self
    }

    /// Sets the workloads that the identity owns.
    #[must_use]
    pub fn with_owned(mut self, owned: &'a [IdentityId]) -> Self {
        self.owned = owned;
        self
    }

    /// Sets where other identities are looked up.
    #[must_use]
    pub fn with_directory(mut self, directory: &'a dyn Directory) -> Self {
        self.directory = directory;
        self
    }

    /// Sets where names are looked up.
    #[must_use]
    pub fn with_names(mut self, names: &'a dyn NameRegistry) -> Self {
        self.names = names;
        self
    }

    /// The same facts at another instant.
    #[must_use]
    pub fn at(mut self, now: DateTime<Utc>) -> Self {
        self.now = now;
        self
    }
}

impl std::fmt::Debug for Facts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Facts")
            .field("now", &self.now)
            .field("grants", &self.grants)
            .field("held", &self.held)
            .field("accounts", &self.accounts)
            .field("owned", &self.owned)
            .finish_non_exhaustive()
    }
}

/// An account that is linked to the identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldAccount {
    /// Where the account is.
    pub target: TargetId,
    /// When it was first found to be wanted no more; the ladder of a mover counts from here. `None` while it is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unwanted_since: Option<DateTime<Utc>>,
}

impl HeldAccount {
    /// A linked account.
    #[must_use]
    pub fn new(target: TargetId) -> Self {
        Self { target, unwanted_since: None }
    }
}

/// Looks up other identities.
pub trait Directory {
    /// The identity with this id, if there is one.
    fn identity(&self, id: &IdentityId) -> Option<&Identity>;
}

impl Directory for std::collections::BTreeMap<IdentityId, Identity> {
    fn identity(&self, id: &IdentityId) -> Option<&Identity> {
        self.get(id)
    }
}

/// Looks up user names that are in use or retired. The registry is an input; new names come out as reservations.
pub trait NameRegistry {
    /// Who has or had the name with this comparison key in a namespace.
    fn owner(&self, namespace: &str, key: &str) -> Option<NameOwner>;

    /// The name the identity has (or had, for a rehire) in a namespace.
    fn name_of(&self, namespace: &str, identity: &IdentityId) -> Option<String>;
}

/// Who has or had a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameOwner {
    /// The identity.
    pub identity: IdentityId,
    /// True when the name is no longer in use.
    pub retired: bool,
}

/// Names kept in memory, for tests and small programs.
///
/// # Examples
///
/// ```
/// use tenure_policy::{MemoryNames, NameRegistry};
/// let mut names = MemoryNames::default();
/// names.reserve("default", "anna.berg", &"p-1".parse()?);
/// assert_eq!(names.name_of("default", &"p-1".parse()?), Some("anna.berg".to_owned()));
/// # Ok::<(), tenure_policy::IdError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryNames {
    owners: std::collections::BTreeMap<(String, String), NameOwner>,
    names: std::collections::BTreeMap<(String, IdentityId), String>,
}

impl MemoryNames {
    /// Records that an identity has a name.
    pub fn reserve(&mut self, namespace: &str, name: &str, identity: &IdentityId) {
        let owner = NameOwner { identity: identity.clone(), retired: false };
        self.owners.insert((namespace.to_owned(), crate::mapping::registry_key(name)), owner);
        self.names.insert((namespace.to_owned(), identity.clone()), name.to_owned());
    }

    /// Records that a name is no longer in use; its owner keeps it for a rehire.
    pub fn retire(&mut self, namespace: &str, name: &str) {
        if let Some(owner) = self.owners.get_mut(&(namespace.to_owned(), crate::mapping::registry_key(name)))
        {
            owner.retired = true;
        }
    }
}

impl NameRegistry for MemoryNames {
    fn owner(&self, namespace: &str, key: &str) -> Option<NameOwner> {
        self.owners.get(&(namespace.to_owned(), key.to_owned())).cloned()
    }

    fn name_of(&self, namespace: &str, identity: &IdentityId) -> Option<String> {
        self.names.get(&(namespace.to_owned(), identity.clone())).cloned()
    }
}

/// A directory and registry without entries.
struct Nobody;

impl Directory for Nobody {
    fn identity(&self, _: &IdentityId) -> Option<&Identity> {
        None
    }
}

impl NameRegistry for Nobody {
    fn owner(&self, _: &str, _: &str) -> Option<NameOwner> {
        None
    }

    fn name_of(&self, _: &str, _: &IdentityId) -> Option<String> {
        None
    }
}
