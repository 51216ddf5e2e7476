use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Connector, Context, EntitlementRef, Object, ObjectClass};
use tenure_policy::TargetId;
use tenure_store::{
    AccountRecord, Batch, HeldRecord, LinkRecord, PageRequest, Select, SnapshotRecord, Write, canonical_json,
    sha256_hex,
};

use super::TargetReport;
use super::walk::{Walk, walk};
use crate::world::Catalogue;
use crate::world::load::catalogue_key;
use crate::{Engine, EngineError, Result, TargetOptions};

/// How many changes go into one commit.
const CHUNK: usize = 2_000;

type HeldKey = (String, String, String);

/// Reads a target. One that cannot be read keeps nobody from reading the others: it is noted, and nothing is planned for
/// it until it can be read again.
pub(super) async fn observe(
    engine: &Engine,
    target: &TargetId,
    connector: &Arc<dyn Connector>,
    now: DateTime<Utc>,
) -> Result<TargetReport> {
    let unread = unread_key(target);
    match read(engine, target, connector, now).await {
        Ok(report) => {
            if engine.store.value(&unread).await?.is_some() {
                engine
                    .store
                    .commit(Batch::new().with(Write::Value { key: unread, value: Value::Null }))
                    .await?;
            }
            Ok(report)
        }
        Err(EngineError::Connector { error, .. }) => {
            tracing::warn!(%target, %error, "target could not be read");
            let reason = error.to_string();
            let value = json!(reason);
            engine.store.commit(Batch::new().with(Write::Value { key: unread, value })).await?;
            Ok(TargetReport {
                target: target.clone(),
                doubt: Some(format!("it could not be read: {reason}")),
                failed: Some(reason),
                accounts: 0,
                grants: 0,
                unlinked: 0,
                gone: 0,
                complete: false,
            })
        }
        Err(other) => Err(other),
    }
}

/// Where it is noted that a target could not be read.
pub(crate) fn unread_key(target: &TargetId) -> String {
    format!("unread/{target}")
}

async fn read(
    engine: &Engine,
    target: &TargetId,
    connector: &Arc<dyn Connector>,
    now: DateTime<Utc>,
) -> Result<TargetReport> {
    let ctx = engine.context(Context::new(format!("observe/{target}")));
    let class = engine.account_class(target);
    let mut accounts = walk(&**connector, target.as_str(), &ctx, &class).await?;
    let lists_grants =
        connector.capabilities().class(&ObjectClass::GRANT).is_some_and(|found| found.list.is_some());
    let grants = match lists_grants {
        true => Some(walk(&**connector, target.as_str(), &ctx, &ObjectClass::GRANT).await?),
        false => None,
    };
    let catalogue = catalogue(&**connector, target, &ctx).await?;
    let select = Select::Target(target.to_string());
    let links: BTreeMap<String, LinkRecord> = engine
        .store
        .links(&select)
        .await?
        .into_iter()
        .filter(LinkRecord::is_live)
        .map(|link| (link.account.clone(), link))
        .collect();
    let known = known_accounts(engine, target).await?;
    judge(&mut accounts, &known, engine.options(target));

    let mut writes = Vec::new();
    if let Some(catalogue) = &catalogue {
        let value =
            serde_json::to_value(catalogue).map_err(|error| EngineError::corrupt("catalogue", &error))?;
        writes.push(Write::Value { key: catalogue_key(target), value });
    }
    let seen: BTreeSet<String> = accounts.items.iter().map(|item| item.object.id.clone()).collect();
    let mut digest = String::new();
    for item in &accounts.items {
        let record = account_record(target, item, now);
        digest.push_str(&canonical_json(&record.resource));
        let same = known
            .get(&record.id)
            .is_some_and(|old| old.resource == record.resource && old.version == record.version);
        if !same {
            writes.push(Write::Account(record));
        }
    }
    let mut gone = 0;
    if accounts.doubt.is_none() {
        for account in known.keys().filter(|id| !seen.contains(*id)) {
            gone += usize::from(links.contains_key(account));
            writes.push(Write::ForgetAccount { target: target.to_string(), account: account.clone() });
        }
    }
    let mut doubt = accounts.doubt.clone();
    let held = engine.store.held(&select).await?;
    let count = match grants {
        Some(found) => {
            doubt = doubt.or_else(|| found.doubt.clone());
            let absence_believed = found.doubt.is_none() && accounts.doubt.is_none();
            let catalogue = catalogue.unwrap_or_default().indexed();
            let look = Look { target, catalogue: &catalogue, links: &links, absence_believed, now };
            look.held_changes(&found, &held, &mut writes)
        }
        None => held.len(),
    };
    writes.push(Write::Snapshot(SnapshotRecord {
        scope: format!("target:{target}/{class}"),
        at: now,
        count: seen.len() as u64,
        complete: doubt.is_none(),
        doubt: doubt.clone(),
        digest: sha256_hex(digest.as_bytes()),
    }));
    let mut writes = writes.into_iter().peekable();
    while writes.peek().is_some() {
        let writes = writes.by_ref().take(CHUNK).collect();
        engine.store.commit(Batch { conditions: Vec::new(), writes }).await?;
    }
    let unlinked = seen.iter().filter(|id| !links.contains_key(*id)).count();
    Ok(TargetReport {
        target: target.clone(),
        failed: None,
        accounts: seen.len(),
        grants: count,
        unlinked,
        gone,
        complete: doubt.is_none(),
        doubt,
    })
}

