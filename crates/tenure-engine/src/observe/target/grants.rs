//! What the accounts of a target hold, compared page by page with what is stored of it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tenure_connector::entitlement::GrantRecord;
use tenure_connector::{Connector, Context, EntitlementRef, Object, ObjectClass};
use tenure_policy::TargetId;
use tenure_store::{HeldRecord, LinkRecord, Lookup, PageRequest, Print, ToldHeld, ToldRecord, Write};

use super::PRINCIPAL;
use crate::observe::print::{self, Noted};
use crate::observe::record::Recorder;
use crate::observe::seen::Seen;
use crate::observe::trail::{Leg, Trail};
use crate::observe::walk::{Next, Walker};
use crate::planner::outlook::due;
use crate::world::load::decode;
use crate::world::{Catalogue, Maybe};
use crate::{Engine, Result};

/// What how many accounts hold is read in one go.
const PAGE: usize = 2_000;

/// How much may be known of what was told of things that are not held any more.
const MOST_STALE: usize = 8;

type HeldKey = (String, String, String);
/// By account.
type TheirHeld = BTreeMap<String, Vec<ToldHeld>>;

/// A comparison of what is held with what was known to be held.
pub(super) struct Grants<'a> {
    engine: &'a Engine,
    target: &'a TargetId,
    catalogue: &'a Catalogue,
    /// What may have been given although nobody heard the answer.
    maybe: BTreeMap<String, Maybe>,
    seen: Seen,
    /// The end of the audit chain before the target was asked.
    audit: u64,
    noted: Noted,
    now: DateTime<Utc>,
}

/// What is new or different on a page, as far as the words of the target tell.
#[derive(Debug, Default)]
struct News {
    grants: Vec<(GrantRecord, Print)>,
    /// Of how much of what each account holds it is known how it was told, and how often what is stored of it was written.
    known: BTreeMap<String, (usize, u64)>,
}

impl<'a> Grants<'a> {
    pub(super) async fn new(
        engine: &'a Engine,
        target: &'a TargetId,
        catalogue: &'a Catalogue,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let found = engine.store.values(&Maybe::prefix(target)).await?;
        let maybe = found.into_iter().map(|(key, value)| Ok((key, decode("doubtful grant", value)?)));
        Ok(Self {
            engine,
            target,
            catalogue,
            maybe: maybe.collect::<Result<_>>()?,
            seen: Seen::default(),
            audit: engine.store.audit_head().await?.seq,
            noted: Noted::default(),
            now,
        })
    }

    /// Walks over everything that is held. Returns why absence may not be believed.
    pub(super) async fn walk(
        &mut self,
        connector: &dyn Connector,
        ctx: &Context,
        recorder: &mut Recorder<'_>,
        mut trail: Option<&mut Trail<'_>>,
    ) -> Result<Option<String>> {
        let mut walker = Walker::new(connector, self.target.as_str(), ctx, &ObjectClass::GRANT);
        if let Some(trail) = &mut trail {
            (self.seen, _) = trail.go_on(Leg::Grants, &mut walker).await?;
        }
        loop {
            self.audit = self.engine.store.audit_head().await?.seq;
            match walker.next().await? {
                Next::Page(items) => {
                    self.take(&items, recorder).await?;
                    if let Some(trail) = &mut trail {
                        trail.page(&walker, &self.seen, "", recorder).await?;
                    }
                }
                Next::Again => {
                    self.seen.clear();
                    if let Some(trail) = &mut trail {
                        trail.again().await?;
                    }
                }
                Next::End => return Ok(walker.doubt),
            }
        }
    }

    /// How much was seen to be held.
    pub(super) fn count(&mut self) -> usize {
        self.seen.count()
    }

