use tokio::try_join;

use super::sort::Sorted;
use super::{Db, execute};
use crate::audit::NewRecord;
use crate::postgres::error::SqlResult;
use crate::postgres::read::{audit_head, lease};
use crate::row::{doc, micros, status_name};
use crate::{Result, Write, rules};

/// Plans, leases, journal, guards, approvals, tasks, snapshots, values and the audit chain.
pub(super) async fn write(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    for write in &sorted.single {
        single(db, write).await?;
    }
    try_join!(
        biased;
        journal(db, sorted),
        audit(db, sorted),
        guards(db, sorted),
        approvals(db, sorted),
        snapshots(db, sorted),
        tasks(db, sorted),
        values(db, sorted),
    )?;
    Ok(())
}

async fn journal(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    if !sorted.journal.is_empty() {
        let plans: Vec<&str> = sorted.journal.iter().map(|entry| entry.plan.as_str()).collect();
        let steps: Vec<&str> = sorted.journal.iter().map(|entry| entry.step.as_str()).collect();
        let docs = sorted.journal.iter().map(doc).collect::<Result<Vec<_>>>()?;
        let sql =
            "INSERT INTO journal (plan, step, doc) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])";
        execute(db, sql, &[&plans, &steps, &docs]).await?;
    }
    Ok(())
}

async fn guards(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    if !sorted.guards.is_empty() {
        let targets: Vec<&str> = sorted.guards.iter().map(|guard| guard.target.as_str()).collect();
        let operations: Vec<&str> = sorted.guards.iter().map(|guard| guard.operation.as_str()).collect();
        let times: Vec<i64> = sorted.guards.iter().map(|guard| micros(guard.at)).collect();
        let counts: Vec<i64> = sorted.guards.iter().map(|guard| guard.count.cast_signed()).collect();
        let sql = "INSERT INTO guard (target, operation, at, count)
            SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])";
        execute(db, sql, &[&targets, &operations, &times, &counts]).await?;
    }
    Ok(())
}

async fn approvals(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    if !sorted.approvals.is_empty() {
        let plans: Vec<&str> = sorted.approvals.iter().map(|record| record.plan.as_str()).collect();
        let docs = sorted.approvals.iter().map(doc).collect::<Result<Vec<_>>>()?;
        let sql = "INSERT INTO approval (plan, doc) SELECT * FROM unnest($1::text[], $2::text[])";
        execute(db, sql, &[&plans, &docs]).await?;
    }
    Ok(())
}

async fn snapshots(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    if !sorted.snapshots.is_empty() {
        let scopes: Vec<&str> = sorted.snapshots.iter().map(|record| record.scope.as_str()).collect();
        let docs = sorted.snapshots.iter().map(doc).collect::<Result<Vec<_>>>()?;
        let sql = "INSERT INTO snapshot (scope, doc) SELECT * FROM unnest($1::text[], $2::text[])";
        execute(db, sql, &[&scopes, &docs]).await?;
    }
    Ok(())
}

async fn tasks(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    if sorted.tasks.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = sorted.tasks.keys().copied().collect();
    let targets: Vec<Option<&str>> = sorted.tasks.values().map(|task| task.target.as_deref()).collect();
    let people: Vec<Option<&str>> = sorted.tasks.values().map(|task| task.identity.as_deref()).collect();
    let docs = sorted.tasks.values().map(doc).collect::<Result<Vec<_>>>()?;
    let sql = "INSERT INTO task (id, target, identity, doc)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
        ON CONFLICT (id) DO UPDATE SET target = excluded.target, identity = excluded.identity, doc = excluded.doc";
    execute(db, sql, &[&ids, &targets, &people, &docs]).await
}

async fn values(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    let (mut keys, mut docs, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for (key, value) in &sorted.values {
        match value.is_null() {
            true => gone.push(*key),
            false => {
                keys.push(*key);
                docs.push(doc(value)?);
            }
        }
    }
    if !gone.is_empty() {
        execute(db, "DELETE FROM value WHERE key = ANY($1)", &[&gone]).await?;
    }
    if !keys.is_empty() {
        let sql = "INSERT INTO value (key, doc) SELECT * FROM unnest($1::text[], $2::text[])
            ON CONFLICT (key) DO UPDATE SET doc = excluded.doc";
        execute(db, sql, &[&keys, &docs]).await?;
    }
    Ok(())
}

async fn audit(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    if sorted.audit.is_empty() {
        return Ok(());
    }
    let mut head = audit_head(db).await?;
    let (mut numbers, mut docs) = (Vec::new(), Vec::new());
    for draft in &sorted.audit {
        let record = NewRecord::after(&head, draft);
        numbers.push(record.seq.cast_signed());
        docs.push(record.text);
        head = record.head;
    }
    let records = "INSERT INTO audit (seq, doc) SELECT * FROM unnest($1::bigint[], $2::text[])";
    let end = "INSERT INTO audit_head (one, seq, hash) VALUES (1, $1, $2)
        ON CONFLICT (one) DO UPDATE SET seq = $1, hash = $2";
    let seq = head.seq.cast_signed();
    try_join!(
        biased;
        async { execute(db, records, &[&numbers, &docs]).await },
        async { execute(db, end, &[&seq, &head.hash]).await },
    )?;
    Ok(())
}

async fn single(db: &Db<'_>, write: &Write) -> SqlResult<()> {
    match write {
        Write::Plan(record) => {
            let sql = "INSERT INTO plan (hash, created, status, doc) VALUES ($1, $2, $3, $4)
                ON CONFLICT (hash) DO UPDATE SET created = $2, status = $3, doc = $4";
            let (created, status) = (micros(record.created), status_name(record.status));
            execute(db, sql, &[&record.hash, &created, &status, &doc(record)?]).await
        }
        Write::PlanStatus { plan, status } => {
            execute(db, "UPDATE plan SET status = $2 WHERE hash = $1", &[plan, &status_name(*status)]).await
        }
        Write::Lease { lease: name, holder, now, until, force } => {
            if !force {
                rules::check_lease(lease(db, name).await?.as_ref(), name, holder, *now)?;
            }
            let sql = "INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)
                ON CONFLICT (name) DO UPDATE SET holder = $2, until = $3";
            execute(db, sql, &[name, holder, &doc(until)?]).await
        }
        Write::Release { lease, holder } => {
            execute(db, "DELETE FROM lease WHERE name = $1 AND holder = $2", &[lease, holder]).await
        }
        _ => Ok(()),
    }
}
