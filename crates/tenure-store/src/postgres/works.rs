//! The queues of workers: pgmq holds which work can be taken and who has it; `work` holds what waits for what.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use deadpool_postgres::{GenericClient, Transaction};
use tokio::try_join;

use super::error::SqlResult;
use super::queue;
use super::write::{execute, rows};
use crate::row::{decode, doc};
use crate::{Claim, Take, Ticket, WorkCount, WorkRecord, rules};

/// What tells one taking of a message from another. The counter alone would not do: a claim is not synchronised, so a
/// crash of the server may set it back.
const FENCE: &str = "q.msg_id = t.id AND q.read_ct = t.taken
    AND (extract(epoch FROM q.last_read_at) * 1000000)::bigint = t.stamp";

/// Hands works over: queues that are needed are made, and what nothing stands before is queued.
pub(super) async fn insert(db: &Transaction<'_>, schema: &str, works: &[&WorkRecord]) -> SqlResult<()> {
    let queues: BTreeSet<&str> = works.iter().map(|work| work.queue.as_str()).collect();
    for target in queues {
        execute(db, "SELECT pgmq.create($1)", &[&queue::name(schema, target)]).await?;
    }
    let column = |pick: fn(&WorkRecord) -> &str| works.iter().map(|work| pick(work)).collect::<Vec<&str>>();
    let (runs, ids, targets) = (column(|w| &w.run), column(|w| &w.id), column(|w| &w.queue));
    let groups: Vec<Option<&str>> = works.iter().map(|work| work.group.as_deref()).collect();
    let docs = works.iter().map(doc).collect::<Result<Vec<_>, _>>()?;
    let sql = "INSERT INTO work (run, id, queue, grp, blockers, state, doc)
        SELECT run, id, queue, grp, 0, 0, doc
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) t(run, id, queue, grp, doc)
        ON CONFLICT DO NOTHING";
    execute(db, sql, &[&runs, &ids, &targets, &groups, &docs]).await?;
    let edges: Vec<(&str, &str, &str)> = works
        .iter()
        .flat_map(|work| work.after.iter().map(|before| (&*work.run, before.as_str(), &*work.id)))
        .collect();
    if !edges.is_empty() {
        let runs: Vec<_> = edges.iter().map(|edge| edge.0).collect();
        let before: Vec<_> = edges.iter().map(|edge| edge.1).collect();
        let after: Vec<_> = edges.iter().map(|edge| edge.2).collect();
        let sql =
            "INSERT INTO work_edge (run, before, id) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
            ON CONFLICT DO NOTHING";
        execute(db, sql, &[&runs, &before, &after]).await?;
        let sql = "UPDATE work w SET blockers = n.open FROM (
                SELECT e.run, e.id, count(*) AS open FROM unnest($1::text[], $2::text[]) t(run, id)
                JOIN work_edge e ON e.run || '' = t.run AND e.id = t.id
                JOIN work b ON b.run = e.run AND b.id = e.before AND b.state < 2
                GROUP BY 1, 2) n
            WHERE w.run = n.run AND w.id = n.id AND w.state = 0";
        let unique: BTreeSet<(&str, &str)> = edges.iter().map(|edge| (edge.0, edge.2)).collect();
        let (runs, after): (Vec<&str>, Vec<&str>) = unique.into_iter().unzip();
        execute(db, sql, &[&runs, &after]).await?;
    }
    let alone = "SELECT w.seq FROM unnest($1::text[], $2::text[]) t(run, id) JOIN work w USING (run, id)
        WHERE w.grp IS NULL AND w.state = 0 AND w.blockers = 0";
    let alone: Vec<i64> = rows(db, alone, &[&runs, &ids]).await?.iter().map(|row| row.get(0)).collect();
    let groups: BTreeSet<&str> = groups.into_iter().flatten().collect();
    queue_next(db, schema, &groups.into_iter().collect::<Vec<_>>(), &alone).await
}

