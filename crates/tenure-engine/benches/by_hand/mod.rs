//! The rows of one run, written by hand and through the store: two durable transactions a batch, one before the effects
//! and one after them.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tenure_store::{
    AccountRecord, AuditDraft, AuditRecord, Batch, HeldRecord, JournalEntry, JournalPhase, LinkRecord,
    PageRequest, Select, SqliteStore, Store, Write,
};

#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) steps: usize,
    started: Vec<JournalEntry>,
    done: Vec<JournalEntry>,
    accounts: Vec<AccountRecord>,
    links: Vec<LinkRecord>,
    held: Vec<HeldRecord>,
    audit: Vec<AuditRecord>,
}

impl Rows {
    pub(crate) async fn read(store: &dyn Store, plan: &str, steps: usize, audit_after: u64) -> Self {
        let lines = store.journal(plan).await.unwrap();
        let (started, done) = lines.into_iter().partition(|line| line.phase == JournalPhase::Started);
        let mut audit = store.audit(audit_after, usize::MAX).await.unwrap();
        audit.retain(|record| !record.draft.action.starts_with("plan"));
        Self {
            steps,
            started,
            done,
            accounts: store.accounts("t", &PageRequest::first(usize::MAX)).await.unwrap(),
            links: store.links(&Select::All).await.unwrap(),
            held: store.held(&Select::All).await.unwrap(),
            audit,
        }
    }

    /// The part of a list that belongs to a batch.
    fn part<'a, T>(&self, list: &'a [T], batch: usize, size: usize) -> &'a [T] {
        let batches = self.steps.div_ceil(size);
        &list[list.len() * batch / batches..list.len() * (batch + 1) / batches]
    }
}

fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

fn texts<T: serde::Serialize>(values: &[T]) -> Vec<String> {
    values.iter().map(text).collect()
}

/// The same tables, one prepared statement a row, two transactions a batch.
pub(crate) fn sqlite(rows: &Rows, path: &Path, size: usize) -> Duration {
    drop(SqliteStore::open(path).unwrap());
    let mut db = rusqlite::Connection::open(path).unwrap();
    db.pragma_update(None, "journal_mode", "WAL").unwrap();
    db.pragma_update(None, "synchronous", "FULL").unwrap();
    let start = Instant::now();
    for batch in 0..rows.steps.div_ceil(size) {
        let tx = db.transaction().unwrap();
        let line = "INSERT INTO journal (plan, step, doc) VALUES (?1, ?2, ?3)";
        for entry in rows.part(&rows.started, batch, size) {
            tx.prepare_cached(line).unwrap().execute((&entry.plan, &entry.step, text(entry))).unwrap();
        }
        tx.commit().unwrap();
        let tx = db.transaction().unwrap();
        for entry in rows.part(&rows.done, batch, size) {
            tx.prepare_cached(line).unwrap().execute((&entry.plan, &entry.step, text(entry))).unwrap();
        }
        for link in rows.part(&rows.links, batch, size) {
            let sql = "INSERT INTO link (target, account, identity, live, doc) VALUES (?1, ?2, ?3, 1, ?4)";
            let values = (&link.target, &link.account, &link.identity, text(link));
            tx.prepare_cached(sql).unwrap().execute(values).unwrap();
        }
        for account in rows.part(&rows.accounts, batch, size) {
            let sql = "INSERT INTO account (target, id, doc) VALUES (?1, ?2, ?3)";
            tx.prepare_cached(sql).unwrap().execute((&account.target, &account.id, text(account))).unwrap();
        }
        for held in rows.part(&rows.held, batch, size) {
            let sql = "INSERT INTO held (target, account, kind, value, identity, doc) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let values = (&held.target, &held.account, &held.kind, &held.value, &held.identity, text(held));
            tx.prepare_cached(sql).unwrap().execute(values).unwrap();
            let sql = "INSERT INTO held_history (identity, effective, recorded, lost, doc) VALUES (?1, 1, 1, 0, ?2)";
            tx.prepare_cached(sql).unwrap().execute((&held.identity, text(held))).unwrap();
        }
        for record in rows.part(&rows.audit, batch, size) {
            let sql = "INSERT INTO audit (seq, doc) VALUES (?1, ?2)";
            tx.prepare_cached(sql).unwrap().execute((record.seq.cast_signed(), text(record))).unwrap();
        }
        let sql = "INSERT OR REPLACE INTO audit_head (one, seq, hash) VALUES (1, ?1, 'x')";
        tx.execute(sql, [batch as i64]).unwrap();
        tx.commit().unwrap();
    }
    start.elapsed()
}

