use deadpool_postgres::GenericClient;

use super::error::SqlResult;
use super::write::{Db, execute, rows};
use crate::row::limit;
use crate::{PageRequest, StagedRow, Write};

pub(super) async fn read(
    db: &impl GenericClient,
    area: &str,
    page: &PageRequest,
) -> SqlResult<Vec<StagedRow>> {
    let sql = "SELECT identity, place, doc FROM staged WHERE area = $1 AND identity > $2 AND identity <= (
            SELECT max(identity) FROM (
                SELECT DISTINCT identity FROM staged WHERE area = $1 AND identity > $2 ORDER BY identity LIMIT $3) t)
        ORDER BY identity, seq";
    let after = page.after.as_deref().unwrap_or_default();
    let found = rows(db, sql, &[&area, &after, &limit(page.limit)]).await?;
    Ok(found
        .iter()
        .map(|row| StagedRow { identity: row.get(0), place: row.get(1), row: row.get(2) })
        .collect())
}

/// What is kept aside, and what is not any longer, in the order of the writes.
pub(super) async fn write(db: &Db<'_>, writes: &[&Write]) -> SqlResult<()> {
    for write in writes {
        match write {
            Write::Unstage { area } => execute(db, "DELETE FROM staged WHERE area = $1", &[area]).await?,
            Write::Stage { area, rows } => add(db, area, rows).await?,
            _ => {}
        }
    }
    Ok(())
}

async fn add(db: &Db<'_>, area: &str, rows: &[StagedRow]) -> SqlResult<()> {
    let identities: Vec<&str> = rows.iter().map(|row| row.identity.as_str()).collect();
    let places: Vec<&str> = rows.iter().map(|row| row.place.as_str()).collect();
    let texts: Vec<&str> = rows.iter().map(|row| row.row.as_str()).collect();
    let sql = "INSERT INTO staged (area, identity, place, doc)
        SELECT $1, x.identity, x.place, x.doc
        FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY x(identity, place, doc, n) ORDER BY x.n";
    execute(db, sql, &[&area, &identities, &places, &texts]).await
}