/// Queues the first work of each group that can go, unless the group has one in a queue, and works without a group.
async fn queue_next(db: &Transaction<'_>, schema: &str, groups: &[&str], alone: &[i64]) -> SqlResult<()> {
    let sql = "WITH next AS (
            SELECT DISTINCT ON (grp) seq FROM work w
            WHERE grp = ANY($1::text[]) AND state = 0 AND blockers = 0
              AND NOT EXISTS (SELECT 1 FROM work q WHERE q.grp = w.grp AND q.state = 1)
            ORDER BY grp, seq)
        UPDATE work SET state = 1
        WHERE state = 0 AND seq IN (SELECT seq FROM next UNION ALL SELECT unnest($2::bigint[]))
        RETURNING queue, seq, grp";
    let queued = rows(db, sql, &[&groups, &alone]).await?;
    if queued.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = queued.iter().map(|row| queue::name(schema, row.get(0))).collect();
    let numbers: Vec<i64> = queued.iter().map(|row| row.get(1)).collect();
    let groups: Vec<Option<&str>> = queued.iter().map(|row| row.get(2)).collect();
    let sql = "SELECT pgmq.send_batch(name,
            array_agg(jsonb_build_object('seq', seq) ORDER BY seq),
            array_agg(jsonb_build_object('x-pgmq-group', grp) ORDER BY seq))
        FROM unnest($1::text[], $2::bigint[], $3::text[]) t(name, seq, grp) GROUP BY name";
    rows(db, sql, &[&names, &numbers, &groups]).await?;
    Ok(())
}

/// Takes works out of their queues and lets those go on that came after them.
pub(super) async fn end(db: &Transaction<'_>, schema: &str, ended: &[(&Ticket, &str)]) -> SqlResult<()> {
    let tickets: Vec<&Ticket> = ended.iter().map(|(ticket, _)| *ticket).collect();
    let take_out = async {
        for (target, tickets) in by_queue(&tickets) {
            let sql = format!(
                "DELETE FROM pgmq.q_{} q USING unnest($1::bigint[], $2::int[], $3::bigint[]) t(id, taken, stamp)
                 WHERE {FENCE} RETURNING q.msg_id",
                queue::name(schema, target)
            );
            require_all(&tickets, &matching(db, &sql, &tickets).await?)?;
        }
        Ok(())
    };
    let runs: Vec<&str> = tickets.iter().map(|ticket| ticket.run.as_str()).collect();
    let ids: Vec<&str> = tickets.iter().map(|ticket| ticket.work.as_str()).collect();
    let outcomes: Vec<&str> = ended.iter().map(|(_, outcome)| *outcome).collect();
    let ended = "UPDATE work w SET state = 2, outcome = t.outcome
        FROM unnest($1::text[], $2::text[], $3::text[]) t(run, id, outcome)
        WHERE w.run = t.run AND w.id = t.id AND w.state = 1 RETURNING w.grp";
    let freed = "UPDATE work w SET blockers = w.blockers - d.n FROM (
            SELECT e.run, e.id, count(*) AS n FROM unnest($1::text[], $2::text[]) t(run, id)
            JOIN work_edge e ON e.run = t.run AND e.before = t.id GROUP BY 1, 2) d
        WHERE w.run = d.run AND w.id = d.id AND w.state = 0
        RETURNING w.grp, w.seq, w.blockers";
    let ((), own, after) = try_join!(
        biased;
        take_out,
        async { rows(db, ended, &[&runs, &ids, &outcomes]).await },
        async { rows(db, freed, &[&runs, &ids]).await },
    )?;
    let freed = after.iter().filter(|row| row.get::<_, i64>(2) == 0);
    let alone: Vec<i64> =
        freed.clone().filter(|row| row.get::<_, Option<&str>>(0).is_none()).map(|row| row.get(1)).collect();
    let groups: BTreeSet<&str> =
        own.iter().chain(freed).filter_map(|row| row.get::<_, Option<&str>>(0)).collect();
    queue_next(db, schema, &groups.into_iter().collect::<Vec<_>>(), &alone).await
}

