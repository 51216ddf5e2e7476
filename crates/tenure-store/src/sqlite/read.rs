use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Params, params};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::SqliteStore;
use super::error::SqlResult;
use super::write::audit_head;
use super::{glance, known, lookup, outlook, staged, told, unlinked, works};
use crate::row::{self, decode, doc, limit, micros};
use crate::rules::{self, HeldEvent, Lease};
use crate::{
    AccountRecord, ApprovalRecord, AsOf, AuditHead, AuditRecord, Batch, Claim, Glance, GrantRecord,
    HeldRecord, IdentityRecord, JournalEntry, Known, KnownTexts, LinkRecord, Lookup, NameRecord,
    OutlookRecord, PageRequest, PlanHead, PlanRecord, Result, Select, SnapshotRecord, StagedRow, Store,
    Surroundings, Take, TaskRecord, Ticket, Told, Whom, WorkCount,
};

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, batch: Batch) -> Result<()> {
        self.write(batch).await
    }

    async fn identities(&self, page: &PageRequest) -> Result<Vec<IdentityRecord>> {
        let (after, limit) = (page.after.clone(), limit(page.limit));
        self.query(move |db| {
            let sql = "SELECT doc FROM identity WHERE ?1 IS NULL OR id > ?1 ORDER BY id LIMIT ?2";
            many(db, sql, params![after, limit], "identity")
        })
        .await
    }

    async fn identity(&self, id: &str) -> Result<Option<IdentityRecord>> {
        let id = id.to_owned();
        self.query(move |db| one(db, "SELECT doc FROM identity WHERE id = ?1", [id], "identity")).await
    }

    async fn identity_as_of(&self, id: &str, when: &AsOf) -> Result<Option<IdentityRecord>> {
        let (id, when) = (id.to_owned(), *when);
        self.query(move |db| {
            let sql = "SELECT doc FROM identity_history WHERE id = ?1 ORDER BY seq";
            Ok(rules::identity_as_of(many(db, sql, [id], "identity")?, &when))
        })
        .await
    }

    async fn identities_of(&self, ids: &[String]) -> Result<Vec<IdentityRecord>> {
        let ids = doc(&ids)?;
        self.query(move |db| {
            let sql = "SELECT doc FROM identity WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id";
            many(db, sql, [ids], "identity")
        })
        .await
    }

    async fn workloads(&self, page: &PageRequest) -> Result<Vec<IdentityRecord>> {
        let page = page.clone();
        self.query(move |db| glance::workloads(db, &page)).await
    }

    async fn glance(&self, page: &PageRequest) -> Result<Glance> {
        let page = page.clone();
        self.query_together(move |db| glance::glance(db, &page)).await
    }

    async fn outlooks(&self, page: &PageRequest) -> Result<Vec<OutlookRecord>> {
        let page = page.clone();
        self.query(move |db| outlook::all(db, &page)).await
    }

    async fn outlooks_of(&self, ids: &[String]) -> Result<Vec<OutlookRecord>> {
        let ids = ids.to_vec();
        self.query(move |db| outlook::of(db, &ids)).await
    }

    async fn due(&self, by: DateTime<Utc>, page: &PageRequest) -> Result<Vec<OutlookRecord>> {
        let page = page.clone();
        self.query(move |db| outlook::until(db, by, &page)).await
    }

    async fn next_due(&self, after: DateTime<Utc>, except: &[String]) -> Result<Option<DateTime<Utc>>> {
        let except = except.to_vec();
        self.query(move |db| outlook::next(db, after, &except)).await
    }

    async fn dependants(&self, on: &[String]) -> Result<Vec<String>> {
        let on = on.to_vec();
        self.query(move |db| outlook::dependants(db, &on)).await
    }

    async fn unlinked(&self, target: &str, page: &PageRequest) -> Result<Vec<AccountRecord>> {
        let (target, page) = (target.to_owned(), page.clone());
        self.query(move |db| unlinked::page(db, &target, &page)).await
    }

    async fn count_accounts(&self, target: &str) -> Result<u64> {
        let target = target.to_owned();
        self.query(move |db| {
            let count: Option<i64> = db
                .prepare_cached("SELECT accounts FROM account_count WHERE target = ?1")?
                .query_row([target], |row| row.get(0))
                .optional()?;
            Ok(count.unwrap_or_default().cast_unsigned())
        })
        .await
    }

    async fn accounts(&self, target: &str, page: &PageRequest) -> Result<Vec<AccountRecord>> {
        let (target, after, limit) = (target.to_owned(), page.after.clone(), limit(page.limit));
        self.query(move |db| {
            let sql = "SELECT doc FROM account WHERE target = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
            many(db, sql, params![target, after.unwrap_or_default(), limit], "account")
        })
        .await
    }

    async fn account(&self, target: &str, id: &str) -> Result<Option<AccountRecord>> {
        let key = [target.to_owned(), id.to_owned()];
        self.query(move |db| one(db, "SELECT doc FROM account WHERE target = ?1 AND id = ?2", key, "account"))
            .await
    }

    async fn count_unlinked(&self, target: &str) -> Result<u64> {
        let target = target.to_owned();
        self.query(move |db| unlinked::count(db, &target)).await
    }

    async fn changed_accounts(&self, accounts: Vec<AccountRecord>) -> Result<Vec<AccountRecord>> {
        self.query_together(move |db| known::changed_accounts(db, accounts)).await
    }

    async fn told(&self, target: &str, accounts: Vec<String>) -> Result<Vec<Told>> {
        let target = target.to_owned();
        self.query_together(move |db| told::read(db, &target, &accounts)).await
    }

    async fn account_ids(&self, target: &str, page: &PageRequest) -> Result<Vec<String>> {
        let (target, page) = (target.to_owned(), page.clone());
        self.query(move |db| known::account_ids(db, &target, &page)).await
    }

    async fn links(&self, select: &Select) -> Result<Vec<LinkRecord>> {
        self.select(select, "link", "identity", "target", "target, account").await
    }

    async fn grants(&self, select: &Select) -> Result<Vec<GrantRecord>> {
        if matches!(select, Select::Target(_)) {
            return Ok(Vec::new());
        }
        self.select(select, "explicit_grant", "identity", "identity", "id").await
    }

    async fn grant(&self, id: &str) -> Result<Option<GrantRecord>> {
        let id = id.to_owned();
        self.query(move |db| one(db, "SELECT doc FROM explicit_grant WHERE id = ?1", [id], "grant")).await
    }

    async fn held(&self, select: &Select) -> Result<Vec<HeldRecord>> {
        self.select(select, "held", "identity", "target", "target, account, kind, value").await
    }

    async fn count_held(&self, target: &str) -> Result<u64> {
        let target = target.to_owned();
        self.query(move |db| known::count(db, "SELECT count(*) FROM held WHERE target = ?1", &target)).await
    }

    async fn held_by(&self, target: &str, page: &PageRequest) -> Result<Vec<HeldRecord>> {
        let (target, page) = (target.to_owned(), page.clone());
        self.query(move |db| known::held_by(db, &target, &page)).await
    }

    async fn held_as_of(&self, identity: &str, when: &AsOf) -> Result<Vec<HeldRecord>> {
        let (identity, when) = (identity.to_owned(), *when);
        self.query(move |db| Ok(rules::held_as_of(held_events(db, &identity)?, &when))).await
    }

    async fn name(&self, space: &str, key: &str) -> Result<Option<NameRecord>> {
        let key = [space.to_owned(), key.to_owned()];
        self.query(move |db| one(db, "SELECT doc FROM name WHERE space = ?1 AND key = ?2", key, "name")).await
    }

    async fn names_among(&self, names: &[(String, String)]) -> Result<Vec<NameRecord>> {
        let names = names.to_vec();
        self.query(move |db| {
            let sql = "SELECT doc FROM name WHERE space = ?1 AND key = ?2";
            let found =
                names.iter().filter_map(|(space, key)| one(db, sql, [space, key], "name").transpose());
            found.collect()
        })
        .await
    }

    async fn names(&self, select: &Select) -> Result<Vec<NameRecord>> {
        match select {
            Select::Target(target) => {
                let prefix = format!("{target}/");
                self.query(move |db| {
                    let sql =
                        "SELECT doc FROM name WHERE substr(space, 1, length(?1)) = ?1 ORDER BY space, key";
                    many(db, sql, [prefix], "name")
                })
                .await
            }
            other => self.select(other, "name", "identity", "identity", "space, key").await,
        }
    }

    async fn plan(&self, hash: &str) -> Result<Option<PlanRecord>> {
        let hash = hash.to_owned();
        self.query(move |db| {
            let mut statement = db.prepare_cached("SELECT doc, status FROM plan WHERE hash = ?1")?;
            let mut rows = statement.query([hash])?;
            let Some(found) = rows.next()? else { return Ok(None) };
            let status: String = found.get(1)?;
            Ok(Some(row::plan(found.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?, &status)?))
        })
        .await
    }

    async fn plan_head(&self, hash: &str) -> Result<Option<PlanHead>> {
        let hash = hash.to_owned();
        let sql = "SELECT hash, created, status FROM plan WHERE hash = ?1";
        self.query(move |db| Ok(heads(db, sql, [hash])?.pop())).await
    }

    async fn unfinished_plans(&self) -> Result<Vec<PlanHead>> {
        let sql = "SELECT hash, created, status FROM plan
            WHERE status IN ('applying', 'queueing', 'queued') ORDER BY created, hash";
        self.query(move |db| heads(db, sql, [])).await
    }

    async fn journal(&self, plan: &str) -> Result<Vec<JournalEntry>> {
        let plan = plan.to_owned();
        self.query(move |db| {
            many(db, "SELECT doc FROM journal WHERE plan = ?1 ORDER BY seq", [plan], "journal entry")
        })
        .await
    }

    async fn guard_count(&self, target: &str, operation: &str, after: DateTime<Utc>) -> Result<u64> {
        let (target, operation) = (target.to_owned(), operation.to_owned());
        self.query(move |db| {
            let sql =
                "SELECT coalesce(sum(count), 0) FROM guard WHERE target = ?1 AND operation = ?2 AND at > ?3";
            let sum: i64 = db
                .prepare_cached(sql)?
                .query_row(params![target, operation, micros(after)], |row| row.get(0))?;
            Ok(sum.cast_unsigned())
        })
        .await
    }

    async fn approvals(&self, plan: &str) -> Result<Vec<ApprovalRecord>> {
        let plan = plan.to_owned();
        self.query(move |db| {
            many(db, "SELECT doc FROM approval WHERE plan = ?1 ORDER BY seq", [plan], "approval")
        })
        .await
    }

    async fn tasks(&self, select: &Select) -> Result<Vec<TaskRecord>> {
        self.select(select, "task", "identity", "target", "id").await
    }

    async fn snapshot(&self, scope: &str) -> Result<Option<SnapshotRecord>> {
        let scope = scope.to_owned();
        self.query(move |db| {
            one(
                db,
                "SELECT doc FROM snapshot WHERE scope = ?1 ORDER BY seq DESC LIMIT 1",
                [scope],
                "snapshot",
            )
        })
        .await
    }

    async fn staged(&self, area: &str, page: &PageRequest) -> Result<Vec<StagedRow>> {
        let (area, page) = (area.to_owned(), page.clone());
        self.query(move |db| staged::read(db, &area, &page)).await
    }

    async fn value(&self, key: &str) -> Result<Option<Value>> {
        let key = key.to_owned();
        self.query(move |db| one(db, "SELECT doc FROM value WHERE key = ?1", [key], "value")).await
    }

    async fn values(&self, prefix: &str) -> Result<Vec<(String, Value)>> {
        let prefix = prefix.to_owned();
        self.query(move |db| {
            let sql = "SELECT key, doc FROM value WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key";
            let mut statement = db.prepare_cached(sql)?;
            let mut rows = statement.query([prefix])?;
            let mut values = Vec::new();
            while let Some(row) = rows.next()? {
                let text: String = row.get(1)?;
                values.push((row.get(0)?, decode(&text, "value")?));
            }
            Ok(values)
        })
        .await
    }

    async fn audit(&self, after: u64, limit_to: usize) -> Result<Vec<AuditRecord>> {
        let values = params_u64(after, limit_to);
        self.query(move |db| {
            many(db, "SELECT doc FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2", values, "audit record")
        })
        .await
    }

    async fn audit_head(&self) -> Result<AuditHead> {
        self.query(audit_head).await
    }

    async fn check_queue(&self) -> Result<()> {
        Ok(())
    }

    async fn take(&self, ask: &Take) -> Result<Vec<Claim>> {
        let ask = ask.clone();
        self.change(move |db| works::take(db, &ask)).await
    }

    async fn keep(&self, tickets: &[Ticket], now: DateTime<Utc>, lease: TimeDelta) -> Result<Vec<Ticket>> {
        let tickets = tickets.to_vec();
        self.change(move |db| works::keep(db, &tickets, now, lease)).await
    }

    async fn has_work(&self, run: &str) -> Result<bool> {
        let run = run.to_owned();
        self.query(move |db| works::any(db, &run)).await
    }

    async fn count_works(&self, run: &str) -> Result<WorkCount> {
        let run = run.to_owned();
        self.query(move |db| works::count(db, &run)).await
    }

    async fn ended_works(&self, run: &str) -> Result<Vec<(String, String)>> {
        let run = run.to_owned();
        self.query(move |db| works::ended(db, &run)).await
    }

    async fn known_of(&self, whom: &Whom) -> Result<Known> {
        let whom = whom.clone();
        self.query_together(move |db| known::known_of(db, &whom)).await
    }

    async fn known_texts(&self, ids: &[String]) -> Result<KnownTexts> {
        let ids = ids.to_vec();
        self.query_together(move |db| known::known_texts(db, &ids)).await
    }

    async fn look_up(&self, lookup: &Lookup) -> Result<Surroundings> {
        let lookup = lookup.clone();
        self.query_together(move |db| lookup::look_up(db, &lookup)).await
    }
}

