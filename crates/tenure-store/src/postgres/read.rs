use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use deadpool_postgres::{GenericClient, Object, Transaction};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_postgres::IsolationLevel;
use tokio_postgres::types::ToSql;

use super::PostgresStore;
use super::error::{Failure, SqlResult};
use super::write::rows;
use super::{glance, known, lookup, outlook, staged, told, works};
use crate::row::{self, decode, limit, micros};
use crate::rules::{self, HeldEvent, Lease};
use crate::{
    AccountRecord, ApprovalRecord, AsOf, AuditHead, AuditRecord, Batch, Claim, Glance, GrantRecord,
    HeldRecord, IdentityRecord, JournalEntry, Known, KnownTexts, LinkRecord, Lookup, NameRecord,
    OutlookRecord, PageRequest, PlanHead, PlanRecord, Result, Select, SnapshotRecord, StagedRow, Store,
    Surroundings, Take, TaskRecord, Ticket, Told, Whom, WorkCount,
};

pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

#[async_trait]
impl Store for PostgresStore {
    async fn commit(&self, batch: Batch) -> Result<()> {
        self.writer.commit(batch).await
    }

    async fn identities(&self, page: &PageRequest) -> Result<Vec<IdentityRecord>> {
        let sql = "SELECT doc FROM identity WHERE $1::text IS NULL OR id > $1 ORDER BY id LIMIT $2";
        self.list(sql, &[&page.after, &limit(page.limit)], "identity").await
    }

    async fn identity(&self, id: &str) -> Result<Option<IdentityRecord>> {
        self.find("SELECT doc FROM identity WHERE id = $1", &[&id], "identity").await
    }

    async fn identity_as_of(&self, id: &str, when: &AsOf) -> Result<Option<IdentityRecord>> {
        let sql = "SELECT doc FROM identity_history WHERE id = $1 ORDER BY seq";
        Ok(rules::identity_as_of(self.list(sql, &[&id], "identity").await?, when))
    }

    async fn identities_of(&self, ids: &[String]) -> Result<Vec<IdentityRecord>> {
        self.list("SELECT doc FROM identity WHERE id = ANY($1) ORDER BY id", &[&ids], "identity").await
    }

    async fn workloads(&self, page: &PageRequest) -> Result<Vec<IdentityRecord>> {
        let work = async { glance::workloads(&self.client().await?, page).await };
        work.await.map_err(|failure| failure.0)
    }

    async fn glance(&self, page: &PageRequest) -> Result<Glance> {
        let work = async {
            let mut client = self.client().await?;
            let transaction = together(&mut client).await?;
            let found = glance::glance(&transaction, page).await?;
            transaction.commit().await?;
            Ok(found)
        };
        work.await.map_err(|failure: Failure| failure.0)
    }

    async fn outlooks(&self, page: &PageRequest) -> Result<Vec<OutlookRecord>> {
        let work = async { outlook::all(&self.client().await?, page).await };
        work.await.map_err(|failure| failure.0)
    }

    async fn outlooks_of(&self, ids: &[String]) -> Result<Vec<OutlookRecord>> {
        let work = async { outlook::of(&self.client().await?, ids).await };
        work.await.map_err(|failure| failure.0)
    }

    async fn due(&self, by: DateTime<Utc>, page: &PageRequest) -> Result<Vec<OutlookRecord>> {
        let work = async { outlook::until(&self.client().await?, by, page).await };
        work.await.map_err(|failure| failure.0)
    }

    async fn next_due(&self, after: DateTime<Utc>, except: &[String]) -> Result<Option<DateTime<Utc>>> {
        let work = async { outlook::next(&self.client().await?, after, except).await };
        work.await.map_err(|failure| failure.0)
    }

    async fn dependants(&self, on: &[String]) -> Result<Vec<String>> {
        let work = async { outlook::dependants(&self.client().await?, on).await };
        work.await.map_err(|failure| failure.0)
    }

