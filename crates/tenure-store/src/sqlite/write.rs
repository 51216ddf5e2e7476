use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, ToSql, params};
use serde::Serialize;

use super::error::SqlResult;
use super::read::{lease, one};
use super::{outlook, staged, told, works};
use crate::audit::NewRecord;
use crate::row::{check_status, decode, doc, micros, status_name};
use crate::rules;
use crate::told::Retold;
use crate::touch::Touched;
use crate::{AuditDraft, AuditHead, Batch, Condition, HeldRecord, LinkRecord, NameRecord, Write};

/// Applies batches inside one transaction. The end of the audit chain is read once and written once.
pub(super) struct Applier<'c> {
    connection: &'c Connection,
    head: Option<AuditHead>,
    /// The lease and its holder that were asked for last and found: most batches of a group are one run's.
    holds: Option<(String, String)>,
}

impl<'c> Applier<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, head: None, holds: None }
    }

    /// Applies a batch. After an error what it wrote has to be undone by the caller.
    pub(super) fn apply(&mut self, batch: &Batch) -> SqlResult<()> {
        for condition in &batch.conditions {
            self.check(condition)?;
        }
        for write in &batch.writes {
            match write {
                Write::Audit(draft) => self.append(draft)?,
                other => {
                    if matches!(other, Write::Lease { .. } | Write::Release { .. }) {
                        self.holds = None;
                    }
                    apply_one(self.connection, other)?;
                }
            }
        }
        outlook::touch(self.connection, &Touched::by(&batch.writes))?;
        let retold = Retold::by(&batch.writes);
        if !retold.is_empty() {
            let audit = if retold.notes { Some(self.audit_end()?) } else { None };
            told::write(self.connection, retold, audit.unwrap_or_default())?;
        }
        let works: Vec<_> = batch
            .writes
            .iter()
            .filter_map(|write| match write {
                Write::Work(work) => Some(work),
                _ => None,
            })
            .collect();
        if works.is_empty() { Ok(()) } else { works::insert(self.connection, &works) }
    }

    /// Applies a batch whole or not at all.
    pub(super) fn apply_whole(&mut self, batch: &Batch) -> SqlResult<()> {
        let head = self.head.clone();
        self.run("SAVEPOINT batch")?;
        match self.apply(batch) {
            Ok(()) => self.run("RELEASE batch"),
            Err(refused) => {
                self.head = head;
                self.holds = None;
                // After a full disk there is no savepoint left to go back to, which the next statements find out.
                drop(self.run("ROLLBACK TO batch").and_then(|()| self.run("RELEASE batch")));
                Err(refused)
            }
        }
    }

    /// Whether the database gave up the whole transaction.
    pub(super) fn given_up(&self) -> bool {
        self.connection.is_autocommit()
    }

    /// Stores the end of the chain.
    pub(super) fn finish(self) -> SqlResult<()> {
        let Some(head) = self.head else { return Ok(()) };
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO audit_head (one, seq, hash) VALUES (1, ?1, ?2)")?
            .execute(params![head.seq.cast_signed(), head.hash])?;
        Ok(())
    }

    /// The end of the audit chain, with what this transaction adds to it.
    fn audit_end(&self) -> SqlResult<u64> {
        match &self.head {
            Some(head) => Ok(head.seq),
            None => Ok(audit_head(self.connection)?.seq),
        }
    }

    fn check(&mut self, condition: &Condition) -> SqlResult<()> {
        let Condition::Holds { lease, holder } = condition else {
            return check(self.connection, condition);
        };
        let known = self.holds.as_ref().is_some_and(|(known, by)| known == lease && by == holder);
        if !known {
            check(self.connection, condition)?;
            self.holds = Some((lease.clone(), holder.clone()));
        }
        Ok(())
    }

    fn append(&mut self, draft: &AuditDraft) -> SqlResult<()> {
        let head = match self.head.take() {
            Some(head) => head,
            None => audit_head(self.connection)?,
        };
        let record = NewRecord::after(&head, draft);
        self.connection
            .prepare_cached("INSERT INTO audit (seq, doc) VALUES (?1, ?2)")?
            .execute(params![record.seq.cast_signed(), record.text])?;
        self.head = Some(record.head);
        Ok(())
    }

    fn run(&self, sql: &str) -> SqlResult<()> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}

