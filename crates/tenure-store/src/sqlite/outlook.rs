use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::error::SqlResult;
use crate::row::{self, decode, doc, limit, micros};
use crate::touch::Touched;
use crate::{OutlookRecord, PageRequest};

pub(super) fn set(db: &Connection, record: &OutlookRecord) -> SqlResult<()> {
    let known: Option<(Option<String>, i64)> = db
        .prepare_cached("SELECT others, marks FROM outlook WHERE identity = ?1")?
        .query_row([&record.identity], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let marks = record.marks.cast_signed();
    if known.as_ref().is_some_and(|(_, known)| *known != marks) {
        return Ok(());
    }
    let others = if record.on.is_empty() { None } else { Some(doc(&record.on)?) };
    let before = known.and_then(|(others, _)| others);
    if before != others {
        db.prepare_cached(
            "DELETE FROM outlook_other WHERE identity = ?1 AND other IN (SELECT value FROM json_each(?2))",
        )?
        .execute(params![record.identity, before.as_deref().unwrap_or("[]")])?;
        let mut insert =
            db.prepare_cached("INSERT OR IGNORE INTO outlook_other (other, identity) VALUES (?1, ?2)")?;
        for other in &record.on {
            insert.execute(params![other, record.identity])?;
        }
    }
    db.prepare_cached(
        "INSERT INTO outlook (identity, due, others, marks, settled) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (identity) DO UPDATE SET
                due = excluded.due, others = excluded.others, marks = excluded.marks, settled = excluded.settled",
    )?
    .execute(params![record.identity, record.due.map(micros), others, marks, record.settled])?;
    Ok(())
}

pub(super) fn due(db: &Connection, identity: &str, at: DateTime<Utc>) -> SqlResult<()> {
    let sql = "INSERT INTO outlook (identity, due, marks) VALUES (?1, ?2, 1) ON CONFLICT (identity)
        DO UPDATE SET due = min(coalesce(due, excluded.due), excluded.due), marks = marks + 1, settled = NULL";
    db.prepare_cached(sql)?.execute(params![identity, micros(at)])?;
    Ok(())
}

/// Forgets of those whom writes are about what they were settled with.
pub(super) fn touch(db: &Connection, touched: &Touched<'_>) -> SqlResult<()> {
    if touched.is_empty() {
        return Ok(());
    }
    let mut touch = db.prepare_cached(
        "INSERT INTO outlook (identity, marks) VALUES (?1, 1)
        ON CONFLICT (identity) DO UPDATE SET marks = marks + 1, settled = NULL",
    )?;
    let mut owner = db.prepare_cached("SELECT identity FROM link WHERE target = ?1 AND account = ?2")?;
    let mut owners = BTreeSet::new();
    for (target, account) in &touched.accounts {
        let found: Option<String> = owner.query_row([target, account], |row| row.get(0)).optional()?;
        owners.extend(found.filter(|found| !touched.identities.contains(found.as_str())));
    }
    for identity in touched.identities.iter().copied().chain(owners.iter().map(String::as_str)) {
        touch.execute([identity])?;
    }
    Ok(())
}

/// How often each was made due or written.
pub(super) fn marks(db: &Connection, ids: &[String]) -> SqlResult<Vec<(String, u64)>> {
    let mut statement = db.prepare_cached("SELECT marks FROM outlook WHERE identity = ?1")?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let marks: Option<i64> = statement.query_row([id], |row| row.get(0)).optional()?;
        found.extend(marks.map(|marks| (id.clone(), marks.cast_unsigned())));
    }
    Ok(found)
}

pub(super) fn all(db: &Connection, page: &PageRequest) -> SqlResult<Vec<OutlookRecord>> {
    let sql = "SELECT identity, due, others, marks, settled FROM outlook WHERE identity > ?1 ORDER BY identity LIMIT ?2";
    many(db, sql, params![page.after.as_deref().unwrap_or_default(), limit(page.limit)])
}

pub(super) fn until(db: &Connection, by: DateTime<Utc>, page: &PageRequest) -> SqlResult<Vec<OutlookRecord>> {
    let sql = "SELECT identity, due, others, marks, settled FROM outlook INDEXED BY outlook_due
        WHERE due IS NOT NULL AND due <= ?1 AND identity > ?2 ORDER BY identity LIMIT ?3";
    many(db, sql, params![micros(by), page.after.as_deref().unwrap_or_default(), limit(page.limit)])
}

pub(super) fn of(db: &Connection, ids: &[String]) -> SqlResult<Vec<OutlookRecord>> {
    let sql = "SELECT identity, due, others, marks, settled FROM outlook
        WHERE identity IN (SELECT value FROM json_each(?1)) ORDER BY identity";
    many(db, sql, [doc(&ids)?])
}

pub(super) fn next(
    db: &Connection,
    after: DateTime<Utc>,
    except: &[String],
) -> SqlResult<Option<DateTime<Utc>>> {
    let sql = "SELECT due FROM outlook WHERE due IS NOT NULL AND due > ?1
        AND identity NOT IN (SELECT value FROM json_each(?2)) ORDER BY due LIMIT 1";
    let found: Option<i64> = db
        .prepare_cached(sql)?
        .query_row(params![micros(after), doc(&except)?], |row| row.get(0))
        .optional()?;
    Ok(found.map(row::time).transpose()?)
}

pub(super) fn dependants(db: &Connection, on: &[String]) -> SqlResult<Vec<String>> {
    let sql = "SELECT DISTINCT identity FROM outlook_other
        WHERE other IN (SELECT value FROM json_each(?1)) ORDER BY identity";
    let mut statement = db.prepare_cached(sql)?;
    let found = statement.query_map([doc(&on)?], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn many(db: &Connection, sql: &str, values: impl Params) -> SqlResult<Vec<OutlookRecord>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(record(row.get(0)?, row, 1)?);
    }
    Ok(found)
}

/// Reads an outlook from the columns of a row that begin with `due`.
pub(super) fn record(identity: String, row: &Row<'_>, from: usize) -> SqlResult<OutlookRecord> {
    let due: Option<i64> = row.get(from)?;
    let others = match row.get_ref(from + 1)?.as_str_or_null().map_err(rusqlite::Error::from)? {
        Some(others) => decode(others, "outlook")?,
        None => BTreeSet::new(),
    };
    Ok(OutlookRecord {
        identity,
        due: due.map(row::time).transpose()?,
        on: others,
        marks: row.get::<_, i64>(from + 2)?.cast_unsigned(),
        settled: row.get(from + 3)?,
    })
}