    async fn unlinked(&self, target: &str, page: &PageRequest) -> Result<Vec<AccountRecord>> {
        let sql = "SELECT doc FROM account a WHERE target = $1 AND id > $2 AND NOT EXISTS (
                SELECT 1 FROM link l WHERE l.target = a.target AND l.account = a.id AND l.live)
            ORDER BY id LIMIT $3";
        let after = page.after.as_deref().unwrap_or_default();
        self.list(sql, &[&target, &after, &limit(page.limit)], "account").await
    }

    async fn count_accounts(&self, target: &str) -> Result<u64> {
        self.count("SELECT count(*) FROM account WHERE target = $1", target).await
    }

    async fn accounts(&self, target: &str, page: &PageRequest) -> Result<Vec<AccountRecord>> {
        let sql = "SELECT doc FROM account WHERE target = $1 AND id > $2 ORDER BY id LIMIT $3";
        let after = page.after.as_deref().unwrap_or_default();
        self.list(sql, &[&target, &after, &limit(page.limit)], "account").await
    }

    async fn account(&self, target: &str, id: &str) -> Result<Option<AccountRecord>> {
        self.find("SELECT doc FROM account WHERE target = $1 AND id = $2", &[&target, &id], "account").await
    }

    async fn count_unlinked(&self, target: &str) -> Result<u64> {
        let sql = "SELECT count(*) FROM account a WHERE target = $1 AND NOT EXISTS (
            SELECT 1 FROM link l WHERE l.target = a.target AND l.account = a.id AND l.live)";
        self.count(sql, target).await
    }

    async fn changed_accounts(&self, accounts: Vec<AccountRecord>) -> Result<Vec<AccountRecord>> {
        let work = async { known::changed_accounts(&self.client().await?, accounts).await };
        work.await.map_err(|failure| failure.0)
    }

    async fn told(&self, target: &str, accounts: Vec<String>) -> Result<Vec<Told>> {
        let work = async { told::read(&self.client().await?, target, &accounts).await };
        work.await.map_err(|failure| failure.0)
    }

    async fn account_ids(&self, target: &str, page: &PageRequest) -> Result<Vec<String>> {
        let work = async { known::account_ids(&self.client().await?, target, page).await };
        work.await.map_err(|failure| failure.0)
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
        self.find("SELECT doc FROM explicit_grant WHERE id = $1", &[&id], "grant").await
    }

    async fn held(&self, select: &Select) -> Result<Vec<HeldRecord>> {
        self.select(select, "held", "identity", "target", "target, account, kind, value").await
    }

    async fn count_held(&self, target: &str) -> Result<u64> {
        self.count("SELECT count(*) FROM held WHERE target = $1", target).await
    }

    async fn held_by(&self, target: &str, page: &PageRequest) -> Result<Vec<HeldRecord>> {
        let sql = "SELECT doc FROM held WHERE target = $1 AND account > $2 AND account <= (
                SELECT max(account) FROM (SELECT DISTINCT account FROM held
                    WHERE target = $1 AND account > $2 ORDER BY account LIMIT $3) t)
            ORDER BY account, kind, value";
        let after = page.after.as_deref().unwrap_or_default();
        self.list(sql, &[&target, &after, &limit(page.limit)], "held entitlement").await
    }

    async fn held_as_of(&self, identity: &str, when: &AsOf) -> Result<Vec<HeldRecord>> {
        let work = async {
            let sql =
                "SELECT doc, effective, recorded, lost FROM held_history WHERE identity = $1 ORDER BY seq";
            let rows = self.client().await?.query(sql, &[&identity]).await?;
            let events: SqlResult<Vec<HeldEvent>> = rows
                .iter()
                .map(|row| Ok(row::held_event(row.get(0), row.get(1), row.get(2), row.get(3))?))
                .collect();
            events
        };
        let events = work.await.map_err(|failure| failure.0)?;
        Ok(rules::held_as_of(events, when))
    }

    async fn name(&self, space: &str, key: &str) -> Result<Option<NameRecord>> {
        self.find("SELECT doc FROM name WHERE space = $1 AND key = $2", &[&space, &key], "name").await
    }

    async fn names_among(&self, names: &[(String, String)]) -> Result<Vec<NameRecord>> {
        let (spaces, keys): (Vec<&str>, Vec<&str>) =
            names.iter().map(|(space, key)| (space.as_str(), key.as_str())).unzip();
        let sql =
            "SELECT n.doc FROM unnest($1::text[], $2::text[]) t(space, key) JOIN name n USING (space, key)";
        self.list(sql, &[&spaces, &keys], "name").await
    }

    async fn names(&self, select: &Select) -> Result<Vec<NameRecord>> {
        match select {
            Select::Target(target) => {
                let prefix = format!("{target}/");
                let sql = "SELECT doc FROM name WHERE starts_with(space, $1) ORDER BY space, key";
                self.list(sql, &[&prefix], "name").await
            }
            other => self.select(other, "name", "identity", "identity", "space, key").await,
        }
    }

    async fn plan(&self, hash: &str) -> Result<Option<PlanRecord>> {
        let work = async {
            let sql = "SELECT doc, status FROM plan WHERE hash = $1";
            let found = rows(&self.client().await?, sql, &[&hash]).await?;
            Ok(found.first().map(|found| row::plan(found.get(0), found.get(1))).transpose()?)
        };
        work.await.map_err(|Failure(error)| error)
    }

    async fn plan_head(&self, hash: &str) -> Result<Option<PlanHead>> {
        let sql = "SELECT hash, created, status FROM plan WHERE hash = $1";
        Ok(self.heads(sql, &[&hash]).await?.pop())
    }

    async fn unfinished_plans(&self) -> Result<Vec<PlanHead>> {
        let sql = "SELECT hash, created, status FROM plan
            WHERE status IN ('applying', 'queueing', 'queued') ORDER BY created, hash";
        self.heads(sql, &[]).await
    }

    async fn journal(&self, plan: &str) -> Result<Vec<JournalEntry>> {
        self.list("SELECT doc FROM journal WHERE plan = $1 ORDER BY seq", &[&plan], "journal entry").await
    }

    async fn guard_count(&self, target: &str, operation: &str, after: DateTime<Utc>) -> Result<u64> {
        let work = async {
            let sql = "SELECT coalesce(sum(count), 0)::bigint FROM guard
                WHERE target = $1 AND operation = $2 AND at > $3";
            let row = self.client().await?.query_one(sql, &[&target, &operation, &micros(after)]).await?;
            SqlResult::Ok(row.get::<_, i64>(0).cast_unsigned())
        };
        work.await.map_err(|failure| failure.0)
    }

    async fn approvals(&self, plan: &str) -> Result<Vec<ApprovalRecord>> {
        self.list("SELECT doc FROM approval WHERE plan = $1 ORDER BY seq", &[&plan], "approval").await
    }

    async fn tasks(&self, select: &Select) -> Result<Vec<TaskRecord>> {
        self.select(select, "task", "identity", "target", "id").await
    }

    async fn snapshot(&self, scope: &str) -> Result<Option<SnapshotRecord>> {
        let sql = "SELECT doc FROM snapshot WHERE scope = $1 ORDER BY seq DESC LIMIT 1";
        self.find(sql, &[&scope], "snapshot").await
    }

    async fn staged(&self, area: &str, page: &PageRequest) -> Result<Vec<StagedRow>> {
        let work = async { staged::read(&self.client().await?, area, page).await };
        work.await.map_err(|failure| failure.0)
    }

    async fn value(&self, key: &str) -> Result<Option<Value>> {
        self.find("SELECT doc FROM value WHERE key = $1", &[&key], "value").await
    }

    async fn values(&self, prefix: &str) -> Result<Vec<(String, Value)>> {
        let work = async {
            let sql = "SELECT key, doc FROM value WHERE starts_with(key, $1) ORDER BY key";
            let rows = self.client().await?.query(sql, &[&prefix]).await?;
            let values: SqlResult<Vec<(String, Value)>> =
                rows.iter().map(|row| Ok((row.get(0), decode(row.get(1), "value")?))).collect();
            values
        };
        work.await.map_err(|failure| failure.0)
    }

    async fn audit(&self, after: u64, limit_to: usize) -> Result<Vec<AuditRecord>> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let sql = "SELECT doc FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2";
        self.list(sql, &[&after, &limit(limit_to)], "audit record").await
    }

    async fn audit_head(&self) -> Result<AuditHead> {
        let work = async { audit_head(&self.client().await?).await };
        work.await.map_err(|failure| failure.0)
    }

    async fn check_queue(&self) -> Result<()> {
        self.queue_version().await.map(drop)
    }

    async fn take(&self, ask: &Take) -> Result<Vec<Claim>> {
        let work = async {
            let mut client = self.arrays.get().await?;
            let transaction = client.transaction().await?;
            let claims = works::take(&transaction, self.schema(), ask).await?;
            transaction.commit().await?;
            SqlResult::Ok(claims)
        };
        work.await.map_err(|failure| failure.0)
    }

    async fn keep(&self, tickets: &[Ticket], _now: DateTime<Utc>, lease: TimeDelta) -> Result<Vec<Ticket>> {
        let work = async { works::keep(&self.arrays.get().await?, self.schema(), tickets, lease).await };
        work.await.map_err(|failure| failure.0)
    }

    async fn has_work(&self, run: &str) -> Result<bool> {
        let work = async { works::any(&self.client().await?, run).await };
        work.await.map_err(|failure| failure.0)
    }

    async fn count_works(&self, run: &str) -> Result<WorkCount> {
        let work = async { works::count(&self.client().await?, run).await };
        work.await.map_err(|failure| failure.0)
    }

    async fn ended_works(&self, run: &str) -> Result<Vec<(String, String)>> {
        let work = async { works::ended(&self.client().await?, run).await };
        work.await.map_err(|failure| failure.0)
    }

    async fn known_of(&self, whom: &Whom) -> Result<Known> {
        let work = async {
            let mut client = self.client().await?;
            let transaction = together(&mut client).await?;
            let known = known::known_of(&transaction, whom).await?;
            transaction.commit().await?;
            Ok(known)
        };
        work.await.map_err(|failure: Failure| failure.0)
    }

    async fn known_texts(&self, ids: &[String]) -> Result<KnownTexts> {
        let work = async {
            let mut client = self.client().await?;
            let transaction = together(&mut client).await?;
            let known = known::known_texts(&transaction, ids).await?;
            transaction.commit().await?;
            Ok(known)
        };
        work.await.map_err(|failure: Failure| failure.0)
    }

    async fn look_up(&self, lookup: &Lookup) -> Result<Surroundings> {
        let work = async { lookup::look_up(&self.arrays.get().await?, lookup).await };
        work.await.map_err(|failure| failure.0)
    }
}

