use std::collections::{BTreeMap, BTreeSet};

use tenure_engine::{Census, Possessed};
use tenure_policy::{EntitlementKey, Identity, IdentityId, Phase};

use super::Peers;

/// What everybody at work holds, and who does the same work.
#[derive(Debug)]
pub(crate) struct Holdings {
    pub(crate) by_identity: BTreeMap<IdentityId, Vec<Possessed>>,
    groups: BTreeMap<Work, Group>,
    work: BTreeMap<IdentityId, Work>,
}

/// Those who do the same work.
#[derive(Debug, Default)]
struct Group {
    people: usize,
    /// How many of them hold what.
    holders: BTreeMap<EntitlementKey, usize>,
}

/// What makes people peers: department and title.
type Work = (String, String);

impl Holdings {
    pub(crate) fn of(census: &Census) -> Self {
        let mut found = Self { by_identity: BTreeMap::new(), groups: BTreeMap::new(), work: BTreeMap::new() };
        for identity in census.identities() {
            let id = identity.id();
            let held = census.possessions(id);
            if let Some(work) = work(census, identity) {
                let group = found.groups.entry(work.clone()).or_default();
                group.people += 1;
                // Who holds it by two accounts holds it once.
                for key in held.iter().map(|held| &held.entitlement).collect::<BTreeSet<_>>() {
                    *group.holders.entry(key.clone()).or_default() += 1;
                }
                found.work.insert(id.clone(), work);
            }
            found.by_identity.insert(id.clone(), held);
        }
        found
    }

    /// How many of those who do the same work hold the same, oneself not counted.
    pub(crate) fn peers(&self, id: &IdentityId, entitlement: &EntitlementKey) -> Option<Peers> {
        let group = self.groups.get(self.work.get(id)?)?;
        let own = self.by_identity.get(id).map(Vec::as_slice).unwrap_or_default();
        let holds = own.iter().any(|held| held.entitlement == *entitlement);
        let holders = group.holders.get(entitlement).copied().unwrap_or_default();
        let of = group.people.saturating_sub(1);
        (of > 0).then_some(Peers { holders: holders.saturating_sub(usize::from(holds)), of })
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