    /// Compares a part of what is held.
    pub(super) async fn take(&mut self, items: &[Object], recorder: &mut Recorder<'_>) -> Result<()> {
        let news = self.news(items).await?;
        if news.grants.is_empty() {
            return Ok(());
        }
        let principals: BTreeSet<String> =
            news.grants.iter().map(|(grant, _)| grant.principal.clone()).collect();
        let found = self.engine.store.look_up(&self.lookup(principals)).await?;
        let links = found.links.into_iter().filter(LinkRecord::is_live);
        let links: BTreeMap<String, LinkRecord> = links.map(|link| (link.account.clone(), link)).collect();
        let known: BTreeMap<HeldKey, &HeldRecord> =
            found.held.iter().map(|record| (key(record), record)).collect();
        self.noted.begin(recorder.is_empty());
        let mut told = TheirHeld::new();
        for (grant, content) in news.grants {
            let fresh = self.fresh(grant, &links);
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
                None => self.explained(fresh, recorder),
            };
            self.note(&record, content, &mut told);
            if known.get(&key).is_none_or(|old| **old != record) {
                if let Some(identity) = &record.identity {
                    recorder.push(due(identity, self.now));
                }
                recorder.push(Write::Held { held: record, at: self.now });
            }
        }
        for (account, held) in told.into_iter().filter(|(_, held)| !held.is_empty()) {
            let (before, marks) = news.known.get(&account).copied().unwrap_or_default();
            let theirs = known.range((account.clone(), String::new(), String::new())..);
            let stored = theirs.take_while(|(key, _)| key.0 == account).count();
            recorder.push(Write::Told(ToldRecord {
                target: self.target.to_string(),
                object: None,
                // What is told in other words each time would pile up.
                adds: before + held.len() <= 2 * stored + MOST_STALE,
                held,
                audit: self.audit,
                marks,
                account,
            }));
        }
        recorder.pause().await
    }

    /// Leaves out what the target told before in the same words: it was seen, and nothing has to be read of it.
    async fn news(&mut self, items: &[Object]) -> Result<News> {
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut accounts: Vec<String> = Vec::new();
        let mut whose = Vec::with_capacity(items.len());
        let mut last: Option<(&str, usize)> = None;
        for item in items {
            let principal = item.resource.text(PRINCIPAL).unwrap_or_default();
            let place = match last.filter(|(account, _)| *account == principal) {
                Some((_, place)) => place,
                None => *places.entry(principal).or_insert_with(|| {
                    accounts.push(principal.to_owned());
                    accounts.len() - 1
                }),
            };
            last = Some((principal, place));
            whose.push(place);
        }
        let mut told = self.engine.store.told(self.target.as_str(), accounts).await?;
        told.iter_mut().for_each(|told| told.held.sort_unstable());
        let mut news = News::default();
        for (item, place) in items.iter().zip(whose) {
            let content = print::grant(item);
            let (held, marks) =
                told.get(place).map(|told| (told.held.as_slice(), told.marks)).unwrap_or_default();
            let found = held.binary_search_by_key(&content, |held| held.content);
            if let Some(known) = found.ok().and_then(|at| held.get(at)) {
                self.seen.add_known(known.key);
            } else if let Ok(grant) = GrantRecord::try_from(&item.resource) {
                news.known.entry(grant.principal.clone()).or_insert((held.len(), marks));
                news.grants.push((grant, content));
            }
        }
        Ok(news)
    }

    /// Records that what was not seen is not held any more, of some accounts.
    pub(super) async fn forget_of(&mut self, accounts: &[String], recorder: &mut Recorder<'_>) -> Result<()> {
        let held = self.engine.store.look_up(&self.lookup(accounts.iter().cloned())).await?.held;
        self.forget(held, recorder);
        Ok(())
    }

    /// The same of all accounts.
    pub(super) async fn forget_unseen(&mut self, recorder: &mut Recorder<'_>) -> Result<()> {
        recorder.commit().await?;
        // Everything that was seen is stored now.
        if self.engine.store.count_held(self.target.as_str()).await? == self.seen.count() as u64 {
            return Ok(());
        }
        let mut page = PageRequest::first(PAGE);
        loop {
            let held = self.engine.store.held_by(self.target.as_str(), &page).await?;
            let Some(last) = held.last() else { return recorder.commit().await };
            page = PageRequest::after(last.account.clone(), PAGE);
            self.forget(held, recorder);
            recorder.pause().await?;
        }
    }

    fn forget(&mut self, held: Vec<HeldRecord>, recorder: &mut Recorder<'_>) {
        for record in held {
            if self.seen.contains(&[&record.account, &record.kind, &record.value]) {
                continue;
            }
            if let Some(identity) = &record.identity {
                recorder.push(due(identity, self.now));
            }
            recorder.push(Write::Lost { held: record, at: self.now });
        }
    }

    fn lookup(&self, accounts: impl IntoIterator<Item = String>) -> Lookup {
        Lookup {
            target: self.target.to_string(),
            accounts: accounts.into_iter().collect(),
            without_accounts: true,
            ..Lookup::default()
        }
    }

    fn note(&mut self, record: &HeldRecord, content: Print, told: &mut TheirHeld) {
        let key = Seen::key(&[&record.account, &record.kind, &record.value]);
        self.seen.add_known(key);
        let theirs = told.entry(record.account.clone()).or_default();
        match self.noted.is_new(key) {
            true => theirs.push(ToldHeld { content, key }),
            false => theirs.retain(|other| other.key != key || other.content == content),
        }
    }

    /// Says why something is held that was given without an answer.
    fn explained(&self, fresh: HeldRecord, recorder: &mut Recorder<'_>) -> HeldRecord {
        let entitlement = EntitlementRef::new(fresh.kind.as_str(), fresh.value.as_str());
        let display = self.catalogue.display(&entitlement).flatten();
        let named = display.map(|display| EntitlementRef::new(fresh.kind.as_str(), display));
        let Some(identity) = &fresh.identity else { return fresh };
        for found in [Some(entitlement.clone()), named].into_iter().flatten() {
            let key = Maybe::key(self.target, identity, &found);
            if let Some(maybe) = self.maybe.get(&key) {
                recorder.push(Write::Value { key, value: Value::Null });
                return HeldRecord { named: maybe.named.clone(), origins: maybe.origins.clone(), ..fresh };
            }
        }
        fresh
    }

    fn fresh(&self, grant: GrantRecord, links: &BTreeMap<String, LinkRecord>) -> HeldRecord {
        HeldRecord {
            target: self.target.to_string(),
            identity: links.get(&grant.principal).map(|link| link.identity.clone()),
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
