use tenure_scim::Resource;

use super::Tenant;
use super::stored::Held;
use crate::entitlement::Entitlement;
use crate::record::{WorkerRecord, WorkloadRecord};
use crate::{EntitlementRef, ObjectClass, ObjectRef, SessionScope};

impl Tenant {
    /// Puts something into the catalogue that accounts can hold.
    #[must_use]
    pub fn with_entitlement(mut self, entitlement: Entitlement) -> Self {
        self.catalogue.insert(entitlement.entitlement.clone(), entitlement);
        self
    }

    /// Puts an object in as it is, under the id it has or else the next one, and answers its reference.
    pub fn seed(&mut self, class: &ObjectClass, resource: Resource) -> ObjectRef {
        let id = match resource.id() {
            Some(id) => id.to_owned(),
            None => {
                self.next_id += 1;
                (self.next_id - 1).to_string()
            }
        };
        self.insert(class, id.clone(), resource);
        let stored = self.stored(class, &id);
        stored.map_or_else(
            || ObjectRef::new(class.clone(), &id),
            |stored| Self::reference(class, &id, &stored.resource),
        )
    }

    /// Puts an engagement into the class of workers, replacing the one with the same id.
    #[must_use]
    pub fn with_worker(mut self, record: &WorkerRecord) -> Self {
        let mut resource = Resource::from(record);
        resource.set_id(&record.engagement_id);
        self.seed(&ObjectClass::WORKER, resource);
        self
    }

    /// Puts a service into the class of workloads, replacing the one with the same id.
    #[must_use]
    pub fn with_workload(mut self, record: &WorkloadRecord) -> Self {
        let mut resource = Resource::from(record);
        resource.set_id(&record.workload_id);
        self.seed(&ObjectClass::WORKLOAD, resource);
        self
    }

    /// Gives an account an entitlement that cannot be revoked.
    pub fn seed_immutable_grant(&mut self, principal: &str, entitlement: EntitlementRef) {
        let held = Held { immutable: true, ..Held::default() };
        self.held.entry(principal.to_owned()).or_default().insert(entitlement, held);
    }

    /// Opens a session.
    pub fn seed_session(&mut self, principal: &str, scope: SessionScope) {
        self.sessions.entry(principal.to_owned()).or_default().insert(scope);
    }

    /// Enrols a second factor.
    pub fn seed_factor(&mut self, principal: &str) {
        self.factors.insert(principal.to_owned());
    }

    /// Gives an account a thing that it owns.
    pub fn seed_owned(&mut self, thing: &str, kind: &str, owner: &str) {
        self.owned.insert(thing.to_owned(), (owner.to_owned(), kind.to_owned()));
    }

    /// Who owns a thing.
    #[must_use]
    pub fn owner_of(&self, thing: &str) -> Option<&str> {
        self.owned.get(thing).map(|(owner, _)| owner.as_str())
    }

    /// How many sessions an account has.
    #[must_use]
    pub fn open_sessions(&self, principal: &str) -> usize {
        self.sessions.get(principal).map_or(0, std::collections::BTreeSet::len)
    }
}
