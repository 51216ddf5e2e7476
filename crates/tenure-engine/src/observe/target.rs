use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::{Connector, Context, EntitlementRef, Object, ObjectClass};
use tenure_policy::TargetId;
use tenure_store::{
    AccountRecord, Batch, HeldRecord, LinkRecord, Lookup, PageRequest, Select, SnapshotRecord, Write,
    canonical_json, sha256_hex,
};

use super::delta::{self, Delta};
use super::walk::{Walk, walk};
use super::{Look, TargetReport};
use crate::planner::outlook::{EVERYBODY, due};
use crate::world::load::{catalogue_key, decode};
use crate::world::{Catalogue, Maybe};
use crate::{Engine, EngineError, Result, TargetOptions};

/// How many changes go into one commit.
const CHUNK: usize = 2_000;

/// More accounts than this are not asked one by one for what they hold.
const MOST_ASKED: usize = 500;
/// The attribute of a grant that names the account.
const PRINCIPAL: &str = "principal";

type HeldKey = (String, String, String);

/// Reads a target. One that cannot be read keeps nobody from reading the others: it is noted, and nothing is planned for
/// it until it can be read again.
pub(super) async fn observe(
    engine: &Engine,
    target: &TargetId,
    connector: &Arc<dyn Connector>,
    now: DateTime<Utc>,
    look: Look,
) -> Result<Option<TargetReport>> {
    let unread = unread_key(target);
    let read = match look {
        Look::All => read(engine, target, connector, now).await.map(Some),
        Look::Changes => follow(engine, target, connector, now).await,
    };
    match read {
        Ok(None) => Ok(None),
        Ok(report) => {
            if engine.store.value(&unread).await?.is_some() {
                // Nothing was planned for it meanwhile, for anybody.
                let batch = Batch::new().with(due(EVERYBODY, now));
                engine.store.commit(batch.with(Write::Value { key: unread, value: Value::Null })).await?;
            }
            Ok(report)
        }
        Err(EngineError::Connector { error, .. }) => {
            tracing::warn!(%target, %error, "target could not be read");
            let reason = error.to_string();
            let value = json!(reason);
            engine.store.commit(Batch::new().with(Write::Value { key: unread, value })).await?;
            Ok(Some(TargetReport {
                target: target.clone(),
                by_delta: look == Look::Changes,
                changed: 0,
                doubt: Some(format!("it could not be read: {reason}")),
                failed: Some(reason),
                accounts: 0,
                grants: 0,
                unlinked: 0,
                gone: 0,
                complete: false,
            }))
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
    let token = delta::start(&**connector, &ctx, &class).await;
    let mut accounts = walk(&**connector, target.as_str(), &ctx, &class).await?;
    let lists_grants =
        connector.capabilities().class(&ObjectClass::GRANT).is_some_and(|found| found.list.is_some());
    let grants = match lists_grants {
        true => Some(walk(&**connector, target.as_str(), &ctx, &ObjectClass::GRANT).await?),
        false => None,
    };
    let catalogue = catalogue(&**connector, target, &ctx).await?;
    let select = Select::Target(target.to_string());
    let links = live_links(engine, &select).await?;
    let known = known_accounts(engine, target).await?;
    judge(&mut accounts, &known, engine.options(target));

    let mut writes = Vec::new();
    if let Some(catalogue) = &catalogue {
        let value =
            serde_json::to_value(catalogue).map_err(|error| EngineError::corrupt("catalogue", &error))?;
        let key = catalogue_key(target);
        if engine.store.value(&key).await?.as_ref() != Some(&value) {
            writes.push(due(EVERYBODY, now));
            writes.push(Write::Value { key, value });
        }
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
            writes.push(due(concerned(&links, &record.id), now));
            writes.push(Write::Account(record));
        }
    }
    let mut gone = 0;
    if accounts.doubt.is_none() {
        for account in known.keys().filter(|id| !seen.contains(*id)) {
            gone += usize::from(links.contains_key(account));
            writes.extend(links.get(account).map(|link| due(&link.identity, now)));
            writes.push(Write::ForgetAccount { target: target.to_string(), account: account.clone() });
        }
    }
    let mut doubt = accounts.doubt.clone();
    let held = engine.store.held(&select).await?;
    let maybe = maybes(engine, target).await?;
    let count = match grants {
        Some(found) => {
            doubt = doubt.or_else(|| found.doubt.clone());
            let absence_believed = found.doubt.is_none() && accounts.doubt.is_none();
            let catalogue = catalogue.unwrap_or_default().indexed();
            let grants =
                Grants { target, catalogue: &catalogue, links: &links, absence_believed, maybe: &maybe, now };
            grants.held_changes(&found, &held, &mut writes)
        }
        None => held.len(),
    };
    writes.push(Write::Snapshot(SnapshotRecord {
        scope: scope(target, &class),
        at: now,
        count: seen.len() as u64,
        complete: doubt.is_none(),
        doubt: doubt.clone(),
        digest: sha256_hex(digest.as_bytes()),
    }));
    let changed = writes.iter().filter(|write| is_change(write)).count();
    // After everything else: a program that stops before it lists everything again.
    writes.push(delta::note(&scope(target, &class), token.as_ref().filter(|_| accounts.doubt.is_none())));
    commit(engine, writes).await?;
    let unlinked = seen.iter().filter(|id| !links.contains_key(*id)).count();
    Ok(TargetReport {
        target: target.clone(),
        by_delta: false,
        changed,
        failed: None,
        accounts: seen.len(),
        grants: count,
        unlinked,
        gone,
        complete: doubt.is_none(),
        doubt,
    })
}

fn scope(target: &TargetId, class: &ObjectClass) -> String {
    format!("target:{target}/{class}")
}

fn is_change(write: &Write) -> bool {
    matches!(write, Write::Account(_) | Write::ForgetAccount { .. } | Write::Held { .. } | Write::Lost { .. })
}

/// Whom a new or different account concerns: who has it, or anybody whose it may be.
fn concerned<'l>(links: &'l BTreeMap<String, LinkRecord>, account: &str) -> &'l str {
    links.get(account).map_or(EVERYBODY, |link| link.identity.as_str())
}

