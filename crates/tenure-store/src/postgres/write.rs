use chrono::{DateTime, Utc};
use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;

use super::error::SqlResult;
use super::read::{doc, lease, one};
use crate::rules;
use crate::{
    AuditHead, AuditRecord, Batch, Condition, HeldRecord, LinkRecord, NameRecord, PlanRecord, PlanStatus,
    StoreError, Write,
};

type Db<'a> = Transaction<'a>;
type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Applies a batch inside a transaction. All batches of one schema take turns: they extend one audit chain, and what one
/// checks must not change before it commits.
pub(super) async fn apply(db: &Db<'_>, schema: &str, batch: &Batch) -> SqlResult<()> {
    run(db, "SELECT pg_advisory_xact_lock(hashtext($1))", &[&format!("tenure/{schema}/commit")]).await?;
    for condition in &batch.conditions {
        check(db, condition).await?;
    }
    for write in &batch.writes {
        apply_one(db, write).await?;
    }
    Ok(())
}

pub(super) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

fn status_name(status: PlanStatus) -> String {
    format!("{status:?}").to_lowercase()
}

async fn run(db: &Db<'_>, sql: &str, values: Values<'_>) -> SqlResult<()> {
    let statement = db.prepare_cached(sql).await?;
    db.execute(&statement, values).await?;
    Ok(())
}

async fn check(db: &Db<'_>, condition: &Condition) -> SqlResult<()> {
    match condition {
        Condition::PlanIs { plan, status } => {
            let row = db.query_opt("SELECT status FROM plan WHERE hash = $1", &[plan]).await?;
            let found: Option<String> = row.map(|row| row.get(0));
            let expected = status_name(*status);
            if found.as_ref() == Some(&expected) {
                return Ok(());
            }
            Err(StoreError::Conflict {
                what: "plan",
                key: plan.clone(),
                expected: format!("status {expected}"),
                found: found.unwrap_or_else(|| "no such plan".to_owned()),
            }
            .into())
        }
        Condition::Holds { lease: name, holder } => {
            Ok(rules::check_holds(lease(db, name).await?.as_ref(), name, holder)?)
        }
    }
}

async fn apply_one(db: &Db<'_>, write: &Write) -> SqlResult<()> {
    match write {
        Write::Identity(record) => {
            let text = doc(record)?;
            let sql =
                "INSERT INTO identity (id, doc) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET doc = $2";
            run(db, sql, &[&record.id, &text]).await?;
            let sql = "INSERT INTO identity_history (id, effective, recorded, doc) VALUES ($1, $2, $3, $4)";
            run(db, sql, &[&record.id, &micros(record.effective), &micros(record.recorded), &text]).await
        }
        Write::Account(record) => {
            let sql = "INSERT INTO account (target, id, doc) VALUES ($1, $2, $3)
                ON CONFLICT (target, id) DO UPDATE SET doc = $3";
            run(db, sql, &[&record.target, &record.id, &doc(record)?]).await
        }
        Write::ForgetAccount { target, account } => {
            run(db, "DELETE FROM account WHERE target = $1 AND id = $2", &[target, account]).await
        }
        Write::Link(record) => write_link(db, record).await,
        Write::Grant(record) => {
            let sql = "INSERT INTO explicit_grant (id, identity, doc) VALUES ($1, $2, $3)
                ON CONFLICT (id) DO UPDATE SET identity = $2, doc = $3";
            run(db, sql, &[&record.id, &record.identity, &doc(record)?]).await
        }
        Write::Held { held, at } => write_held(db, held, *at).await,
        Write::Lost { held, at } => {
            let sql = "DELETE FROM held WHERE target = $1 AND account = $2 AND kind = $3 AND value = $4";
            run(db, sql, &[&held.target, &held.account, &held.kind, &held.value]).await?;
            append_held(db, held, *at, *at, true).await
        }
        Write::Name(record) => write_name(db, record).await,
        Write::Plan(record) => {
            let sql = "INSERT INTO plan (hash, created, status, doc) VALUES ($1, $2, $3, $4)
                ON CONFLICT (hash) DO UPDATE SET created = $2, status = $3, doc = $4";
            run(db, sql, &[&record.hash, &micros(record.created), &status_name(record.status), &doc(record)?])
                .await
        }
        Write::PlanStatus { plan, status } => write_status(db, plan, *status).await,
        Write::Journal(entry) => {
            run(db, "INSERT INTO journal (plan, doc) VALUES ($1, $2)", &[&entry.plan, &doc(entry)?]).await
        }
        Write::Guard(count) => {
            let sql = "INSERT INTO guard (target, operation, at, count) VALUES ($1, $2, $3, $4)";
            run(db, sql, &[&count.target, &count.operation, &micros(count.at), &count.count.cast_signed()])
                .await
        }
        Write::Approval(record) => {
            run(db, "INSERT INTO approval (plan, doc) VALUES ($1, $2)", &[&record.plan, &doc(record)?]).await
        }
        Write::Task(record) => {
            let sql = "INSERT INTO task (id, target, identity, doc) VALUES ($1, $2, $3, $4)
                ON CONFLICT (id) DO UPDATE SET target = $2, identity = $3, doc = $4";
            run(db, sql, &[&record.id, &record.target, &record.identity, &doc(record)?]).await
        }
        Write::Snapshot(record) => {
            run(db, "INSERT INTO snapshot (scope, doc) VALUES ($1, $2)", &[&record.scope, &doc(record)?])
                .await
        }
        Write::Lease { lease: name, holder, now, until, force } => {
            if !force {
                rules::check_lease(lease(db, name).await?.as_ref(), name, holder, *now)?;
            }
            let sql = "INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)
                ON CONFLICT (name) DO UPDATE SET holder = $2, until = $3";
            run(db, sql, &[name, holder, &doc(until)?]).await
        }
        Write::Release { lease, holder } => {
            run(db, "DELETE FROM lease WHERE name = $1 AND holder = $2", &[lease, holder]).await
        }
        Write::Value { key, value } if value.is_null() => {
            run(db, "DELETE FROM value WHERE key = $1", &[key]).await
        }
        Write::Value { key, value } => {
            let sql = "INSERT INTO value (key, doc) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET doc = $2";
            run(db, sql, &[key, &doc(value)?]).await
        }
        Write::Audit(draft) => {
            let head = db.query_opt("SELECT seq, hash FROM audit_head WHERE one = 1", &[]).await?;
            let head = head.map_or_else(AuditHead::empty, |row| AuditHead {
                seq: row.get::<_, i64>(0).cast_unsigned(),
                hash: row.get(1),
            });
            let record = AuditRecord::chain(&head, draft.clone());
            let seq = record.seq.cast_signed();
            run(db, "INSERT INTO audit (seq, doc) VALUES ($1, $2)", &[&seq, &doc(&record)?]).await?;
            let sql = "INSERT INTO audit_head (one, seq, hash) VALUES (1, $1, $2)
                ON CONFLICT (one) DO UPDATE SET seq = $1, hash = $2";
            run(db, sql, &[&seq, &record.hash]).await
        }
    }
}

