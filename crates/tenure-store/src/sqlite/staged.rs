use rusqlite::{Connection, params};

use super::error::SqlResult;
use crate::row::limit;
use crate::{PageRequest, StagedRow};

pub(super) fn read(db: &Connection, area: &str, page: &PageRequest) -> SqlResult<Vec<StagedRow>> {
    let sql = "SELECT identity, place, doc FROM staged WHERE area = ?1 AND identity > ?2 AND identity <= (
            SELECT max(identity) FROM (
                SELECT DISTINCT identity FROM staged WHERE area = ?1 AND identity > ?2 ORDER BY identity LIMIT ?3))
        ORDER BY identity, seq";
    let after = page.after.as_deref().unwrap_or_default();
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![area, after, limit(page.limit)], |row| {
        Ok(StagedRow { identity: row.get(0)?, place: row.get(1)?, row: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn add(db: &Connection, area: &str, rows: &[StagedRow]) -> SqlResult<()> {
    let mut statement =
        db.prepare_cached("INSERT INTO staged (area, identity, place, doc) VALUES (?1, ?2, ?3, ?4)")?;
    for row in rows {
        statement.execute(params![area, row.identity, row.place, row.row])?;
    }
    Ok(())
}
