use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tenure_policy::{Grant, Identity, IdentityId, TargetId};
use tenure_scim::Resource;
use tenure_store::{HeldRecord, PageRequest, Select};

use super::{Account, Catalogue, Described, Names, Retry, TargetWorld, Waiting, World};
use crate::observe::target::unread_key;
use crate::{Engine, EngineError, Result};

const PAGE: usize = 2_000;

impl World {
    /// Loads everything.
    pub(crate) async fn load(engine: &Engine, now: DateTime<Utc>) -> Result<Self> {
        let mut world = Self {
            identities: Arc::new(identities(engine).await?),
            whole: true,
            names: Names::load(engine.store.names(&Select::All).await?, now),
            waiting: values(engine, Waiting::PREFIX).await?,
            retries: values(engine, Retry::PREFIX).await?,
            dispositions: engine.dispositions().await?,
            ..Self::default()
        };
        for record in engine.store.grants(&Select::All).await? {
            if record.revoked.is_some_and(|at| at <= now) {
                continue;
            }
            let grant: Grant = decode("grant", record.document)?;
            world.grants.entry(grant.identity.clone()).or_default().push(grant);
        }
        for target in engine.targets.keys() {
            world.targets.insert(target.clone(), load_target(engine, target).await?);
        }
        Ok(world)
    }
}

/// A target of which nothing is known but what it can do and what it calls its entitlements.
pub(crate) async fn bare_target(
    engine: &Engine,
    target: &TargetId,
    catalogue: Catalogue,
) -> Result<TargetWorld> {
    Ok(TargetWorld {
        capabilities: engine.connector(target)?.capabilities(),
        described: Described::read(engine, target).await?,
        class: engine.account_class(target),
        accounts: BTreeMap::new(),
        links: BTreeMap::new(),
        owners: BTreeMap::new(),
        held: BTreeMap::new(),
        catalogue: Arc::new(catalogue),
        unread: None,
    })
}

pub(crate) async fn catalogue(engine: &Engine, target: &TargetId) -> Result<Catalogue> {
    let stored = engine.store.value(&catalogue_key(target)).await?;
    let catalogue: Option<Catalogue> = stored.map(|value| decode("catalogue", value)).transpose()?;
    Ok(catalogue.unwrap_or_default().indexed())
}

async fn load_target(engine: &Engine, target: &TargetId) -> Result<TargetWorld> {
    let mut world = bare_target(engine, target, catalogue(engine, target).await?).await?;
    world.unread = engine
        .store
        .value(&unread_key(target))
        .await?
        .map(|reason| reason.as_str().unwrap_or_default().to_owned());
    let select = Select::Target(target.to_string());
    for link in engine.store.links(&select).await? {
        let identity = identity_id(&link.identity)?;
        world.owners.insert(link.account.clone(), identity.clone());
        if link.is_live() {
            world.links.insert(identity, link);
        }
    }
    let mut page = PageRequest::first(PAGE);
    loop {
        let records = engine.store.accounts(target.as_str(), &page).await?;
        let Some(last) = records.last() else { break };
        page = PageRequest::after(last.id.clone(), PAGE);
        for record in records {
            let resource = Resource::from_json(record.resource)
                .map_err(|error| EngineError::corrupt("account", &error))?;
            let version = record.version.map(Into::into);
            world.accounts.insert(record.id, Account { resource, version });
        }
    }
    let mut held: BTreeMap<String, Vec<HeldRecord>> = BTreeMap::new();
    for record in engine.store.held(&select).await? {
        held.entry(record.account.clone()).or_default().push(record);
    }
    world.held = held;
    Ok(world)
}

/// Where the entitlements of a target are kept.
pub(crate) fn catalogue_key(target: &TargetId) -> String {
    format!("catalogue/{target}")
}

pub(crate) async fn identities(engine: &Engine) -> Result<BTreeMap<IdentityId, Identity>> {
    let mut identities = BTreeMap::new();
    let mut page = PageRequest::first(PAGE);
    loop {
        let records = engine.store.identities(&page).await?;
        let Some(last) = records.last() else { return Ok(identities) };
        page = PageRequest::after(last.id.clone(), PAGE);
        for record in records {
            let identity: Identity = decode("identity", record.document)?;
            identities.insert(identity.id().clone(), identity);
        }
    }
}

pub(crate) fn identity_id(text: &str) -> Result<IdentityId> {
    IdentityId::parse(text).map_err(|error| EngineError::corrupt("identity id", &error))
}

pub(crate) async fn values<T: DeserializeOwned>(
    engine: &Engine,
    prefix: &'static str,
) -> Result<BTreeMap<String, T>> {
    let found = engine.store.values(prefix).await?;
    found
        .into_iter()
        .map(|(key, value)| {
            let key = key.strip_prefix(prefix).unwrap_or(&key).to_owned();
            Ok((key, decode("value", value)?))
        })
        .collect()
}

pub(crate) fn decode<T: DeserializeOwned>(what: &'static str, value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|error| EngineError::corrupt(what, &error))
}