/// Begins a transaction that sees one state of the database.
async fn together(client: &mut Object) -> SqlResult<Transaction<'_>> {
    let builder = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
    Ok(builder.start().await?)
}

impl PostgresStore {
    async fn find<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: Values<'_>,
        what: &'static str,
    ) -> Result<Option<T>> {
        let work = async { one(&self.client().await?, sql, values, what).await };
        work.await.map_err(|failure| failure.0)
    }

    async fn list<T: DeserializeOwned>(
        &self,
        sql: &str,
        values: Values<'_>,
        what: &'static str,
    ) -> Result<Vec<T>> {
        let work = async {
            let rows = rows(&self.client().await?, sql, values).await?;
            let records: SqlResult<Vec<T>> = rows.iter().map(|row| Ok(decode(row.get(0), what)?)).collect();
            records
        };
        work.await.map_err(|failure| failure.0)
    }

    async fn heads(&self, sql: &str, values: Values<'_>) -> Result<Vec<PlanHead>> {
        let work = async {
            let found = rows(&self.client().await?, sql, values).await?;
            let heads = found.iter().map(|found| row::plan_head(found.get(0), found.get(1), found.get(2)));
            Ok(heads.collect::<Result<_>>()?)
        };
        work.await.map_err(|Failure(error)| error)
    }

    async fn count(&self, sql: &str, target: &str) -> Result<u64> {
        let work = async {
            let found = rows(&self.client().await?, sql, &[&target]).await?;
            let count = found.first().map_or(0, |row| row.get::<_, i64>(0));
            SqlResult::Ok(count.cast_unsigned())
        };
        work.await.map_err(|failure| failure.0)
    }

    /// Table and column names are literals of this file, never input.
    async fn select<T: DeserializeOwned>(
        &self,
        select: &Select,
        table: &'static str,
        identity: &'static str,
        target: &'static str,
        order: &'static str,
    ) -> Result<Vec<T>> {
        let (column, value) = match select {
            Select::All => {
                return self.list(&format!("SELECT doc FROM {table} ORDER BY {order}"), &[], table).await;
            }
            Select::Identity(id) => (identity, id),
            Select::Identities(ids) => {
                let sql = format!("SELECT doc FROM {table} WHERE {identity} = ANY($1) ORDER BY {order}");
                return self.list(&sql, &[ids], table).await;
            }
            Select::Target(id) => (target, id),
        };
        let sql = format!("SELECT doc FROM {table} WHERE {column} = $1 ORDER BY {order}");
        self.list(&sql, &[value], table).await
    }
}

pub(super) async fn lease(db: &impl GenericClient, name: &str) -> SqlResult<Option<Lease>> {
    let found = rows(db, "SELECT holder, until FROM lease WHERE name = $1", &[&name]).await?;
    Ok(found.first().map(|row| row::lease(row.get(0), row.get(1))).transpose()?)
}

pub(super) async fn audit_head(db: &impl GenericClient) -> SqlResult<AuditHead> {
    let found = rows(db, "SELECT seq, hash FROM audit_head WHERE one = 1", &[]).await?;
    Ok(found.first().map_or_else(AuditHead::empty, |row| AuditHead {
        seq: row.get::<_, i64>(0).cast_unsigned(),
        hash: row.get(1),
    }))
}

async fn one<T: DeserializeOwned>(
    db: &impl GenericClient,
    sql: &str,
    values: Values<'_>,
    what: &'static str,
) -> SqlResult<Option<T>> {
    let found = rows(db, sql, values).await?;
    Ok(found.first().map(|row| decode(row.get(0), what)).transpose()?)
}
