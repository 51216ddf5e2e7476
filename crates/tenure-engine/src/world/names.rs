use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use tenure_policy::{IdentityId, NameOwner, NameRegistry, Reservation};
use tenure_store::{NameRecord, NameState};

/// The identifier registry as far as it is known, with the names that the plan in the making gives out.
#[derive(Debug, Default, Clone)]
pub(crate) struct Names {
    stored: Table,
    given: Table,
    /// What was asked of the store, by space and key.
    asked: BTreeSet<(String, String)>,
    /// Those who have a name that lapses, or has lapsed.
    reserved: BTreeSet<IdentityId>,
    whole: bool,
}

#[derive(Debug, Default, Clone)]
struct Table {
    owners: BTreeMap<(String, String), NameOwner>,
    names: BTreeMap<(String, IdentityId), String>,
}

impl Names {
    /// The whole registry.
    pub(crate) fn load(records: Vec<NameRecord>, now: DateTime<Utc>) -> Self {
        let mut names = Self { whole: true, ..Self::default() };
        names.learn(records, now);
        names
    }

    pub(crate) fn learn(&mut self, records: impl IntoIterator<Item = NameRecord>, now: DateTime<Utc>) {
        for record in records {
            let lapsed = matches!(record.state, NameState::Reserved { until } if until <= now);
            let Ok(identity) = IdentityId::parse(&record.identity) else { continue };
            if matches!(record.state, NameState::Reserved { .. }) {
                self.reserved.insert(identity.clone());
            }
            if !lapsed {
                let retired = record.state == NameState::Retired;
                self.stored.add(&record.space, &record.key, &record.value, &identity, retired);
            }
        }
    }

    /// Whether somebody has a name that is theirs for a time only.
    pub(crate) fn are_reserved(&self, identity: &IdentityId) -> bool {
        self.reserved.contains(identity)
    }

    /// Notes that the store was asked for a name, whatever it said.
    pub(crate) fn asked(&mut self, space: &str, key: &str) {
        self.asked.insert((space.to_owned(), key.to_owned()));
    }

    /// Whether it is known who has a name, or that nobody has it.
    pub(crate) fn knows(&self, space: &str, key: &str) -> bool {
        let key = (space.to_owned(), key.to_owned());
        self.whole
            || self.asked.contains(&key)
            || self.given.owners.contains_key(&key)
            || self.stored.owners.contains_key(&key)
    }

    /// Forgets everything but what this plan gives out.
    pub(crate) fn forget_stored(&mut self) {
        self.stored = Table::default();
        self.asked.clear();
        self.reserved.clear();
    }

    /// Forgets what was given out.
    pub(crate) fn forget_given(&mut self) {
        self.given = Table::default();
    }

    pub(crate) fn reserve(&mut self, reservation: &Reservation) {
        let (space, key) = (&reservation.namespace, &reservation.key);
        self.given.add(space, key, &reservation.name, &reservation.identity, false);
    }

    /// Notes the name that an account carries already.
    pub(crate) fn carries(&mut self, space: &str, value: &str, identity: &IdentityId) {
        let key = tenure_policy::registry_key(value);
        if self.owner(space, &key).is_none() {
            self.given.add(space, &key, value, identity, false);
        }
    }
}

impl Table {
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
        let key = (namespace.to_owned(), key.to_owned());
        self.given.owners.get(&key).or_else(|| self.stored.owners.get(&key)).cloned()
    }

    fn name_of(&self, namespace: &str, identity: &IdentityId) -> Option<String> {
        let key = (namespace.to_owned(), identity.clone());
        self.given.names.get(&key).or_else(|| self.stored.names.get(&key)).cloned()
    }
}
