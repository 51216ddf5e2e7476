use std::collections::{BTreeMap, BTreeSet};

use tenure_connector::Operation;
use tenure_policy::IdentityId;
use tenure_store::{LinkRecord, NameRecord, Select};

use crate::plan::{Action, Record, Step};
use crate::{Engine, Result};

/// How many identities are read in one go.
const CHUNK: usize = 2_000;

/// Whose names and links steps change, read for all of them at once.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    names: BTreeMap<IdentityId, Vec<NameRecord>>,
    /// In every target, tombstones included; only of those who lose an account.
    links: BTreeMap<IdentityId, Vec<LinkRecord>>,
}

impl Registry {
    /// Reads what steps need: the names of whoever gets one or loses an account, and the links of the latter.
    pub(crate) async fn around(engine: &Engine, steps: impl Iterator<Item = &Step> + Send) -> Result<Self> {
        let (mut named, mut losing): (BTreeSet<&IdentityId>, BTreeSet<&IdentityId>) = Default::default();
        for step in steps {
            let Some(identity) = &step.identity else { continue };
            if step.records.iter().any(|record| matches!(record, Record::Name { .. })) {
                named.insert(identity);
            }
            if matches!(step.action, Action::Operation(Operation::Delete { .. })) {
                named.insert(identity);
                losing.insert(identity);
            }
        }
        let mut registry = Self::default();
        for ids in chunks(&named) {
            for record in engine.store.names(&Select::Identities(ids)).await? {
                if let Ok(identity) = IdentityId::parse(&record.identity) {
                    registry.names.entry(identity).or_default().push(record);
                }
            }
        }
        for ids in chunks(&losing) {
            for record in engine.store.links(&Select::Identities(ids)).await? {
                if let Ok(identity) = IdentityId::parse(&record.identity) {
                    registry.links.entry(identity).or_default().push(record);
                }
            }
        }
        // Whoever has none is known to have none.
        for identity in named {
            registry.names.entry(identity.clone()).or_default();
        }
        for identity in losing {
            registry.links.entry(identity.clone()).or_default();
        }
        Ok(registry)
    }

    /// The names of an identity, if they were read.
    pub(crate) fn names(&self, identity: &IdentityId) -> Option<&[NameRecord]> {
        self.names.get(identity).map(Vec::as_slice)
    }

    /// The links of an identity, if they were read.
    pub(crate) fn links(&self, identity: &IdentityId) -> Option<&[LinkRecord]> {
        self.links.get(identity).map(Vec::as_slice)
    }

    /// Takes over a name as it stands in the store now.
    pub(crate) fn name(&mut self, identity: &IdentityId, record: NameRecord) {
        let Some(names) = self.names.get_mut(identity) else { return };
        match names.iter_mut().find(|known| known.space == record.space && known.key == record.key) {
            Some(known) => *known = record,
            None => names.push(record),
        }
    }

    /// Takes over a link as it stands in the store now.
    pub(crate) fn link(&mut self, identity: &IdentityId, record: &LinkRecord) {
        let Some(links) = self.links.get_mut(identity) else { return };
        match links.iter_mut().find(|known| known.target == record.target && known.account == record.account)
        {
            Some(known) => known.clone_from(record),
            None => links.push(record.clone()),
        }
    }
}

fn chunks(ids: &BTreeSet<&IdentityId>) -> Vec<Vec<String>> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.chunks(CHUNK).map(<[String]>::to_vec).collect()
}