/// The same tables, one statement of many rows a table, two transactions a batch.
pub(crate) async fn postgres(rows: &Rows, server: &str, schema: &str, size: usize) -> Duration {
    let (mut db, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    db.batch_execute(&format!("SET search_path = {schema}")).await.unwrap();
    let prepared = [
        "INSERT INTO journal (plan, step, doc) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])",
        "INSERT INTO link (target, account, identity, live, doc) SELECT t, a, i, true, d FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) x(t, a, i, d)",
        "INSERT INTO account (target, id, doc) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])",
        "INSERT INTO held (target, account, kind, value, identity, doc) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])",
        "INSERT INTO held_history (identity, effective, recorded, lost, doc) SELECT i, 1, 1, false, d FROM unnest($1::text[], $2::text[]) x(i, d)",
        "INSERT INTO audit (seq, doc) SELECT * FROM unnest($1::bigint[], $2::text[])",
        "INSERT INTO audit_head (one, seq, hash) VALUES (1, $1, 'x') ON CONFLICT (one) DO UPDATE SET seq = $1",
    ];
    let mut sql = Vec::new();
    for text in prepared {
        sql.push(db.prepare(text).await.unwrap());
    }
    let start = Instant::now();
    for batch in 0..rows.steps.div_ceil(size) {
        for lines in [&rows.started, &rows.done] {
            let tx = db.transaction().await.unwrap();
            let part = rows.part(lines, batch, size);
            let plans: Vec<&str> = part.iter().map(|line| line.plan.as_str()).collect();
            let steps: Vec<&str> = part.iter().map(|line| line.step.as_str()).collect();
            tx.execute(&sql[0], &[&plans, &steps, &texts(part)]).await.unwrap();
            if std::ptr::eq(lines, &rows.done) {
                let part = rows.part(&rows.links, batch, size);
                let targets: Vec<&str> = part.iter().map(|link| link.target.as_str()).collect();
                let accounts: Vec<&str> = part.iter().map(|link| link.account.as_str()).collect();
                let people: Vec<&str> = part.iter().map(|link| link.identity.as_str()).collect();
                tx.execute(&sql[1], &[&targets, &accounts, &people, &texts(part)]).await.unwrap();
                let part = rows.part(&rows.accounts, batch, size);
                let targets: Vec<&str> = part.iter().map(|account| account.target.as_str()).collect();
                let ids: Vec<&str> = part.iter().map(|account| account.id.as_str()).collect();
                tx.execute(&sql[2], &[&targets, &ids, &texts(part)]).await.unwrap();
                let part = rows.part(&rows.held, batch, size);
                let targets: Vec<&str> = part.iter().map(|held| held.target.as_str()).collect();
                let accounts: Vec<&str> = part.iter().map(|held| held.account.as_str()).collect();
                let kinds: Vec<&str> = part.iter().map(|held| held.kind.as_str()).collect();
                let values: Vec<&str> = part.iter().map(|held| held.value.as_str()).collect();
                let people: Vec<Option<&str>> = part.iter().map(|held| held.identity.as_deref()).collect();
                let docs = texts(part);
                tx.execute(&sql[3], &[&targets, &accounts, &kinds, &values, &people, &docs]).await.unwrap();
                tx.execute(&sql[4], &[&people, &docs]).await.unwrap();
                let part = rows.part(&rows.audit, batch, size);
                let numbers: Vec<i64> = part.iter().map(|record| record.seq.cast_signed()).collect();
                tx.execute(&sql[5], &[&numbers, &texts(part)]).await.unwrap();
                tx.execute(&sql[6], &[&(batch as i64)]).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
    }
    start.elapsed()
}

/// The same writes as the executor commits them: one small batch for each effect before it and one after it, as many at a
/// time as a batch has.
pub(crate) async fn adapter(rows: &Rows, store: Arc<dyn Store>, size: usize) -> Duration {
    let start = Instant::now();
    for batch in 0..rows.steps.div_ceil(size) {
        let started = rows.part(&rows.started, batch, size);
        let commits =
            started.iter().map(|line| store.commit(Batch::new().with(Write::Journal(line.clone()))));
        assert!(join_all(commits).await.into_iter().all(|result| result.is_ok()));
        let lines = rows.part(&rows.done, batch, size);
        let mut batches: Vec<Batch> =
            lines.iter().map(|line| Batch::new().with(Write::Journal(line.clone()))).collect();
        let mut add = |at: usize, write: Write| {
            let at = at % lines.len();
            batches[at].push(write);
        };
        for (at, link) in rows.part(&rows.links, batch, size).iter().enumerate() {
            add(at, Write::Link(link.clone()));
        }
        for (at, account) in rows.part(&rows.accounts, batch, size).iter().enumerate() {
            add(at, Write::Account(account.clone()));
        }
        for (at, held) in rows.part(&rows.held, batch, size).iter().enumerate() {
            add(at, Write::Held { held: held.clone(), at: held.since });
        }
        for (at, record) in rows.part(&rows.audit, batch, size).iter().enumerate() {
            let draft: AuditDraft = record.draft.clone();
            add(at, Write::Audit(draft));
        }
        let commits = batches.into_iter().map(|batch| store.commit(batch));
        assert!(join_all(commits).await.into_iter().all(|result| result.is_ok()));
    }
    start.elapsed()
}
