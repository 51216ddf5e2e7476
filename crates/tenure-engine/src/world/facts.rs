use serde::Serialize;
use tenure_connector::Version;
use tenure_policy::{Grant, Identity, IdentityId, TargetId};
use tenure_scim::Resource;
use tenure_store::{HeldRecord, LinkRecord, canonical_hash};

use super::World;
use crate::disposition::Disposed;

/// What a plan for one identity follows from.
#[derive(Serialize)]
struct Facts<'a> {
    accounts: Vec<AccountFacts<'a>>,
    grants: Option<&'a Vec<Grant>>,
    identity: Option<&'a Identity>,
}

#[derive(Serialize)]
struct AccountFacts<'a> {
    account: Option<&'a Resource>,
    held: Vec<&'a HeldRecord>,
    link: &'a LinkRecord,
    target: &'a TargetId,
    version: Option<&'a Version>,
}

/// What a plan for an account follows from that is linked to nobody.
#[derive(Serialize)]
struct StrayFacts<'a> {
    account: Option<&'a Resource>,
    disposed: Option<&'a Disposed>,
    owner: Option<&'a IdentityId>,
}

impl World {
    /// A hash over everything that a plan for one identity follows from, except the policy and the moment.
    pub(crate) fn facts_of(&self, identity: &IdentityId) -> String {
        let linked = self.targets.iter().filter_map(|(target, world)| {
            let link = world.links.get(identity)?;
            let account = world.accounts.get(&link.account);
            Some(AccountFacts {
                account: account.map(|account| &account.resource),
                held: world.held_by(&link.account).collect(),
                link,
                target,
                version: account.and_then(|account| account.version.as_ref()),
            })
        });
        canonical_hash(&Facts {
            accounts: linked.collect(),
            grants: self.grants.get(identity),
            identity: self.identities.get(identity),
        })
    }

    /// A hash over an account that is linked to nobody.
    pub(crate) fn facts_of_account(&self, target: &TargetId, account: &str) -> String {
        let world = self.targets.get(target);
        let found = world.and_then(|world| world.accounts.get(account));
        canonical_hash(&StrayFacts {
            account: found.map(|account| &account.resource),
            disposed: self.disposed(target, account),
            owner: world.and_then(|world| world.owners.get(account)),
        })
    }
}
