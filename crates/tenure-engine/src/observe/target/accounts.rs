//! The accounts of a target, compared page by page with what is stored of them.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tenure_connector::{Connector, Context, Object};
use tenure_policy::TargetId;
use tenure_store::{
    AccountRecord, LinkRecord, Lookup, PageRequest, Print, Told, ToldRecord, Write, sha256_hex,
};

use crate::observe::print::{self, Noted};
use crate::observe::record::Recorder;
use crate::observe::seen::Seen;
use crate::observe::trail::{Accounts, Leg, Trail};
use crate::observe::walk::{Next, Walker};
use crate::planner::outlook::{EVERYBODY, due};
use crate::{Engine, Result};

/// How many ids of the store are looked through in one go.
const PAGE: usize = 5_000;

/// Walks over all accounts, records those that are new or different, and forgets those that are gone where that may be
/// believed.
pub(super) async fn look(
    engine: &Engine,
    target: &TargetId,
    connector: &dyn Connector,
    ctx: &Context,
    now: DateTime<Utc>,
    recorder: &mut Recorder<'_>,
    trail: &mut Trail<'_>,
) -> Result<Accounts> {
    if let Some(accounts) = trail.accounts() {
        return Ok(accounts);
    }
    let before = engine.store.count_accounts(target.as_str()).await?;
    let mut walker = Walker::new(connector, target.as_str(), ctx, &engine.account_class(target));
    let (mut seen, mut digest) = trail.go_on(Leg::Accounts, &mut walker).await?;
    let mut noted = Noted::default();
    loop {
        let audit = engine.store.audit_head().await?.seq;
        let items = match walker.next().await? {
            Next::Page(items) => items,
            Next::Again => {
                trail.again().await?;
                seen.clear();
                digest.clear();
                continue;
            }
            Next::End => break,
        };
        // Each page's digest is over those before it, so that one can go on with it.
        let mut page = Sha256::new_with_prefix(&digest);
        let mut prints = Vec::with_capacity(items.len());
        for item in &items {
            let print = print::account(item);
            seen.add(&[&item.object.id]);
            page.update(print.0.to_be_bytes());
            prints.push(print);
        }
        digest = sha256_hex(&page.finalize());
        let news = News { target, audit, now };
        news.record(engine, items.iter().zip(prints).collect(), &mut noted, recorder).await?;
        recorder.pause().await?;
        trail.page(&walker, &seen, &digest, recorder).await?;
    }
    recorder.commit().await?;
    let (count, mut doubt) = (seen.count(), walker.doubt);
    // Everything that was seen is stored now; what is stored besides was not seen.
    let absent = engine.store.count_accounts(target.as_str()).await?.saturating_sub(count as u64);
    judge(engine, target, before, count, absent, &mut doubt);
    let mut gone = 0;
    if doubt.is_none() && absent > 0 {
        gone = forget_absent(engine, target, &mut seen, now, recorder).await?;
    }
    let accounts = Accounts { count, gone, digest, doubt };
    trail.ended(&accounts).await?;
    Ok(accounts)
}

/// A page of accounts.
struct News<'t> {
    target: &'t TargetId,
    /// The end of the audit chain before the page was asked for.
    audit: u64,
    now: DateTime<Utc>,
}

impl News<'_> {
    /// Records what is new or different. What the target told before in the same words is not looked at any further.
    async fn record(
        &self,
        engine: &Engine,
        items: Vec<(&Object, Print)>,
        noted: &mut Noted,
        recorder: &mut Recorder<'_>,
    ) -> Result<()> {
        noted.begin(recorder.is_empty());
        let ids = items.iter().map(|(item, _)| item.object.id.clone()).collect();
        let told = engine.store.told(self.target.as_str(), ids).await?;
        let new = |(told, (item, print)): (Told, (_, Print))| {
            (told.object != Some(print)).then_some((item, print, told.marks))
        };
        let items: Vec<(&Object, Print, u64)> = told.into_iter().zip(items).filter_map(new).collect();
        if items.is_empty() {
            return Ok(());
        }
        let records = items.iter().map(|(item, ..)| account_record(self.target, item, self.now)).collect();
        let changed = engine.store.changed_accounts(records).await?;
        record_changed(engine, self.target, changed, self.now, recorder).await?;
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        items.iter().for_each(|(item, ..)| *times.entry(&item.object.id).or_default() += 1);
        for (item, print, marks) in items {
            let id = item.object.id.as_str();
            if !noted.is_new(Seen::key(&[id])) || times.get(id) != Some(&1) {
                continue;
            }
            recorder.push(Write::Told(ToldRecord {
                target: self.target.to_string(),
                account: id.to_owned(),
                object: Some(print),
                held: Vec::new(),
                adds: true,
                audit: self.audit,
                marks,
            }));
        }
        Ok(())
    }
}

