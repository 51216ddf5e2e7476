use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_policy::{
    EntitlementKey, Evaluation, Facts, Grant, GrantId, Identity, IdentityId, Origin, Policy, TargetId,
};
use tenure_store::HeldRecord;

use crate::world::World;
use crate::{Engine, Result};

/// What is known at one moment of everybody or of some, read once and asked many times: for reviews, requests and findings.
///
/// It is a look at the store, not a look at sources and targets: [`Engine::observe`] is.
#[derive(Debug)]
pub struct Census {
    policy: Policy,
    world: World,
    now: DateTime<Utc>,
}

/// An account as last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KnownAccount {
    /// Where.
    pub target: TargetId,
    /// The account's id.
    pub id: String,
    /// The name to show.
    pub name: String,
    /// Whose it is, where it is linked.
    pub identity: Option<IdentityId>,
    /// Since when it is linked.
    pub linked: Option<DateTime<Utc>>,
    /// Whether it works.
    pub active: bool,
    /// When it was last used, where the target tells.
    pub last_used: Option<DateTime<Utc>>,
}

/// An entitlement that somebody holds, with or without a known reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Possessed {
    /// What, as the policy or else the target calls it.
    pub entitlement: EntitlementKey,
    /// By which account.
    pub account: String,
    /// For which origins; none: nobody knows why.
    pub origins: BTreeSet<Origin>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When the last origin went, where it outlives it.
    pub lost: Option<DateTime<Utc>>,
}

impl Engine {
    /// Reads what is known.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails; `Connector`, when a target's schema cannot be had.
    pub async fn census(&self, now: DateTime<Utc>) -> Result<Census> {
        let engine = self.at(now)?;
        Ok(Census { policy: engine.policy.clone(), world: World::load(engine, now).await?, now })
    }

    /// Reads what is known of some identities, and of nobody else what they have. Of those in `besides`, and of everybody's managers
    /// and owners up the line, it is read who they are.
    ///
    /// Its cost follows those who are asked for, not those there are.
    ///
    /// # Errors
    ///
    /// As [`census`](Self::census).
    pub async fn census_of(
        &self,
        whom: BTreeSet<IdentityId>,
        besides: BTreeSet<IdentityId>,
        now: DateTime<Utc>,
    ) -> Result<Census> {
        let engine = self.at(now)?;
        let mut world = World::bare(engine).await?;
        world.meet(engine, now, whom).await?;
        world.introduce(engine, besides).await?;
        Ok(Census { policy: engine.policy.clone(), world, now })
    }
}

impl Census {
    /// The moment of the census.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Everybody who was read, in the order of ids; who has left is among them.
    pub fn identities(&self) -> impl Iterator<Item = &Identity> {
        self.world.identities.values()
    }

    /// The identity with this id.
    #[must_use]
    pub fn identity(&self, id: &IdentityId) -> Option<&Identity> {
        self.world.identities.get(id)
    }

    /// The explicit grants of an identity that were not taken back; those that have ended are among them.
    #[must_use]
    pub fn grants(&self, id: &IdentityId) -> &[Grant] {
        self.world.grants.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// What the policy wants for an identity at a moment, with some grants more and some less than are recorded. None, where it was not
    /// read what they have.
    #[must_use]
    pub fn evaluate_with(
        &self,
        id: &IdentityId,
        more: &[Grant],
        without: &[GrantId],
        at: DateTime<Utc>,
    ) -> Option<Evaluation> {
        let identity = self.identity(id).filter(|_| self.world.knows(id))?;
        let mut grants = self.grants(id).to_vec();
        grants.retain(|grant| !without.contains(&grant.id));
        grants.extend_from_slice(more);
        let (held, accounts) = (self.world.held_grants(id), self.world.held_accounts(id));
        let facts = Facts::new(at)
            .with_grants(&grants)
            .with_held(&held)
            .with_accounts(&accounts)
            .with_directory(&*self.world.identities)
            .with_names(&self.world.names);
        Some(self.policy.evaluate(identity, &facts))
    }

    /// What the policy wants for an identity at the moment of the census.
    #[must_use]
    pub fn evaluate(&self, id: &IdentityId) -> Option<Evaluation> {
        self.evaluate_with(id, &[], &[], self.now)
    }

    /// What an identity holds in every target, as last seen.
    #[must_use]
    pub fn possessions(&self, id: &IdentityId) -> Vec<Possessed> {
        let mut found = Vec::new();
        for (target, there) in &self.world.targets {
            let Some(link) = there.links.get(id) else { continue };
            found.extend(there.held_by(&link.account).filter_map(|held| {
                let entitlement = there.key_of(target, held)?;
                Some(possessed(entitlement, held))
            }));
        }
        found
    }

    /// Every account that was read, as last seen, by target and id.
    pub fn accounts(&self) -> impl Iterator<Item = KnownAccount> {
        self.world.targets.iter().flat_map(|(target, there)| {
            there.accounts.iter().map(move |(id, account)| {
                let owner = there.owners.get(id);
                let link = owner.and_then(|owner| there.links.get(owner)).filter(|link| link.account == *id);
                let name = account.resource.text("userName").or_else(|| account.resource.text("displayName"));
                KnownAccount {
                    target: target.clone(),
                    id: id.clone(),
                    name: name.unwrap_or(id).to_owned(),
                    identity: owner.filter(|_| link.is_some()).cloned(),
                    linked: link.map(|link| link.since),
                    active: account.is_active(),
                    last_used: crate::seats::last_used(&account.resource),
                }
            })
        })
    }

    /// When an account was last used for what a paid seat counts as use, where the target tells.
    #[must_use]
    pub fn seat_used(&self, seat: &EntitlementKey, account: &str) -> Option<DateTime<Utc>> {
        let account = self.world.targets.get(&seat.target)?.accounts.get(account)?;
        let seat = self.policy.target(&seat.target)?.seat(seat)?;
        crate::seats::last_use(&account.resource, seat)
    }

    /// Whether a target offers entitlements of a kind, as it told when it was last looked at.
    #[must_use]
    pub fn offers(&self, target: &TargetId, kind: &str) -> bool {
        self.world.targets.get(target).is_some_and(|there| there.catalogue.has_kind(kind))
    }

    /// The targets that could not be read when they were last looked at, with the reason.
    pub fn unread(&self) -> impl Iterator<Item = (&TargetId, &str)> {
        self.world.targets.iter().filter_map(|(target, there)| Some((target, there.unread.as_deref()?)))
    }
}

fn possessed(entitlement: EntitlementKey, held: &HeldRecord) -> Possessed {
    Possessed {
        entitlement,
        account: held.account.clone(),
        // An origin that this version of the policy cannot read any more is no reason to hold something.
        origins: held.origins.iter().filter_map(|text| serde_json::from_str(text).ok()).collect(),
        since: held.since,
        lost: held.lost,
    }
}
