//! The rows of one run, written by hand and through the store: two durable transactions a batch, one before the effects
//! and one after them. By hand twice: the rows alone, with audit records that were made before; and with what makes them worth
//! having, which is the chain's hashes and the lease that is asked for before each transaction.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use futures_util::future::join_all;
use tenure_store::{
    AccountRecord, AuditDraft, AuditHead, AuditRecord, Batch, Condition, HeldRecord, JournalEntry,
    JournalPhase, LinkRecord, NameRecord, PageRequest, Select, SqliteStore, Store, Write, sha256_hex,
};

use crate::took::{Took, Watch};

/// What is written by hand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum By {
    /// The same rows; audit records are there with their hashes.
    Rows,
    /// The same rows, each audit record chained to the one before, and each transaction asks for the lease.
    Chain,
}

#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) steps: usize,
    started: Vec<JournalEntry>,
    done: Vec<JournalEntry>,
    accounts: Vec<AccountRecord>,
    links: Vec<LinkRecord>,
    held: Vec<HeldRecord>,
    names: Vec<NameRecord>,
    audit: Vec<AuditRecord>,
}

impl Rows {
    pub(crate) async fn read(store: &dyn Store, plan: &str, steps: usize, audit_after: u64) -> Self {
        let lines = store.journal(plan).await.unwrap();
        let (started, done) = lines.into_iter().partition(|line| line.phase == JournalPhase::Started);
        let mut audit = store.audit(audit_after, usize::MAX).await.unwrap();
        audit.retain(|record| !record.draft.action.starts_with("plan"));
        let rows = Self {
            steps,
            started,
            done,
            accounts: store.accounts("t", &PageRequest::first(usize::MAX)).await.unwrap(),
            links: store.links(&Select::All).await.unwrap(),
            held: store.held(&Select::All).await.unwrap(),
            names: store.names(&Select::All).await.unwrap(),
            audit,
        };
        assert_eq!((rows.done.len(), rows.audit.len()), (steps, steps));
        rows
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

/// Chains a record by hand: the text that is hashed is the text that is stored.
fn chained(head: &mut AuditHead, draft: &AuditDraft) -> String {
    let content = text(draft);
    let (seq, prev) = (head.seq + 1, &head.hash);
    let hash = sha256_hex(format!("{seq}\n{prev}\n{content}").as_bytes());
    let members = content.strip_prefix('{').unwrap();
    let record = format!(r#"{{"seq":{seq},"prev":"{prev}","hash":"{hash}",{members}"#);
    *head = AuditHead { seq, hash };
    record
}

/// The same tables, one prepared statement a row, two transactions a batch.
pub(crate) fn sqlite(rows: &Rows, path: &Path, size: usize, by: By) -> Took {
    drop(SqliteStore::open(path).unwrap());
    let mut db = rusqlite::Connection::open(path).unwrap();
    db.pragma_update(None, "journal_mode", "WAL").unwrap();
    db.pragma_update(None, "synchronous", "FULL").unwrap();
    db.set_prepared_statement_cache_capacity(64);
    db.execute("INSERT INTO lease (name, holder, until) VALUES ('apply', 'me', '')", []).unwrap();
    let holder = |tx: &rusqlite::Transaction<'_>| {
        let sql = "SELECT holder FROM lease WHERE name = 'apply'";
        let found: String = tx.prepare_cached(sql).unwrap().query_row([], |row| row.get(0)).unwrap();
        assert_eq!(found, "me");
    };
    let mut head = AuditHead::empty();
    let start = Watch::start();
    for batch in 0..rows.steps.div_ceil(size) {
        let tx = db.transaction().unwrap();
        if by == By::Chain {
            holder(&tx);
        }
        let line = "INSERT INTO journal (plan, step, doc) VALUES (?1, ?2, ?3)";
        for entry in rows.part(&rows.started, batch, size) {
            tx.prepare_cached(line).unwrap().execute((&entry.plan, &entry.step, text(entry))).unwrap();
        }
        tx.commit().unwrap();
        let tx = db.transaction().unwrap();
        if by == By::Chain {
            holder(&tx);
        }
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
            let doc = text(held);
            let values = (&held.target, &held.account, &held.kind, &held.value, &held.identity, &doc);
            tx.prepare_cached(sql).unwrap().execute(values).unwrap();
            let sql = "INSERT INTO held_history (identity, effective, recorded, lost, doc) VALUES (?1, ?2, ?2, 0, ?3)";
            let since = held.since.timestamp_micros();
            tx.prepare_cached(sql).unwrap().execute((&held.identity, since, &doc)).unwrap();
        }
        for name in rows.part(&rows.names, batch, size) {
            let sql = "INSERT INTO name (space, key, identity, doc) VALUES (?1, ?2, ?3, ?4)";
            let values = (&name.space, &name.key, &name.identity, text(name));
            tx.prepare_cached(sql).unwrap().execute(values).unwrap();
        }
        for done in rows.part(&rows.audit, batch, size) {
            let sql = "INSERT INTO outlook (identity, marks) VALUES (?1, 1)
                ON CONFLICT (identity) DO UPDATE SET marks = marks + 1, settled = NULL";
            tx.prepare_cached(sql).unwrap().execute([&done.draft.identity]).unwrap();
        }
        for record in rows.part(&rows.audit, batch, size) {
            let sql = "INSERT INTO audit (seq, doc) VALUES (?1, ?2)";
            let doc = match by {
                By::Rows => text(record),
                By::Chain => chained(&mut head, &record.draft),
            };
            let seq = if by == By::Rows { record.seq } else { head.seq };
            tx.prepare_cached(sql).unwrap().execute((seq.cast_signed(), doc)).unwrap();
        }
        let sql = "INSERT OR REPLACE INTO audit_head (one, seq, hash) VALUES (1, ?1, ?2)";
        tx.execute(sql, (head.seq.cast_signed(), &head.hash)).unwrap();
        tx.commit().unwrap();
    }
    start.stop()
}

/// The same tables, one statement of many rows a table, two transactions a batch.
pub(crate) async fn postgres(rows: &Rows, server: &str, schema: &str, size: usize, by: By) -> Took {
    let (mut db, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    db.batch_execute(&format!("SET search_path = {schema}")).await.unwrap();
    let prepared = [
        "INSERT INTO journal (plan, step, doc) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])",
        "INSERT INTO link (target, account, identity, live, doc) SELECT t, a, i, true, d FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) x(t, a, i, d)",
        "INSERT INTO account (target, id, doc) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])",
        "INSERT INTO held (target, account, kind, value, identity, doc) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])",
        "INSERT INTO held_history (identity, effective, recorded, lost, doc) SELECT i, s, s, false, d FROM unnest($1::text[], $2::bigint[], $3::text[]) x(i, s, d)",
        "INSERT INTO audit (seq, doc) SELECT * FROM unnest($1::bigint[], $2::text[])",
        "INSERT INTO audit_head (one, seq, hash) VALUES (1, $1, $2) ON CONFLICT (one) DO UPDATE SET seq = $1, hash = $2",
        "INSERT INTO name (space, key, identity, doc) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])",
        "INSERT INTO outlook (identity, marks) SELECT DISTINCT i, 1 FROM unnest($1::text[]) x(i) ON CONFLICT (identity) DO UPDATE SET marks = outlook.marks + 1, settled = NULL",
        "SELECT holder FROM lease WHERE name = 'apply'",
    ];
    let mut sql = Vec::new();
    for text in prepared {
        sql.push(db.prepare(text).await.unwrap());
    }
    db.execute("INSERT INTO lease (name, holder, until) VALUES ('apply', 'me', '')", &[]).await.unwrap();
    let mut head = AuditHead::empty();
    let start = Watch::start();
    for batch in 0..rows.steps.div_ceil(size) {
        for lines in [&rows.started, &rows.done] {
            let tx = db.transaction().await.unwrap();
            if by == By::Chain {
                let found: String = tx.query_one(&sql[9], &[]).await.unwrap().get(0);
                assert_eq!(found, "me");
            }
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
                let since: Vec<i64> = part.iter().map(|held| held.since.timestamp_micros()).collect();
                tx.execute(&sql[4], &[&people, &since, &docs]).await.unwrap();
                let part = rows.part(&rows.names, batch, size);
                let spaces: Vec<&str> = part.iter().map(|name| name.space.as_str()).collect();
                let keys: Vec<&str> = part.iter().map(|name| name.key.as_str()).collect();
                let people: Vec<&str> = part.iter().map(|name| name.identity.as_str()).collect();
                tx.execute(&sql[7], &[&spaces, &keys, &people, &texts(part)]).await.unwrap();
                let part = rows.part(&rows.audit, batch, size);
                let people: Vec<Option<&str>> =
                    part.iter().map(|record| record.draft.identity.as_deref()).collect();
                tx.execute(&sql[8], &[&people]).await.unwrap();
                let numbers: Vec<i64> = part.iter().map(|record| record.seq.cast_signed()).collect();
                let docs = match by {
                    By::Rows => texts(part),
                    By::Chain => part.iter().map(|record| chained(&mut head, &record.draft)).collect(),
                };
                tx.execute(&sql[5], &[&numbers, &docs]).await.unwrap();
                tx.execute(&sql[6], &[&head.seq.cast_signed(), &head.hash]).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
    }
    start.stop()
}

/// The same writes as the executor commits them: one small batch for each effect before it and one after it, as many at a
/// time as a batch has, each as long as the lease is ours.
pub(crate) async fn adapter(rows: &Rows, store: Arc<dyn Store>, size: usize) -> Took {
    let (before, after) = rows.batches();
    let at = rows.started[0].at;
    let until = at + chrono::TimeDelta::hours(1);
    let (lease, holder) = ("apply".to_owned(), "me".to_owned());
    let take = Write::Lease { lease, holder, now: at, until, force: false };
    store.commit(Batch::new().with(take)).await.unwrap();
    let mut waves = Vec::new();
    for (before, after) in before.chunks(size).zip(after.chunks(size)) {
        waves.extend([before.to_vec(), after.to_vec()]);
    }
    let start = Watch::start();
    for wave in waves {
        let commits = wave.into_iter().map(|batch| store.commit(batch));
        assert!(join_all(commits).await.into_iter().all(|result| result.is_ok()));
    }
    start.stop()
}

impl Rows {
    /// What is committed for each effect before it and after it.
    fn batches(&self) -> (Vec<Batch>, Vec<Batch>) {
        let ours = || Condition::Holds { lease: "apply".to_owned(), holder: "me".to_owned() };
        let batch = |line: &JournalEntry| Batch::new().when(ours()).with(Write::Journal(line.clone()));
        let before = self.started.iter().map(batch).collect();
        let links: BTreeMap<&str, &LinkRecord> =
            self.links.iter().map(|link| (link.account.as_str(), link)).collect();
        let accounts: BTreeMap<&str, &AccountRecord> =
            self.accounts.iter().map(|account| (account.id.as_str(), account)).collect();
        let names: BTreeMap<&str, &NameRecord> =
            self.names.iter().map(|name| (name.identity.as_str(), name)).collect();
        let mut held: BTreeMap<&str, Vec<&HeldRecord>> = BTreeMap::new();
        for record in &self.held {
            held.entry(&record.account).or_default().push(record);
        }
        let mut after = Vec::with_capacity(self.steps);
        for (line, record) in self.done.iter().zip(&self.audit) {
            let (mut batch, draft) = (batch(line), record.draft.clone());
            let account = draft.object.clone().unwrap_or_default();
            if draft.action == "create" {
                let name = names.get(draft.identity.as_deref().unwrap_or_default());
                batch.writes.extend(name.map(|name| Write::Name((*name).clone())));
                batch.push(Write::Audit(draft));
                batch.push(Write::Link(links[account.as_str()].clone()));
                batch.push(Write::Account(accounts[account.as_str()].clone()));
            } else {
                batch.push(Write::Audit(draft));
                let record = held.get_mut(account.as_str()).and_then(Vec::pop).unwrap().clone();
                batch.push(Write::Held { at: record.since, held: record });
            }
            after.push(batch);
        }
        assert!(held.values().all(Vec::is_empty), "something held belongs to no effect");
        (before, after)
    }
}