async fn write_link(db: &Db<'_>, record: &LinkRecord) -> SqlResult<()> {
    let sql = "SELECT doc FROM link WHERE target = $1 AND account = $2";
    let existing: Option<LinkRecord> = one(db, sql, &[&record.target, &record.account], "link").await?;
    let sql = "SELECT account FROM link WHERE target = $1 AND identity = $2 AND live";
    let live = db.query_opt(sql, &[&record.target, &record.identity]).await?;
    let live: Option<String> = live.map(|row| row.get(0));
    rules::check_link(existing.as_ref(), live.as_deref(), record)?;
    let sql = "INSERT INTO link (target, account, identity, live, doc) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (target, account) DO UPDATE SET identity = $3, live = $4, doc = $5";
    run(db, sql, &[&record.target, &record.account, &record.identity, &record.is_live(), &doc(record)?]).await
}

async fn write_name(db: &Db<'_>, record: &NameRecord) -> SqlResult<()> {
    let sql = "SELECT doc FROM name WHERE space = $1 AND key = $2";
    let existing: Option<NameRecord> = one(db, sql, &[&record.space, &record.key], "name").await?;
    rules::check_name(existing.as_ref(), record)?;
    let sql = "INSERT INTO name (space, key, identity, doc) VALUES ($1, $2, $3, $4)
        ON CONFLICT (space, key) DO UPDATE SET identity = $3, doc = $4";
    run(db, sql, &[&record.space, &record.key, &record.identity, &doc(record)?]).await
}

async fn write_held(db: &Db<'_>, held: &HeldRecord, at: DateTime<Utc>) -> SqlResult<()> {
    let sql = "SELECT 1 FROM held WHERE target = $1 AND account = $2 AND kind = $3 AND value = $4";
    let known = db.query_opt(sql, &[&held.target, &held.account, &held.kind, &held.value]).await?.is_some();
    let sql = "INSERT INTO held (target, account, kind, value, identity, doc) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (target, account, kind, value) DO UPDATE SET identity = $5, doc = $6";
    let text = doc(held)?;
    run(db, sql, &[&held.target, &held.account, &held.kind, &held.value, &held.identity, &text]).await?;
    append_held(db, held, if known { at } else { held.since }, at, false).await
}

async fn append_held(
    db: &Db<'_>,
    held: &HeldRecord,
    effective: DateTime<Utc>,
    recorded: DateTime<Utc>,
    lost: bool,
) -> SqlResult<()> {
    let sql =
        "INSERT INTO held_history (identity, effective, recorded, lost, doc) VALUES ($1, $2, $3, $4, $5)";
    run(db, sql, &[&held.identity, &micros(effective), &micros(recorded), &lost, &doc(held)?]).await
}

async fn write_status(db: &Db<'_>, plan: &str, status: PlanStatus) -> SqlResult<()> {
    let stored: Option<PlanRecord> =
        one(db, "SELECT doc FROM plan WHERE hash = $1", &[&plan], "plan").await?;
    if let Some(stored) = stored {
        let record = PlanRecord { status, ..stored };
        let sql = "UPDATE plan SET status = $2, doc = $3 WHERE hash = $1";
        run(db, sql, &[&plan, &status_name(status), &doc(&record)?]).await?;
    }
    Ok(())
}