fn check(connection: &Connection, condition: &Condition) -> SqlResult<()> {
    match condition {
        Condition::PlanIs { plan, status } => {
            let found: Option<String> = connection
                .prepare_cached("SELECT status FROM plan WHERE hash = ?1")?
                .query_row([plan], |row| row.get(0))
                .optional()?;
            Ok(check_status(plan, *status, found)?)
        }
        Condition::Taken(ticket) => works::check(connection, ticket),
        Condition::Holds { lease: name, holder } => {
            Ok(rules::check_holds(lease(connection, name)?.as_ref(), name, holder)?)
        }
        Condition::ValueIs { key, value } => {
            let found: Option<String> = connection
                .prepare_cached("SELECT doc FROM value WHERE key = ?1")?
                .query_row([key], |row| row.get(0))
                .optional()?;
            let found = found.map(|text| decode(&text, "value")).transpose()?;
            Ok(rules::check_value(found.as_ref(), key, value)?)
        }
    }
}

fn apply_one(connection: &Connection, write: &Write) -> SqlResult<()> {
    let run = |sql: &str, values: &[&dyn ToSql]| -> SqlResult<()> {
        connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    };
    match write {
        Write::Identity(record) => {
            let text = json(record)?;
            run(
                "INSERT INTO identity (id, doc) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc",
                params![record.id, text],
            )?;
            run(
                "INSERT INTO identity_history (id, effective, recorded, doc) VALUES (?1, ?2, ?3, ?4)",
                params![record.id, micros(record.effective), micros(record.recorded), text],
            )
        }
        Write::Account(record) => run(
            "INSERT INTO account (target, id, doc) VALUES (?1, ?2, ?3)
                ON CONFLICT (target, id) DO UPDATE SET doc = excluded.doc",
            params![record.target, record.id, json(record)?],
        ),
        Write::ForgetAccount { target, account } => {
            run("DELETE FROM account WHERE target = ?1 AND id = ?2", params![target, account])
        }
        Write::Link(record) => write_link(connection, record),
        Write::Grant(record) => run(
            "INSERT INTO explicit_grant (id, identity, doc) VALUES (?1, ?2, ?3)
                ON CONFLICT (id) DO UPDATE SET identity = excluded.identity, doc = excluded.doc",
            params![record.id, record.identity, json(record)?],
        ),
        Write::Held { held, at } => write_held(connection, held, *at),
        Write::Lost { held, at } => {
            run(
                "DELETE FROM held WHERE target = ?1 AND account = ?2 AND kind = ?3 AND value = ?4",
                params![held.target, held.account, held.kind, held.value],
            )?;
            append_held(connection, held, &json(held)?, (*at, *at), true)
        }
        Write::Name(record) => write_name(connection, record),
        Write::Plan(record) => run(
            "INSERT OR REPLACE INTO plan (hash, created, status, doc) VALUES (?1, ?2, ?3, ?4)",
            params![record.hash, micros(record.created), status_name(record.status), json(record)?],
        ),
        Write::PlanStatus { plan, status } => {
            run("UPDATE plan SET status = ?2 WHERE hash = ?1", params![plan, status_name(*status)])
        }
        Write::Journal(entry) => run(
            "INSERT INTO journal (plan, step, doc) VALUES (?1, ?2, ?3)",
            params![entry.plan, entry.step, json(entry)?],
        ),
        Write::Guard(count) => run(
            "INSERT INTO guard (target, operation, at, count) VALUES (?1, ?2, ?3, ?4)",
            params![count.target, count.operation, micros(count.at), count.count.cast_signed()],
        ),
        Write::Approval(record) => {
            run("INSERT INTO approval (plan, doc) VALUES (?1, ?2)", params![record.plan, json(record)?])
        }
        Write::Task(record) => run(
            "INSERT OR REPLACE INTO task (id, target, identity, doc) VALUES (?1, ?2, ?3, ?4)",
            params![record.id, record.target, record.identity, json(record)?],
        ),
        Write::Snapshot(record) => {
            run("INSERT INTO snapshot (scope, doc) VALUES (?1, ?2)", params![record.scope, json(record)?])
        }
        Write::Lease { lease: name, holder, now, until, force } => {
            if !force {
                rules::check_lease(lease(connection, name)?.as_ref(), name, holder, *now)?;
            }
            run(
                "INSERT OR REPLACE INTO lease (name, holder, until) VALUES (?1, ?2, ?3)",
                params![name, holder, json(until)?],
            )
        }
        Write::Release { lease, holder } => {
            run("DELETE FROM lease WHERE name = ?1 AND holder = ?2", params![lease, holder])
        }
        Write::Value { key, value } if value.is_null() => {
            run("DELETE FROM value WHERE key = ?1", params![key])
        }
        Write::Value { key, value } => {
            run("INSERT OR REPLACE INTO value (key, doc) VALUES (?1, ?2)", params![key, json(value)?])
        }
        Write::Stage { area, rows } => staged::add(connection, area, rows),
        Write::Unstage { area } => run("DELETE FROM staged WHERE area = ?1", params![area]),
        Write::Ended { ticket, outcome } => works::end(connection, ticket, outcome),
        Write::Later { ticket, until, .. } => match works::show_again(connection, ticket, *until)? {
            true => Ok(()),
            false => Err(rules::taken_over(ticket).into()),
        },
        Write::Outlook(record) => outlook::set(connection, record),
        Write::Due { identity, at } => outlook::due(connection, identity, *at),
        // These belong together with the others of their batch or of their group.
        Write::Work(_) | Write::Told(_) | Write::Audit(_) => Ok(()),
    }
}

