use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_policy::{
    EntitlementKey, Explanation, Facts, GrantId, Granted, Identity, IdentityId, LifecycleState, Origin,
    TargetId,
};
use tenure_store::{AsOf, HeldRecord};

use crate::world::World;
use crate::{Engine, EngineError, Result};

/// An identity that fits a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Found {
    /// The identity.
    pub identity: IdentityId,
    /// The name to show.
    pub name: String,
    /// Whether it is a workload and not a person.
    pub workload: bool,
    /// Where the identity stands.
    pub state: LifecycleState,
}

/// Why someone has an entitlement or why not, from the policy and from what is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EngineExplanation {
    /// The name to show.
    pub person: String,
    /// What the policy says now.
    pub policy: Explanation,
    /// Whether the target holds it, as last seen.
    pub held: bool,
    /// Since when it is held.
    pub held_since: Option<DateTime<Utc>>,
    /// For which origins it was given.
    pub origins: Vec<Origin>,
    /// The account that holds it.
    pub account: Option<String>,
    /// For each explicit grant behind it that was brought back: the grants before it, the latest first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lineage: BTreeMap<GrantId, Vec<GrantId>>,
}

/// Something that an identity holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Access {
    /// Where.
    pub target: TargetId,
    /// What, as the policy or else the target calls it.
    pub entitlement: EntitlementKey,
    /// By which account.
    pub account: String,
    /// For which origins; none: nobody knows why.
    pub origins: Vec<Origin>,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl Engine {
    /// Finds identities by id, name, user name or e-mail address; a part of any is enough. An empty text finds all.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn find(&self, text: &str, now: DateTime<Utc>) -> Result<Vec<Found>> {
        let engine = self.at(now)?;
        let wanted = text.trim().to_lowercase();
        let fits = |identity: &Identity| {
            let attributes = identity.attributes();
            let texts =
                [Some(identity.id().as_str()), Some(identity.display_name()), attributes.text("userName")];
            let mail = attributes.attr("emails").map(|mail| mail.to_json().to_string());
            texts.into_iter().flatten().any(|found| found.to_lowercase().contains(&wanted))
                || mail.is_some_and(|mail| mail.to_lowercase().contains(&wanted))
        };
        let identities = crate::world::load::identities(self).await?;
        Ok(identities
            .values()
            .filter(|identity| fits(identity))
            .map(|identity| Found {
                identity: identity.id().clone(),
                name: identity.display_name().to_owned(),
                workload: identity.as_workload().is_some(),
                state: engine.policy.state(identity, now),
            })
            .collect())
    }

    /// Why someone has an entitlement, with every path and since when; or why not, with what speaks against it.
    ///
    /// # Errors
    ///
    /// `NotFound`, when there is no such identity; `Store` or `Corrupt`, when the store fails.
    pub async fn explain(
        &self,
        identity: &IdentityId,
        entitlement: &EntitlementKey,
        now: DateTime<Utc>,
    ) -> Result<EngineExplanation> {
        let engine = self.at(now)?;
        let world = World::load(engine, now).await?;
        let found = world
            .identities
            .get(identity)
            .ok_or_else(|| EngineError::NotFound { what: "identity", id: identity.to_string() })?;
        let lineage = engine.lineage(identity, entitlement).await?;
        let (held, accounts) = (world.held_grants(identity), world.held_accounts(identity));
        let facts = Facts::new(now)
            .with_grants(world.grants.get(identity).map(Vec::as_slice).unwrap_or_default())
            .with_held(&held)
            .with_accounts(&accounts)
            .with_directory(&*world.identities)
            .with_names(&world.names);
        let policy = engine.policy.explain(found, &facts, entitlement);
        let target = world.targets.get(&entitlement.target);
        let link = target.and_then(|target| target.links.get(identity));
        let record = target.zip(link).and_then(|(target, link)| {
            let wanted = target.entitlement(entitlement);
            target.held_by(&link.account).find(|held| held.kind == wanted.kind && held.value == wanted.id)
        });
        let there = link.filter(|_| entitlement.is_account());
        Ok(EngineExplanation {
            person: found.display_name().to_owned(),
            policy,
            held: record.is_some() || there.is_some(),
            held_since: record.map(|held| held.since).or_else(|| there.map(|link| link.since)),
            origins: record.map(origins).unwrap_or_default(),
            account: link.map(|link| link.account.clone()),
            lineage,
        })
    }

    /// The grants of an entitlement that were brought back, with those before them.
    async fn lineage(
        &self,
        identity: &IdentityId,
        entitlement: &EntitlementKey,
    ) -> Result<BTreeMap<GrantId, Vec<GrantId>>> {
        let grants = self.grants(identity).await?;
        let before: BTreeMap<&GrantId, &GrantId> =
            grants.iter().filter_map(|grant| Some((&grant.id, grant.reinstates.as_ref()?))).collect();
        let gives = |what: &Granted| match what {
            Granted::Entitlement(key) => key == entitlement,
            Granted::Role(role) => {
                self.policy.role_entitlements(role).iter().any(|found| found == entitlement)
            }
        };
        let mut lineage = BTreeMap::new();
        for grant in grants.iter().filter(|grant| before.contains_key(&grant.id) && gives(&grant.what)) {
            let (mut chain, mut at) = (Vec::new(), &grant.id);
            // A chain is never longer than there are grants.
            while let Some(earlier) = before.get(at).filter(|_| chain.len() < grants.len()) {
                chain.push((*earlier).clone());
                at = earlier;
            }
            lineage.insert(grant.id.clone(), chain);
        }
        Ok(lineage)
    }

    /// Everything that someone holds now, with the origins it is held for.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn access(&self, identity: &IdentityId) -> Result<Vec<Access>> {
        let held = self.store.held(&tenure_store::Select::Identity(identity.to_string())).await?;
        held.iter().map(access).collect()
    }

    /// Everything that someone held at one moment, as it was known at another.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn access_as_of(&self, identity: &IdentityId, when: &AsOf) -> Result<Vec<Access>> {
        let held = self.store.held_as_of(identity.as_str(), when).await?;
        held.iter().map(access).collect()
    }
}

pub(crate) fn access(held: &HeldRecord) -> Result<Access> {
    let value = held.named.as_deref().unwrap_or(&held.value);
    let entitlement = EntitlementKey::new(&held.target, &held.kind, value)
        .map_err(|error| EngineError::corrupt("held entitlement", &error))?;
    Ok(Access {
        target: entitlement.target.clone(),
        entitlement,
        account: held.account.clone(),
        origins: origins(held),
        since: held.since,
    })
}

fn origins(held: &HeldRecord) -> Vec<Origin> {
    // An origin of a newer version of the policy that cannot be read here is left out of the answer.
    held.origins.iter().filter_map(|text| serde_json::from_str(text).ok()).collect()
}
