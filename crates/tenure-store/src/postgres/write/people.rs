use std::collections::{BTreeMap, BTreeSet};

use tokio::try_join;

use super::sort::Sorted;
use super::{Db, execute, rows};
use crate::postgres::error::SqlResult;
use crate::row::{doc, micros};
use crate::{HeldRecord, Result};

/// Identities, accounts, explicit grants and held entitlements.
pub(super) async fn write(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    try_join!(
        biased;
        held(db, sorted),
        identities(db, sorted),
        accounts(db, sorted),
        grants(db, sorted),
    )?;
    Ok(())
}

async fn grants(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    if !sorted.grants.is_empty() {
        let ids: Vec<&str> = sorted.grants.keys().copied().collect();
        let people: Vec<&str> = sorted.grants.values().map(|grant| grant.identity.as_str()).collect();
        let docs = sorted.grants.values().map(doc).collect::<Result<Vec<_>>>()?;
        let sql = "INSERT INTO explicit_grant (id, identity, doc)
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
            ON CONFLICT (id) DO UPDATE SET identity = excluded.identity, doc = excluded.doc";
        execute(db, sql, &[&ids, &people, &docs]).await?;
    }
    Ok(())
}

async fn identities(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    if sorted.identities.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = sorted.identities.iter().map(|record| record.id.as_str()).collect();
    let effective: Vec<i64> = sorted.identities.iter().map(|record| micros(record.effective)).collect();
    let recorded: Vec<i64> = sorted.identities.iter().map(|record| micros(record.recorded)).collect();
    let docs = sorted.identities.iter().map(doc).collect::<Result<Vec<_>>>()?;
    let latest: BTreeMap<&str, &str> = ids.iter().copied().zip(docs.iter().map(String::as_str)).collect();
    let (now, texts): (Vec<&str>, Vec<&str>) = latest.into_iter().unzip();
    let latest = "INSERT INTO identity (id, doc) SELECT * FROM unnest($1::text[], $2::text[])
        ON CONFLICT (id) DO UPDATE SET doc = excluded.doc";
    let history = "INSERT INTO identity_history (id, effective, recorded, doc)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[])";
    try_join!(
        biased;
        async { execute(db, latest, &[&now, &texts]).await },
        async { execute(db, history, &[&ids, &effective, &recorded, &docs]).await },
    )?;
    Ok(())
}

async fn accounts(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    let (mut targets, mut ids, mut docs) = (Vec::new(), Vec::new(), Vec::new());
    let (mut gone_from, mut gone) = (Vec::new(), Vec::new());
    for ((target, id), record) in &sorted.accounts {
        match record {
            Some(record) => {
                targets.push(*target);
                ids.push(*id);
                docs.push(doc(record)?);
            }
            None => {
                gone_from.push(*target);
                gone.push(*id);
            }
        }
    }
    if !ids.is_empty() {
        let sql =
            "INSERT INTO account (target, id, doc) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
            ON CONFLICT (target, id) DO UPDATE SET doc = excluded.doc";
        execute(db, sql, &[&targets, &ids, &docs]).await?;
    }
    if !gone.is_empty() {
        let sql = "DELETE FROM account a USING unnest($1::text[], $2::text[]) t(target, id)
            WHERE a.target = t.target AND a.id = t.id";
        execute(db, sql, &[&gone_from, &gone]).await?;
    }
    Ok(())
}

/// One line of the history of what is held.
struct Line<'a> {
    held: &'a HeldRecord,
    effective: i64,
    recorded: i64,
    lost: bool,
}