/// Shows works again after a while. Returns the messages that are still in the hands of who took them.
async fn show_again(
    db: &impl GenericClient,
    schema: &str,
    target: &str,
    tickets: &[&Ticket],
    wait: TimeDelta,
) -> SqlResult<BTreeSet<i64>> {
    let micros = wait.num_microseconds().unwrap_or(i64::MAX).max(0);
    let sql = format!(
        "UPDATE pgmq.q_{} q SET vt = clock_timestamp() + {micros} * interval '1 microsecond'
         FROM unnest($1::bigint[], $2::int[], $3::bigint[]) t(id, taken, stamp) WHERE {FENCE} RETURNING q.msg_id",
        queue::name(schema, target)
    );
    matching(db, &sql, tickets).await
}

pub(super) async fn later(
    db: &Transaction<'_>,
    schema: &str,
    ticket: &Ticket,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> SqlResult<()> {
    let changed = show_again(db, schema, &ticket.queue, &[ticket], until - now).await?;
    require_all(&[ticket], &changed)
}

pub(super) async fn keep(
    db: &impl GenericClient,
    schema: &str,
    tickets: &[Ticket],
    lease: TimeDelta,
) -> SqlResult<Vec<Ticket>> {
    let mut kept = Vec::with_capacity(tickets.len());
    for (target, tickets) in by_queue(&tickets.iter().collect::<Vec<_>>()) {
        let valid = show_again(db, schema, target, &tickets, lease).await?;
        kept.extend(tickets.into_iter().filter(|ticket| valid.contains(&ticket.message)).cloned());
    }
    Ok(kept)
}

/// Fails when a work is no longer in the hands of who took it.
pub(super) async fn check(db: &impl GenericClient, schema: &str, tickets: &[&Ticket]) -> SqlResult<()> {
    for (target, tickets) in by_queue(tickets) {
        let sql = format!(
            "SELECT q.msg_id FROM pgmq.q_{} q
             JOIN unnest($1::bigint[], $2::int[], $3::bigint[]) t(id, taken, stamp) ON {FENCE}",
            queue::name(schema, target)
        );
        require_all(&tickets, &matching(db, &sql, &tickets).await?)?;
    }
    Ok(())
}

pub(super) async fn take(db: &Transaction<'_>, schema: &str, ask: &Take) -> SqlResult<Vec<Claim>> {
    let name = queue::name(schema, &ask.queue);
    let exists = rows(db, "SELECT 1 WHERE to_regclass('pgmq.q_' || $1) IS NOT NULL", &[&name]).await?;
    if exists.is_empty() {
        return Ok(Vec::new());
    }
    // A claim that a crash of the server loses is void by its stamp, so it needs no synchronisation of its own.
    execute(db, "SET LOCAL synchronous_commit = off", &[]).await?;
    // Whole seconds are what the queue counts leases in.
    let seconds = i32::try_from(ask.lease.num_seconds()).unwrap_or(i32::MAX).max(1);
    let wanted = i32::try_from(ask.limit).unwrap_or(i32::MAX);
    let sql = "SELECT msg_id, read_ct, (extract(epoch FROM last_read_at) * 1000000)::bigint,
            (message->>'seq')::bigint FROM pgmq.read($1, $2, $3)";
    let messages = rows(db, sql, &[&name, &seconds, &wanted]).await?;
    let ids: Vec<i64> = messages.iter().map(|row| row.get(0)).collect();
    let taken: Vec<i32> = messages.iter().map(|row| row.get(1)).collect();
    let stamps: Vec<i64> = messages.iter().map(|row| row.get(2)).collect();
    let numbers: Vec<i64> = messages.iter().map(|row| row.get(3)).collect();
    // INVARIANT: a statement of its own, after the other. A function sees what was committed since its statement began, the
    // statement does not: joined to it, a work that was queued meanwhile would be hidden and in nobody's hands.
    let sql = "SELECT w.doc, t.id, t.taken, t.stamp
        FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::bigint[]) t(id, taken, stamp, seq)
        JOIN work w USING (seq) WHERE w.state = 1 ORDER BY w.seq";
    let found = rows(db, sql, &[&ids, &taken, &stamps, &numbers]).await?;
    let mut claims = Vec::with_capacity(found.len());
    for row in &found {
        let work: WorkRecord = decode(row.get(0), "work")?;
        let ticket = Ticket {
            run: work.run.clone(),
            work: work.id.clone(),
            queue: work.queue.clone(),
            message: row.get(1),
            taken: row.get::<_, i32>(2).cast_unsigned(),
            stamp: row.get(3),
        };
        claims.push(Claim { ticket, work, ended: BTreeMap::new() });
    }
    let asking: Vec<&Claim> = claims.iter().filter(|claim| !claim.work.after.is_empty()).collect();
    if !asking.is_empty() {
        let runs: Vec<&str> = asking.iter().map(|claim| claim.work.run.as_str()).collect();
        let ids: Vec<&str> = asking.iter().map(|claim| claim.work.id.as_str()).collect();
        let sql = "SELECT e.run, e.id, b.id, b.outcome FROM unnest($1::text[], $2::text[]) t(run, id)
            JOIN work_edge e ON e.run || '' = t.run AND e.id = t.id
            JOIN work b ON b.run = e.run AND b.id = e.before WHERE b.state = 2";
        let mut ended: BTreeMap<(String, String), BTreeMap<String, String>> = BTreeMap::new();
        for row in rows(db, sql, &[&runs, &ids]).await? {
            ended.entry((row.get(0), row.get(1))).or_default().insert(row.get(2), row.get(3));
        }
        for claim in &mut claims {
            let key = (claim.work.run.clone(), claim.work.id.clone());
            claim.ended = ended.remove(&key).unwrap_or_default();
        }
    }
    Ok(claims)
}

