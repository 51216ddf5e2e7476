use std::collections::{BTreeMap, BTreeSet};

use tenure_engine::{Census, Possessed};
use tenure_policy::{EntitlementKey, Identity, IdentityId, Phase};

use super::Peers;

/// What everybody at work holds, and who does the same work.
#[derive(Debug)]
pub(crate) struct Holdings {
    pub(crate) by_identity: BTreeMap<IdentityId, Vec<Possessed>>,
    groups: BTreeMap<Work, BTreeSet<IdentityId>>,
    work: BTreeMap<IdentityId, Work>,
}

/// What makes people peers: department and title.
type Work = (String, String);

impl Holdings {
    pub(crate) fn of(census: &Census) -> Self {
        let mut found = Self { by_identity: BTreeMap::new(), groups: BTreeMap::new(), work: BTreeMap::new() };
        for identity in census.identities() {
            let id = identity.id();
            found.by_identity.insert(id.clone(), census.possessions(id));
            if let Some(work) = work(census, identity) {
                found.groups.entry(work.clone()).or_default().insert(id.clone());
                found.work.insert(id.clone(), work);
            }
        }
        found
    }

    /// How many of those who do the same work hold the same, oneself not counted.
    pub(crate) fn peers(&self, id: &IdentityId, entitlement: &EntitlementKey) -> Option<Peers> {
        let group = self.groups.get(self.work.get(id)?)?;
        let others: Vec<&IdentityId> = group.iter().filter(|other| *other != id).collect();
        let holds = |other: &&&IdentityId| {
            let held = self.by_identity.get(**other).map(Vec::as_slice).unwrap_or_default();
            held.iter().any(|possessed| possessed.entitlement == *entitlement)
        };
        let holders = others.iter().filter(holds).count();
        (!others.is_empty()).then_some(Peers { holders, of: others.len() })
    }
}

fn work(census: &Census, identity: &Identity) -> Option<Work> {
    identity.as_person()?;
    if census.policy().state(identity, census.now()).phase != Phase::Active {
        return None;
    }
    let seen = census.policy().seen_as(identity, census.now());
    let text = |name: &str| seen.text(name).unwrap_or_default().to_lowercase();
    let found = (text(DEPARTMENT), text("title"));
    (!found.0.is_empty() || !found.1.is_empty()).then_some(found)
}

pub(crate) const DEPARTMENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