async fn held(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    if sorted.held.is_empty() {
        return Ok(());
    }
    let keys: Vec<_> = sorted.held.iter().map(|(held, ..)| held.key()).collect();
    let asked = (pick(&keys, |k| &k.0), pick(&keys, |k| &k.1), pick(&keys, |k| &k.2), pick(&keys, |k| &k.3));
    let sql = format!(
        "SELECT h.target, h.account, h.kind, h.value FROM held h
         JOIN unnest($1::text[], $2::text[], $3::text[], $4::text[]) t(target, account, kind, value) ON {IS_HELD}"
    );
    let found = rows(db, &sql, &[&asked.0, &asked.1, &asked.2, &asked.3]).await?;
    let mut known: BTreeSet<_> =
        found.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect();
    let mut latest: BTreeMap<_, Option<usize>> = BTreeMap::new();
    let mut lines = Vec::with_capacity(keys.len());
    for ((held, at, holds), key) in sorted.held.iter().copied().zip(&keys) {
        // The first time it is known since when it has been held; later changes hold from now on.
        let effective = if holds && !known.contains(key) { held.since } else { at };
        lines.push(Line { held, effective: micros(effective), recorded: micros(at), lost: !holds });
        match holds {
            true => drop(known.insert(key.clone())),
            false => drop(known.remove(key)),
        }
        latest.insert(key, holds.then_some(lines.len() - 1));
    }
    let docs = lines.iter().map(|line| doc(line.held)).collect::<Result<Vec<_>>>()?;
    let now: Vec<usize> = latest.values().copied().flatten().collect();
    let gone: Vec<_> =
        latest.iter().filter(|(_, line)| line.is_none()).map(|(key, _)| (*key).clone()).collect();
    try_join!(
        biased;
        held_now(db, &now, &lines, &docs),
        held_before(db, &gone),
        held_history(db, &lines, &docs),
    )?;
    Ok(())
}

async fn held_now(db: &Db<'_>, now: &[usize], lines: &[Line<'_>], docs: &[String]) -> SqlResult<()> {
    let (stay, docs): (Vec<&HeldRecord>, Vec<&str>) =
        now.iter().filter_map(|at| Some((lines.get(*at)?.held, docs.get(*at)?.as_str()))).unzip();
    if !stay.is_empty() {
        let column = |get: fn(&HeldRecord) -> &str| stay.iter().map(|held| get(held)).collect::<Vec<_>>();
        let (targets, accounts) = (column(|h| &h.target), column(|h| &h.account));
        let (kinds, values) = (column(|h| &h.kind), column(|h| &h.value));
        let people: Vec<Option<&str>> = stay.iter().map(|held| held.identity.as_deref()).collect();
        let sql = "INSERT INTO held (target, account, kind, value, identity, doc)
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
            ON CONFLICT (target, account, kind, value) DO UPDATE SET identity = excluded.identity, doc = excluded.doc";
        execute(db, sql, &[&targets, &accounts, &kinds, &values, &people, &docs]).await?;
    }
    Ok(())
}

async fn held_before(db: &Db<'_>, gone: &[Key]) -> SqlResult<()> {
    if !gone.is_empty() {
        let asked = (pick(gone, |k| &k.0), pick(gone, |k| &k.1), pick(gone, |k| &k.2), pick(gone, |k| &k.3));
        let sql = format!(
            "DELETE FROM held h
             USING unnest($1::text[], $2::text[], $3::text[], $4::text[]) t(target, account, kind, value)
             WHERE {IS_HELD}"
        );
        execute(db, &sql, &[&asked.0, &asked.1, &asked.2, &asked.3]).await?;
    }
    Ok(())
}

async fn held_history(db: &Db<'_>, lines: &[Line<'_>], docs: &[String]) -> SqlResult<()> {
    let people: Vec<Option<&str>> = lines.iter().map(|line| line.held.identity.as_deref()).collect();
    let effective: Vec<i64> = lines.iter().map(|line| line.effective).collect();
    let recorded: Vec<i64> = lines.iter().map(|line| line.recorded).collect();
    let lost: Vec<bool> = lines.iter().map(|line| line.lost).collect();
    let sql = "INSERT INTO held_history (identity, effective, recorded, lost, doc)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bool[], $5::text[])";
    execute(db, sql, &[&people, &effective, &recorded, &lost, &docs]).await
}

/// Finds an entitlement below its account, and not among everybody's who holds it, to which an index leads that begins with
/// the value.
const IS_HELD: &str =
    "h.target = t.target AND h.account = t.account AND h.kind = t.kind AND h.value || '' = t.value";

type Key = (String, String, String, String);

fn pick(keys: &[Key], get: fn(&Key) -> &String) -> Vec<&str> {
    keys.iter().map(|key| get(key).as_str()).collect()
}