async fn commit(engine: &Engine, writes: Vec<Write>) -> Result<()> {
    let mut writes = writes.into_iter().peekable();
    while writes.peek().is_some() {
        let writes = writes.by_ref().take(CHUNK).collect();
        engine.store.commit(Batch { conditions: Vec::new(), writes }).await?;
    }
    Ok(())
}

/// Follows the changes of the accounts. Of those that changed it is read what they hold, where the target can be asked for
/// that; everything that is held is listed where it cannot.
async fn follow(
    engine: &Engine,
    target: &TargetId,
    connector: &Arc<dyn Connector>,
    now: DateTime<Utc>,
) -> Result<Option<TargetReport>> {
    let class = engine.account_class(target);
    let capabilities = connector.capabilities();
    if capabilities.class(&class).is_none_or(|found| found.changes.is_none()) {
        return Ok(None);
    }
    let scope = scope(target, &class);
    let Some(delta) = Delta::read(engine, &**connector, target.as_str(), &scope, &class).await? else {
        return read(engine, target, connector, now).await.map(Some);
    };
    let known = engine.store.snapshot(&scope).await?.map_or(0, |snapshot| snapshot.count);
    let options = engine.options(target);
    let (gone, share) = (delta.gone.len(), u64::from(options.shrink_percent));
    if gone > options.shrink_least && gone as u64 * 100 > known * share {
        tracing::warn!(%target, gone, known, "much is gone at once; everything is listed");
        return read(engine, target, connector, now).await.map(Some);
    }
    let mut writes = Vec::new();
    for item in delta.changed.values() {
        let record = account_record(target, item, now);
        let old = engine.store.account(target.as_str(), &record.id).await?;
        if old.is_none_or(|old| old.resource != record.resource || old.version != record.version) {
            let links = owners(engine, target, &record.id).await?;
            writes.push(due(concerned(&links, &record.id), now));
            writes.push(Write::Account(record));
        }
    }
    for account in &delta.gone {
        if engine.store.account(target.as_str(), account).await?.is_some() {
            let links = owners(engine, target, account).await?;
            writes.extend(links.get(account).map(|link| due(&link.identity, now)));
            let (target, account) = (target.to_string(), account.clone());
            writes.push(Write::ForgetAccount { target, account });
        }
    }
    let (mut count, mut doubt) = (0, None);
    if capabilities.class(&ObjectClass::GRANT).is_some_and(|found| found.list.is_some()) {
        let ctx = engine.context(Context::new(format!("observe/{target}")));
        let (found, whole) = match grants_of(&**connector, &ctx, target, &delta).await? {
            Some(found) => (found, false),
            None => (walk(&**connector, target.as_str(), &ctx, &ObjectClass::GRANT).await?, true),
        };
        if whole || !delta.changed.is_empty() {
            let catalogue = catalogue(&**connector, target, &ctx).await?.unwrap_or_default().indexed();
            let (links, held) = known_of(engine, target, delta.changed.keys(), whole).await?;
            let maybe = maybes(engine, target).await?;
            doubt.clone_from(&found.doubt);
            let absence_believed = doubt.is_none();
            let grants =
                Grants { target, catalogue: &catalogue, links: &links, absence_believed, maybe: &maybe, now };
            count = grants.held_changes(&found, &held, &mut writes);
        }
    }
    let changed = writes.iter().filter(|write| is_change(write)).count();
    if !delta.is_empty() {
        writes.push(delta.note(&scope));
    }
    commit(engine, writes).await?;
    Ok(Some(TargetReport {
        target: target.clone(),
        by_delta: true,
        changed,
        failed: None,
        accounts: delta.changed.len(),
        grants: count,
        unlinked: 0,
        gone,
        complete: doubt.is_none(),
        doubt,
    }))
}