fn judge(
    engine: &Engine,
    target: &TargetId,
    before: u64,
    seen: usize,
    absent: u64,
    doubt: &mut Option<String>,
) {
    let options = engine.options(target);
    let empty = seen == 0 && before > 1;
    let short =
        absent > options.shrink_least as u64 && absent * 100 > before * u64::from(options.shrink_percent);
    if empty || short {
        doubt.get_or_insert_with(|| format!("{absent} of {before} accounts are gone at once"));
    }
}

async fn record_changed(
    engine: &Engine,
    target: &TargetId,
    changed: Vec<AccountRecord>,
    now: DateTime<Utc>,
    recorder: &mut Recorder<'_>,
) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let links = links_of(engine, target, changed.iter().map(|record| record.id.clone())).await?;
    for record in changed {
        recorder.push(due(concerned(&links, &record.id), now));
        recorder.push(Write::Account(record));
    }
    Ok(())
}

/// Forgets what is stored and was not seen. Returns how many of those accounts were somebody's.
async fn forget_absent(
    engine: &Engine,
    target: &TargetId,
    seen: &mut Seen,
    now: DateTime<Utc>,
    recorder: &mut Recorder<'_>,
) -> Result<usize> {
    let mut gone = 0;
    let mut page = PageRequest::first(PAGE);
    loop {
        let mut ids = engine.store.account_ids(target.as_str(), &page).await?;
        let Some(last) = ids.last() else { break };
        page = PageRequest::after(last.clone(), PAGE);
        ids.retain(|id| !seen.contains(&[id]));
        let links = links_of(engine, target, ids.iter().cloned()).await?;
        gone += links.len();
        for account in ids {
            if let Some(link) = links.get(&account) {
                recorder.push(due(&link.identity, now));
            }
            recorder.push(Write::ForgetAccount { target: target.to_string(), account });
        }
        recorder.pause().await?;
    }
    recorder.commit().await?;
    Ok(gone)
}

/// Records accounts of which it is known that they are new or different, and those that are gone.
pub(super) async fn follow(
    engine: &Engine,
    target: &TargetId,
    changed: Vec<AccountRecord>,
    gone: &[String],
    now: DateTime<Utc>,
    recorder: &mut Recorder<'_>,
) -> Result<()> {
    record_changed(engine, target, engine.store.changed_accounts(changed).await?, now, recorder).await?;
    let links = links_of(engine, target, gone.iter().cloned()).await?;
    for account in gone {
        if engine.store.account(target.as_str(), account).await?.is_some() {
            if let Some(link) = links.get(account) {
                recorder.push(due(&link.identity, now));
            }
            recorder.push(Write::ForgetAccount { target: target.to_string(), account: account.clone() });
        }
    }
    Ok(())
}

/// Whom a new or different account concerns: who has it, or anybody whose it may be.
fn concerned<'l>(links: &'l BTreeMap<String, LinkRecord>, account: &str) -> &'l str {
    links.get(account).map_or(EVERYBODY, |link| link.identity.as_str())
}

/// The live links of some accounts.
async fn links_of(
    engine: &Engine,
    target: &TargetId,
    accounts: impl Iterator<Item = String>,
) -> Result<BTreeMap<String, LinkRecord>> {
    let accounts: Vec<String> = accounts.collect();
    if accounts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let lookup = Lookup { target: target.to_string(), accounts, without_accounts: true, ..Lookup::default() };
    let links = engine.store.look_up(&lookup).await?.links;
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
