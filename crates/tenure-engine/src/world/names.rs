use std::collections::BTreeMap;

use tenure_policy::{IdentityId, NameOwner, NameRegistry, Reservation};
use tenure_store::{NameRecord, NameState};

/// The identifier registry, with the names that the plan in the making gives out.
#[derive(Debug, Default, Clone)]
pub(crate) struct Names {
    owners: BTreeMap<(String, String), NameOwner>,
    names: BTreeMap<(String, IdentityId), String>,
}

impl Names {
    pub(crate) fn load(records: Vec<NameRecord>, now: chrono::DateTime<chrono::Utc>) -> Self {
        let mut names = Self::default();
        for record in records {
            let lapsed = matches!(record.state, NameState::Reserved { until } if until <= now);
            let Ok(identity) = IdentityId::parse(&record.identity) else { continue };
            if !lapsed {
                let retired = record.state == NameState::Retired;
                names.add(&record.space, &record.key, &record.value, &identity, retired);
            }
        }
        names
    }

    pub(crate) fn reserve(&mut self, reservation: &Reservation) {
        self.add(&reservation.namespace, &reservation.key, &reservation.name, &reservation.identity, false);
    }

    /// Notes the name that an account carries already.
    pub(crate) fn carries(&mut self, space: &str, value: &str, identity: &IdentityId) {
        let key = tenure_policy::name_key(value);
        if !self.owners.contains_key(&(space.to_owned(), key.clone())) {
            self.add(space, &key, value, identity, false);
        }
    }

    fn add(&mut self, space: &str, key: &str, value: &str, identity: &IdentityId, retired: bool) {
        self.owners
            .insert((space.to_owned(), key.to_owned()), NameOwner { identity: identity.clone(), retired });
        let current = (space.to_owned(), identity.clone());
        // A name in use goes before a retired one, whatever the order of the records.
        if !retired || !self.names.contains_key(&current) {
            self.names.insert(current, value.to_owned());
        }
    }
}

impl NameRegistry for Names {
    fn owner(&self, namespace: &str, key: &str) -> Option<NameOwner> {
        self.owners.get(&(namespace.to_owned(), key.to_owned())).cloned()
    }

    fn name_of(&self, namespace: &str, identity: &IdentityId) -> Option<String> {
        self.names.get(&(namespace.to_owned(), identity.clone())).cloned()
    }
}
