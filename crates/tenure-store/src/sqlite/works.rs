//! The queues of workers: rows that are waiting (0), queued (1) or ended (2).

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::error::SqlResult;
use crate::row::{decode, doc, limit, micros};
use crate::{Claim, Take, Ticket, WorkCount, WorkRecord, rules};

pub(super) fn insert(db: &Connection, works: &[&WorkRecord]) -> SqlResult<()> {
    let mut add = db.prepare_cached(
        "INSERT OR IGNORE INTO work (run, id, queue, grp, blockers, state, visible, taken, doc)
         VALUES (?1, ?2, ?3, ?4, 0, 0, 0, 0, ?5)",
    )?;
    let mut edge =
        db.prepare_cached("INSERT OR IGNORE INTO work_edge (run, before, id) VALUES (?1, ?2, ?3)")?;
    for work in works {
        add.execute(params![work.run, work.id, work.queue, work.group, doc(work)?])?;
        for before in &work.after {
            edge.execute(params![work.run, before, work.id])?;
        }
    }
    let mut count = db.prepare_cached(
        "UPDATE work SET blockers = (
             SELECT count(*) FROM work_edge e JOIN work b ON b.run = e.run AND b.id = e.before
             WHERE e.run = ?1 AND e.id = ?2 AND b.state < 2)
         WHERE run = ?1 AND id = ?2 AND state = 0 RETURNING blockers, seq",
    )?;
    for work in works {
        let found: Option<(i64, i64)> =
            count.query_row([&work.run, &work.id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        if let Some((0, seq)) = found {
            queue(db, work.group.as_deref(), seq)?;
        }
    }
    Ok(())
}

/// Puts a work into its queue, or the first one of its group that can go, unless the group has one there.
fn queue(db: &Connection, group: Option<&str>, seq: i64) -> SqlResult<()> {
    match group {
        None => {
            db.prepare_cached("UPDATE work SET state = 1 WHERE seq = ?1 AND state = 0")?.execute([seq])?;
        }
        Some(group) => next_of(db, group)?,
    }
    Ok(())
}

fn next_of(db: &Connection, group: &str) -> SqlResult<()> {
    db.prepare_cached(
        "UPDATE work SET state = 1
         WHERE seq = (SELECT min(seq) FROM work WHERE grp = ?1 AND state = 0 AND blockers = 0)
           AND NOT EXISTS (SELECT 1 FROM work WHERE grp = ?1 AND state = 1)",
    )?
    .execute([group])?;
    Ok(())
}

pub(super) fn check(db: &Connection, ticket: &Ticket) -> SqlResult<()> {
    let valid = db
        .prepare_cached("SELECT 1 FROM work WHERE seq = ?1 AND state = 1 AND taken = ?2")?
        .exists(params![ticket.message, ticket.taken])?;
    if valid { Ok(()) } else { Err(rules::taken_over(ticket).into()) }
}

pub(super) fn end(db: &Connection, ticket: &Ticket, outcome: &str) -> SqlResult<()> {
    let group: Option<Option<String>> = db
        .prepare_cached(
            "UPDATE work SET state = 2, outcome = ?3 WHERE seq = ?1 AND state = 1 AND taken = ?2 RETURNING grp",
        )?
        .query_row(params![ticket.message, ticket.taken, outcome], |row| row.get(0))
        .optional()?;
    let group = group.ok_or_else(|| rules::taken_over(ticket))?;
    let freed: Vec<(Option<String>, i64)> = db
        .prepare_cached(
            "UPDATE work SET blockers = blockers - 1
             WHERE state = 0 AND run = ?1 AND id IN (SELECT id FROM work_edge WHERE run = ?1 AND before = ?2)
             RETURNING grp, seq, blockers",
        )?
        .query_map([&ticket.run, &ticket.work], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?)))?
        .filter_map(|row| match row {
            Ok((group, seq, 0)) => Some(Ok((group, seq))),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        })
        .collect::<Result<_, _>>()?;
    if let Some(group) = &group {
        next_of(db, group)?;
    }
    for (group, seq) in freed {
        queue(db, group.as_deref(), seq)?;
    }
    Ok(())
}

pub(super) fn show_again(db: &Connection, ticket: &Ticket, at: DateTime<Utc>) -> SqlResult<bool> {
    let changed = db
        .prepare_cached("UPDATE work SET visible = ?3 WHERE seq = ?1 AND state = 1 AND taken = ?2")?
        .execute(params![ticket.message, ticket.taken, micros(at)])?;
    Ok(changed == 1)
}

pub(super) fn take(db: &Connection, ask: &Take) -> SqlResult<Vec<Claim>> {
    let free: Vec<i64> = db
        .prepare_cached(
            "SELECT seq FROM work WHERE queue = ?1 AND state = 1 AND visible <= ?2
             ORDER BY visible, seq LIMIT ?3",
        )?
        .query_map(params![ask.queue, micros(ask.now), limit(ask.limit)], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut hold = db.prepare_cached(
        "UPDATE work SET visible = ?2, taken = taken + 1 WHERE seq = ?1 RETURNING taken, doc",
    )?;
    let mut before = db.prepare_cached(
        "SELECT b.id, b.outcome FROM work_edge e JOIN work b ON b.run = e.run AND b.id = e.before
         WHERE e.run = ?1 AND e.id = ?2 AND b.state = 2",
    )?;
    let mut claims = Vec::with_capacity(free.len());
    for seq in free {
        let (taken, text): (u32, String) =
            hold.query_row(params![seq, micros(ask.now + ask.lease)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let work: WorkRecord = decode(&text, "work")?;
        let ended: BTreeMap<String, String> = match work.after.is_empty() {
            true => BTreeMap::new(),
            false => before
                .query_map([&work.run, &work.id], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?,
        };
        let ticket = Ticket {
            run: work.run.clone(),
            work: work.id.clone(),
            queue: work.queue.clone(),
            message: seq,
            taken,
            stamp: 0,
        };
        claims.push(Claim { ticket, work, ended });
    }
    Ok(claims)
}

pub(super) fn keep(
    db: &Connection,
    tickets: &[Ticket],
    now: DateTime<Utc>,
    lease: TimeDelta,
) -> SqlResult<Vec<Ticket>> {
    let mut kept = Vec::with_capacity(tickets.len());
    for ticket in tickets {
        if show_again(db, ticket, now + lease)? {
            kept.push(ticket.clone());
        }
    }
    Ok(kept)
}

pub(super) fn any(db: &Connection, run: &str) -> SqlResult<bool> {
    Ok(db.prepare_cached("SELECT 1 FROM work WHERE run = ?1 AND state < 2 LIMIT 1")?.exists([run])?)
}

pub(super) fn count(db: &Connection, run: &str) -> SqlResult<WorkCount> {
    let sql = "SELECT coalesce(sum(state = 0), 0), coalesce(sum(state = 1), 0), coalesce(sum(state = 2), 0)
        FROM work WHERE run = ?1";
    let counts = db.prepare_cached(sql)?.query_row([run], |row| {
        Ok(WorkCount {
            waiting: row.get::<_, i64>(0)?.cast_unsigned(),
            queued: row.get::<_, i64>(1)?.cast_unsigned(),
            ended: row.get::<_, i64>(2)?.cast_unsigned(),
        })
    })?;
    Ok(counts)
}

pub(super) fn ended(db: &Connection, run: &str) -> SqlResult<Vec<(String, String)>> {
    let sql = "SELECT id, outcome FROM work WHERE run = ?1 AND state = 2 ORDER BY id";
    let found = db
        .prepare_cached(sql)?
        .query_map([run], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    Ok(found)
}