pub(super) async fn any(db: &impl GenericClient, run: &str) -> SqlResult<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM work WHERE run = $1 AND state < 2)";
    Ok(rows(db, sql, &[&run]).await?.first().is_some_and(|row| row.get(0)))
}

pub(super) async fn count(db: &impl GenericClient, run: &str) -> SqlResult<WorkCount> {
    let sql = "SELECT count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 1),
        count(*) FILTER (WHERE state = 2) FROM work WHERE run = $1";
    let row = db.query_one(sql, &[&run]).await?;
    let number = |at| row.get::<usize, i64>(at).cast_unsigned();
    Ok(WorkCount { waiting: number(0), queued: number(1), ended: number(2) })
}

pub(super) async fn ended(db: &impl GenericClient, run: &str) -> SqlResult<Vec<(String, String)>> {
    let sql = "SELECT id, outcome FROM work WHERE run = $1 AND state = 2 ORDER BY id";
    Ok(db.query(sql, &[&run]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// The most tickets that one statement takes.
const MOST: usize = 4_096;

async fn matching(db: &impl GenericClient, sql: &str, tickets: &[&Ticket]) -> SqlResult<BTreeSet<i64>> {
    let mut found = BTreeSet::new();
    for part in tickets.chunks(MOST) {
        let ids: Vec<i64> = part.iter().map(|ticket| ticket.message).collect();
        let taken: Vec<i32> = part.iter().map(|ticket| ticket.taken.cast_signed()).collect();
        let stamps: Vec<i64> = part.iter().map(|ticket| ticket.stamp).collect();
        let statement = db.prepare_cached(sql).await?;
        let rows = db.query(&statement, &[&ids, &taken, &stamps]).await?;
        found.extend(rows.iter().map(|row| row.get::<_, i64>(0)));
    }
    Ok(found)
}

fn require_all(tickets: &[&Ticket], valid: &BTreeSet<i64>) -> SqlResult<()> {
    match tickets.iter().find(|ticket| !valid.contains(&ticket.message)) {
        Some(void) => Err(rules::taken_over(void).into()),
        None => Ok(()),
    }
}

fn by_queue<'a>(tickets: &[&'a Ticket]) -> BTreeMap<&'a str, Vec<&'a Ticket>> {
    let mut queues: BTreeMap<&str, Vec<&Ticket>> = BTreeMap::new();
    for ticket in tickets {
        queues.entry(&ticket.queue).or_default().push(ticket);
    }
    queues
}