pub(crate) fn account_record(target: &TargetId, item: &Object, now: DateTime<Utc>) -> AccountRecord {
    AccountRecord {
        target: target.to_string(),
        id: item.object.id.clone(),
        class: item.object.class.to_string(),
        version: item.version.as_ref().map(ToString::to_string),
        resource: item.resource.to_json(),
        seen: now,
    }
}

async fn known_accounts(engine: &Engine, target: &TargetId) -> Result<BTreeMap<String, AccountRecord>> {
    let mut known = BTreeMap::new();
    let mut page = PageRequest::first(1000);
    loop {
        let records = engine.store.accounts(target.as_str(), &page).await?;
        let Some(last) = records.last() else { return Ok(known) };
        page = PageRequest::after(last.id.clone(), page.limit);
        known.extend(records.into_iter().map(|record| (record.id.clone(), record)));
    }
}

fn judge(found: &mut Walk, known: &BTreeMap<String, AccountRecord>, options: &TargetOptions) {
    let seen: BTreeSet<&str> = found.items.iter().map(|item| item.object.id.as_str()).collect();
    let absent = known.keys().filter(|id| !seen.contains(id.as_str())).count();
    let empty = seen.is_empty() && known.len() > 1;
    let short =
        absent > options.shrink_least && absent * 100 > known.len() * usize::from(options.shrink_percent);
    if found.doubt.is_none() && (empty || short) {
        found.doubt = Some(format!("{absent} of {} accounts are gone at once", known.len()));
    }
}

async fn catalogue(connector: &dyn Connector, target: &TargetId, ctx: &Context) -> Result<Option<Catalogue>> {
    let capabilities = connector.capabilities();
    if capabilities.class(&ObjectClass::ENTITLEMENT).is_none_or(|found| found.list.is_none()) {
        return Ok(None);
    }
    let found = walk(connector, target.as_str(), ctx, &ObjectClass::ENTITLEMENT).await?;
    let entitlements = found.items.iter().filter_map(|item| Entitlement::try_from(&item.resource).ok());
    Ok(Some(Catalogue::new(entitlements)))
}

struct Look<'a> {
    target: &'a TargetId,
    catalogue: &'a Catalogue,
    links: &'a BTreeMap<String, LinkRecord>,
    absence_believed: bool,
    now: DateTime<Utc>,
}

impl Look<'_> {
    /// Compares what is held with what was known to be held. Returns how much is held.
    fn held_changes(&self, found: &Walk, held: &[HeldRecord], writes: &mut Vec<Write>) -> usize {
        let known: BTreeMap<HeldKey, &HeldRecord> = held.iter().map(|record| (key(record), record)).collect();
        let mut seen = BTreeSet::new();
        for item in &found.items {
            let Ok(grant) = GrantRecord::try_from(&item.resource) else { continue };
            let fresh = self.fresh(grant);
            let key = key(&fresh);
            let record = match known.get(&key).copied().or_else(|| self.under_its_name(&fresh, &known)) {
                // What the target tells replaces what was known of it; why it is held only the store knows.
                Some(old) => HeldRecord {
                    value: fresh.value,
                    parameters: fresh.parameters,
                    immutable: fresh.immutable,
                    identity: fresh.identity,
                    ..old.clone()
                },
                None => fresh,
            };
            if known.get(&key).is_none_or(|old| **old != record) {
                writes.push(Write::Held { held: record, at: self.now });
            }
            seen.insert(key);
        }
        if self.absence_believed {
            let lost = held.iter().filter(|record| !seen.contains(&key(record)));
            writes.extend(lost.map(|record| Write::Lost { held: record.clone(), at: self.now }));
        }
        seen.len()
    }

    fn fresh(&self, grant: GrantRecord) -> HeldRecord {
        HeldRecord {
            target: self.target.to_string(),
            identity: self.links.get(&grant.principal).map(|link| link.identity.clone()),
            account: grant.principal,
            kind: grant.entitlement.kind,
            value: grant.entitlement.id,
            named: None,
            origins: BTreeSet::new(),
            parameters: grant.parameters,
            immutable: grant.immutable,
            since: grant.since.unwrap_or(self.now).min(self.now),
            lost: None,
        }
    }

    /// Something may have been granted by the name people see, before the target had an id for it.
    fn under_its_name<'k>(
        &self,
        fresh: &HeldRecord,
        known: &BTreeMap<HeldKey, &'k HeldRecord>,
    ) -> Option<&'k HeldRecord> {
        let entitlement = EntitlementRef::new(fresh.kind.as_str(), fresh.value.as_str());
        let display = self.catalogue.display(&entitlement).flatten()?;
        known.get(&(fresh.account.clone(), fresh.kind.clone(), display.to_owned())).copied()
    }
}

fn key(record: &HeldRecord) -> HeldKey {
    (record.account.clone(), record.kind.clone(), record.value.clone())
}
