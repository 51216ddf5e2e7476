//! Everything that planning looks at, loaded from the store.

mod catalogue;
mod facts;
pub(crate) mod load;
mod maybe;
mod meet;
mod names;
mod registry;
mod target;

pub(crate) use catalogue::Catalogue;
pub(crate) use maybe::Maybe;
pub(crate) use meet::Unknown;
pub(crate) use names::Names;
pub(crate) use registry::Registry;
pub(crate) use target::{Account, Described, TargetWorld};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_connector::{EntitlementRef, JobRef};
use tenure_policy::{EntitlementKey, Grant, HeldAccount, HeldGrant, Identity, IdentityId, Risk, TargetId};

use crate::Engine;
use crate::disposition::Disposed;
use crate::plan::Step;

/// The state of things as the store knows it, of everybody or of some.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) identities: Arc<BTreeMap<IdentityId, Identity>>,
    /// Whether everybody is in it.
    pub(crate) whole: bool,
    /// Who has been looked for, those included who do not exist.
    met: BTreeSet<IdentityId>,
    /// How often those were made due or written who have been looked for, as their facts were read.
    pub(crate) marks: BTreeMap<String, u64>,
    pub(crate) targets: BTreeMap<TargetId, TargetWorld>,
    pub(crate) grants: BTreeMap<IdentityId, Vec<Grant>>,
    pub(crate) names: Names,
    /// Whose names and links the steps change, where there are steps.
    pub(crate) registry: Registry,
    /// Steps that a person or a target is working on, by step.
    pub(crate) waiting: BTreeMap<String, Waiting>,
    /// Steps that failed and are tried again, by step.
    pub(crate) retries: BTreeMap<String, Retry>,
    /// What people have said about accounts that are linked to nobody, by target and account.
    pub(crate) dispositions: BTreeMap<String, Disposed>,
}

/// A step that is not settled although it was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) step: Step,
    pub(crate) since: DateTime<Utc>,
    /// What to ask the connector for.
    pub(crate) job: Option<JobRef>,
    /// The person's task.
    pub(crate) task: Option<String>,
}

/// A step that failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Retry {
    pub(crate) attempts: u32,
    pub(crate) next: DateTime<Utc>,
    pub(crate) error: String,
    /// What the step does; empty where an earlier version noted it.
    #[serde(default)]
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) target: Option<TargetId>,
    #[serde(default)]
    pub(crate) identity: Option<IdentityId>,
}

impl Waiting {
    pub(crate) const PREFIX: &str = "waiting/";
}

impl Retry {
    pub(crate) const PREFIX: &str = "retry/";
}

impl World {
    /// A world of the same targets in which nobody is known.
    pub(crate) fn sibling(&self) -> Self {
        let targets = self.targets.iter().map(|(target, world)| (target.clone(), world.bare()));
        Self { targets: targets.collect(), ..Self::default() }
    }

    /// What a person has said about an account that is linked to nobody.
    pub(crate) fn disposed(&self, target: &TargetId, account: &str) -> Option<&Disposed> {
        if self.dispositions.is_empty() {
            return None;
        }
        self.dispositions.get(&format!("{target}/{account}"))
    }

    /// The identity's linked accounts, as the policy wants to know them.
    pub(crate) fn held_accounts(&self, identity: &IdentityId) -> Vec<HeldAccount> {
        let linked =
            self.targets.iter().filter_map(|(target, world)| Some((target, world.links.get(identity)?)));
        linked
            .map(|(target, link)| {
                let mut held = HeldAccount::new(target.clone());
                held.unwanted_since = link.unwanted;
                held
            })
            .collect()
    }

    /// What the identity holds for known reasons, without the reasons.
    pub(crate) fn held_keys(&self, identity: &IdentityId) -> impl Iterator<Item = EntitlementKey> {
        self.targets.iter().flat_map(move |(target, world)| {
            let link = world.links.get(identity).into_iter();
            let held = link.flat_map(|link| world.held_by(&link.account));
            held.filter(|held| !held.origins.is_empty()).filter_map(|held| world.key_of(target, held))
        })
    }

    /// What the identity holds for known reasons, as the policy wants to know it.
    pub(crate) fn held_grants(&self, identity: &IdentityId) -> Vec<HeldGrant> {
        let mut grants = Vec::new();
        for (target, world) in &self.targets {
            let Some(link) = world.links.get(identity) else { continue };
            for held in world.held_by(&link.account).filter(|held| !held.origins.is_empty()) {
                let Some(key) = world.key_of(target, held) else { continue };
                let mut grant = HeldGrant::new(key, held.since);
                // An origin that this version of the policy cannot read any more is no reason to hold something.
                grant.origins =
                    held.origins.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
                grant.lost = held.lost;
                grants.push(grant);
            }
        }
        grants
    }
}

/// The entitlements of a target that somebody always has to hold.
pub(crate) fn privileged(engine: &Engine, target: &TargetId, world: &TargetWorld) -> Vec<EntitlementRef> {
    let entitlements = &engine.policy.document().entitlements;
    entitlements
        .iter()
        .filter(|(key, spec)| key.target == *target && spec.risk == Risk::Privileged)
        .map(|(key, _)| world.entitlement(key))
        .collect()
}