impl SqliteStore {
    /// Table and column names are literals of this file, never input.
    async fn select<T: DeserializeOwned + Send + 'static>(
        &self,
        select: &Select,
        table: &'static str,
        identity: &'static str,
        target: &'static str,
        order: &'static str,
    ) -> Result<Vec<T>> {
        let (clause, value) = match select {
            Select::All => (String::new(), None),
            Select::Identity(id) => (format!("WHERE {identity} = ?1"), Some(id.clone())),
            Select::Identities(ids) => {
                (format!("WHERE {identity} IN (SELECT value FROM json_each(?1))"), Some(doc(ids)?))
            }
            Select::Target(id) => (format!("WHERE {target} = ?1"), Some(id.clone())),
        };
        let sql = format!("SELECT doc FROM {table} {clause} ORDER BY {order}");
        self.query(move |db| many(db, &sql, rusqlite::params_from_iter(value), table)).await
    }
}

pub(super) fn lease(db: &Connection, name: &str) -> SqlResult<Option<Lease>> {
    let row: Option<(String, String)> = db
        .prepare_cached("SELECT holder, until FROM lease WHERE name = ?1")?
        .query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(row.map(|(holder, until)| row::lease(holder, &until)).transpose()?)
}

pub(super) fn one<T: DeserializeOwned>(
    db: &Connection,
    sql: &str,
    values: impl Params,
    what: &'static str,
) -> SqlResult<Option<T>> {
    let text: Option<String> = db.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?;
    Ok(text.map(|text| decode(&text, what)).transpose()?)
}

fn heads(db: &Connection, sql: &str, values: impl Params) -> SqlResult<Vec<PlanHead>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut heads = Vec::new();
    while let Some(found) = rows.next()? {
        let status: String = found.get(2)?;
        heads.push(row::plan_head(found.get(0)?, found.get(1)?, &status)?);
    }
    Ok(heads)
}

pub(super) fn many<T: DeserializeOwned>(
    db: &Connection,
    sql: &str,
    values: impl Params,
    what: &'static str,
) -> SqlResult<Vec<T>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(decode(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?, what)?);
    }
    Ok(records)
}

fn held_events(db: &Connection, identity: &str) -> SqlResult<Vec<HeldEvent>> {
    let sql = "SELECT doc, effective, recorded, lost FROM held_history WHERE identity = ?1 ORDER BY seq";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([identity])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        events.push(row::held_event(&text, row.get(1)?, row.get(2)?, row.get(3)?)?);
    }
    Ok(events)
}

fn params_u64(after: u64, limit_to: usize) -> [i64; 2] {
    [i64::try_from(after).unwrap_or(i64::MAX), limit(limit_to)]
}