/// What the accounts that changed hold. Nothing, when the target cannot be asked for that, or so many changed that a list
/// costs less.
async fn grants_of(
    connector: &dyn Connector,
    ctx: &Context,
    target: &TargetId,
    delta: &Delta,
) -> Result<Option<Walk>> {
    let mut found = Walk::default();
    if !delta::can_look_for(connector, &ObjectClass::GRANT, PRINCIPAL) || delta.changed.len() > MOST_ASKED {
        return Ok(None);
    }
    for account in delta.changed.keys() {
        let grants = delta::with_value(connector, ctx, &ObjectClass::GRANT, PRINCIPAL, account).await;
        let grants = grants.map_err(|error| EngineError::Connector { system: target.to_string(), error })?;
        let Some(grants) = grants else { return Ok(None) };
        found.items.extend(grants);
    }
    Ok(Some(found))
}

/// The links and what is held, of all accounts or of some.
async fn known_of(
    engine: &Engine,
    target: &TargetId,
    accounts: impl Iterator<Item = &String>,
    whole: bool,
) -> Result<(BTreeMap<String, LinkRecord>, Vec<HeldRecord>)> {
    if whole {
        let select = Select::Target(target.to_string());
        return Ok((live_links(engine, &select).await?, engine.store.held(&select).await?));
    }
    let accounts = accounts.cloned().collect();
    let lookup = Lookup { target: target.to_string(), accounts, ..Lookup::default() };
    let found = engine.store.look_up(&lookup).await?;
    let live = found.links.into_iter().filter(|link| link.is_live() && link.target == target.as_str());
    Ok((live.map(|link| (link.account.clone(), link)).collect(), found.held))
}

/// The live link of an account.
async fn owners(engine: &Engine, target: &TargetId, account: &str) -> Result<BTreeMap<String, LinkRecord>> {
    let lookup =
        Lookup { target: target.to_string(), accounts: vec![account.to_owned()], ..Lookup::default() };
    let links = engine.store.look_up(&lookup).await?.links;
    Ok(links.into_iter().filter(LinkRecord::is_live).map(|link| (link.account.clone(), link)).collect())
}

async fn maybes(engine: &Engine, target: &TargetId) -> Result<BTreeMap<String, Maybe>> {
    let found = engine.store.values(&Maybe::prefix(target)).await?;
    found.into_iter().map(|(key, value)| Ok((key, decode("doubtful grant", value)?))).collect()
}

async fn live_links(engine: &Engine, select: &Select) -> Result<BTreeMap<String, LinkRecord>> {
    let links = engine.store.links(select).await?;
    Ok(links.into_iter().filter(LinkRecord::is_live).map(|link| (link.account.clone(), link)).collect())
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

struct Grants<'a> {
    target: &'a TargetId,
    catalogue: &'a Catalogue,
    links: &'a BTreeMap<String, LinkRecord>,
    absence_believed: bool,
    /// What may have been given although nobody heard the answer.
    maybe: &'a BTreeMap<String, Maybe>,
    now: DateTime<Utc>,
}

impl Grants<'_> {
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
                None => self.explained(fresh, writes),
            };
            if known.get(&key).is_none_or(|old| **old != record) {
                writes.extend(record.identity.as_deref().map(|identity| due(identity, self.now)));
                writes.push(Write::Held { held: record, at: self.now });
            }
            seen.insert(key);
        }
        if self.absence_believed {
            let lost = held.iter().filter(|record| !seen.contains(&key(record)));
            for record in lost {
                writes.extend(record.identity.as_deref().map(|identity| due(identity, self.now)));
                writes.push(Write::Lost { held: record.clone(), at: self.now });
            }
        }
        seen.len()
    }

    /// Says why something is held that was given without an answer.
    fn explained(&self, fresh: HeldRecord, writes: &mut Vec<Write>) -> HeldRecord {
        let entitlement = EntitlementRef::new(fresh.kind.as_str(), fresh.value.as_str());
        let display = self.catalogue.display(&entitlement).flatten();
        let named = display.map(|display| EntitlementRef::new(fresh.kind.as_str(), display));
        let Some(identity) = &fresh.identity else { return fresh };
        for found in [Some(entitlement.clone()), named].into_iter().flatten() {
            let key = Maybe::key(self.target, identity, &found);
            if let Some(maybe) = self.maybe.get(&key) {
                writes.push(Write::Value { key, value: Value::Null });
                return HeldRecord { named: maybe.named.clone(), origins: maybe.origins.clone(), ..fresh };
            }
        }
        fresh
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