pub(super) fn audit_head(connection: &Connection) -> SqlResult<AuditHead> {
    let head = connection
        .prepare_cached("SELECT seq, hash FROM audit_head WHERE one = 1")?
        .query_row([], |row| Ok(AuditHead { seq: row.get::<_, i64>(0)?.cast_unsigned(), hash: row.get(1)? }))
        .optional()?;
    Ok(head.unwrap_or_else(AuditHead::empty))
}

fn write_link(connection: &Connection, record: &LinkRecord) -> SqlResult<()> {
    let text = json(record)?;
    let live = record.deleted.is_none();
    // The keys keep the rule; only where one of them stands in the way it has to be found out what is there.
    let added = connection
        .prepare_cached(
            "INSERT INTO link (target, account, identity, live, doc) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT DO NOTHING",
        )?
        .execute(params![record.target, record.account, record.identity, live, text])?;
    if added == 1 {
        return Ok(());
    }
    let existing: Option<LinkRecord> = one(
        connection,
        "SELECT doc FROM link WHERE target = ?1 AND account = ?2",
        params![record.target, record.account],
        "link",
    )?;
    let other: Option<String> = connection
        .prepare_cached("SELECT account FROM link WHERE target = ?1 AND identity = ?2 AND live = 1")?
        .query_row(params![record.target, record.identity], |row| row.get(0))
        .optional()?;
    rules::check_link(existing.as_ref(), other.as_deref(), record)?;
    connection
        .prepare_cached(
            "UPDATE link SET identity = ?3, live = ?4, doc = ?5 WHERE target = ?1 AND account = ?2",
        )?
        .execute(params![record.target, record.account, record.identity, live, text])?;
    Ok(())
}

fn write_name(connection: &Connection, record: &NameRecord) -> SqlResult<()> {
    let text = json(record)?;
    let added = connection
        .prepare_cached(
            "INSERT INTO name (space, key, identity, doc) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        )?
        .execute(params![record.space, record.key, record.identity, text])?;
    if added == 1 {
        return Ok(());
    }
    let existing: Option<NameRecord> = one(
        connection,
        "SELECT doc FROM name WHERE space = ?1 AND key = ?2",
        params![record.space, record.key],
        "name",
    )?;
    rules::check_name(existing.as_ref(), record)?;
    connection
        .prepare_cached("UPDATE name SET identity = ?3, doc = ?4 WHERE space = ?1 AND key = ?2")?
        .execute(params![record.space, record.key, record.identity, text])?;
    Ok(())
}

fn write_held(connection: &Connection, held: &HeldRecord, at: DateTime<Utc>) -> SqlResult<()> {
    let text = json(held)?;
    let values = params![held.target, held.account, held.kind, held.value, held.identity, text];
    let added = connection
        .prepare_cached(
            "INSERT INTO held (target, account, kind, value, identity, doc) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                ON CONFLICT DO NOTHING",
        )?
        .execute(values)?;
    let known = added == 0;
    if known {
        connection
            .prepare_cached(
                "UPDATE held SET identity = ?5, doc = ?6
                    WHERE target = ?1 AND account = ?2 AND kind = ?3 AND value = ?4",
            )?
            .execute(values)?;
    }
    append_held(connection, held, &text, (if known { at } else { held.since }, at), false)
}

fn append_held(
    connection: &Connection,
    held: &HeldRecord,
    text: &str,
    (effective, recorded): (DateTime<Utc>, DateTime<Utc>),
    lost: bool,
) -> SqlResult<()> {
    connection
        .prepare_cached(
            "INSERT INTO held_history (identity, effective, recorded, lost, doc) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![held.identity, micros(effective), micros(recorded), lost, text])?;
    Ok(())
}

fn json(value: &impl Serialize) -> SqlResult<String> {
    Ok(doc(value)?)
}
