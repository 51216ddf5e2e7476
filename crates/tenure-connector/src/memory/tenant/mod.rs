mod access;
mod credential;
mod entitle;
mod history;
mod page;
mod read;
mod save;
mod seed;
mod stored;
#[cfg(test)]
mod tests;
mod unique;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use tenure_scim::{ResourceSchema, SchemaRegistry};

use self::history::History;
pub use self::save::SavedObject;
use self::stored::{Held, Stored};
use crate::entitlement::{Entitlement, entitlement_class, grant_class};
use crate::record::{worker_class, workload_class};
use crate::{
    ClassSchema, ConnectorError, ConnectorSchema, EntitlementRef, IdempotencyKey, ObjectClass, Operation,
    Result, SessionScope,
};

/// A target system as plain data: its objects, who holds what, and the rules of the contract.
///
/// Every method answers at once; [`MemoryConnector`](super::MemoryConnector) puts the async contract on it.
///
/// # Examples
///
/// ```
/// use tenure_connector::memory::Tenant;
/// use tenure_connector::{ObjectClass, Operation, WriteRequest};
/// use tenure_scim::Resource;
///
/// let mut tenant = Tenant::new();
/// let resource = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User").with("userName", "anna")?;
/// let create = WriteRequest::new("k1", Operation::Create { class: ObjectClass::USER, resource });
/// assert!(tenant.apply(&create, None)?.changed());
/// assert!(tenant.apply(&create, None)?.is_already_so());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Tenant {
    rules: TenantRules,
    schema: &'static TenantSchema,
    objects: BTreeMap<ObjectClass, BTreeMap<String, Stored>>,
    catalogue: BTreeMap<EntitlementRef, Entitlement>,
    held: BTreeMap<String, BTreeMap<EntitlementRef, Held>>,
    sessions: BTreeMap<String, BTreeSet<SessionScope>>,
    factors: BTreeSet<String>,
    credentials: BTreeMap<String, crate::Secret>,
    owned: BTreeMap<String, (String, String)>,
    answered: BTreeMap<IdempotencyKey, Operation>,
    history: History,
    next_id: u64,
    writes: u64,
}

/// What a system like this leaves to its operator.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TenantRules {
    /// Whether an entitlement that is not in the catalogue can be granted.
    pub open_catalogue: bool,
    /// How many members of a group a list shows; the rest is flagged as partial. `get` shows all.
    pub listed_members: Option<usize>,
    /// The shortest password.
    pub shortest_password: usize,
    /// The largest page.
    pub max_page_size: u32,
}

impl Default for TenantRules {
    fn default() -> Self {
        Self { open_catalogue: false, listed_members: None, shortest_password: 12, max_page_size: 1000 }
    }
}

impl TenantRules {
    /// Chooses whether an entitlement that is not in the catalogue can be granted.
    #[must_use]
    pub fn with_open_catalogue(mut self, open: bool) -> Self {
        self.open_catalogue = open;
        self
    }

    /// Limits how many members of a group a list shows.
    #[must_use]
    pub fn with_listed_members(mut self, members: usize) -> Self {
        self.listed_members = Some(members);
        self
    }
}

impl Default for Tenant {
    fn default() -> Self {
        Self::new()
    }
}

impl Tenant {
    /// Starts an empty system with users, groups, entitlements, grants, workers and workloads.
    #[must_use]
    pub fn new() -> Self {
        Self {
            rules: TenantRules::default(),
            schema: &SCHEMA,
            objects: BTreeMap::new(),
            catalogue: BTreeMap::new(),
            held: BTreeMap::new(),
            sessions: BTreeMap::new(),
            factors: BTreeSet::new(),
            credentials: BTreeMap::new(),
            owned: BTreeMap::new(),
            answered: BTreeMap::new(),
            history: History::default(),
            next_id: 1,
            writes: 0,
        }
    }

    /// Changes what is left to the operator.
    #[must_use]
    pub fn with_rules(mut self, rules: TenantRules) -> Self {
        self.rules = rules;
        self
    }

    /// The schema of all classes, with the exclusive groups of the catalogue.
    #[must_use]
    pub fn schema(&self) -> ConnectorSchema {
        let mut schema = self.schema.described.clone();
        schema.exclusive = self.exclusive_groups();
        schema
    }

    /// How many writes changed something so far.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.writes
    }

    fn class_schema(&self, class: &ObjectClass) -> Result<&ResourceSchema> {
        let described = self.schema.described.classes.get(class);
        let compiled = described.and_then(|class| self.schema.registry.resource(&class.resource_type.name));
        compiled.ok_or_else(|| ConnectorError::unknown_class(class))
    }
}

/// The classes of every tenant, described and compiled once.
#[derive(Debug)]
struct TenantSchema {
    described: ConnectorSchema,
    registry: SchemaRegistry,
}

static SCHEMA: LazyLock<TenantSchema> = LazyLock::new(|| {
    let described = ConnectorSchema::new()
        .with(ObjectClass::USER, ClassSchema::user())
        .with(ObjectClass::GROUP, ClassSchema::group())
        .with(ObjectClass::ENTITLEMENT, entitlement_class())
        .with(ObjectClass::GRANT, grant_class())
        .with(ObjectClass::WORKER, worker_class())
        .with(ObjectClass::WORKLOAD, workload_class());
    TenantSchema { registry: described.registry().unwrap_or_default(), described }
});
