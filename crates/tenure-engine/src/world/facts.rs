use serde_json::{Value, json};
use tenure_policy::{IdentityId, TargetId};
use tenure_store::{canonical_json, sha256_hex};

use super::World;

impl World {
    /// A hash over everything that a plan for one identity follows from, except the policy and the moment.
    pub(crate) fn facts_of(&self, identity: &IdentityId) -> String {
        let mut accounts = Vec::new();
        for (target, world) in &self.targets {
            let Some(link) = world.links.get(identity) else { continue };
            let account = world.accounts.get(&link.account);
            let held: Vec<_> = world.held_by(&link.account).collect();
            accounts.push(json!({
                "target": target,
                "link": link,
                "account": account.map(|account| account.resource.to_json()),
                "version": account.and_then(|account| account.version.clone()),
                "held": held,
            }));
        }
        hash(&json!({
            "identity": self.identities.get(identity),
            "grants": self.grants.get(identity),
            "accounts": accounts,
        }))
    }

    /// A hash over an account that is linked to nobody.
    pub(crate) fn facts_of_account(&self, target: &TargetId, account: &str) -> String {
        let world = self.targets.get(target);
        let found = world.and_then(|world| world.accounts.get(account));
        hash(&json!({
            "account": found.map(|account| account.resource.to_json()),
            "owner": world.and_then(|world| world.owners.get(account)),
            "disposed": self.disposed(target, account),
        }))
    }
}

fn hash(value: &Value) -> String {
    sha256_hex(canonical_json(value).as_bytes())
}
