use rusqlite::{Connection, params};

use super::error::SqlResult;
use super::outlook;
use super::read::many;
use crate::record::others;
use crate::row::limit;
use crate::{Glance, Glimpse, IdentityRecord, PageRequest};

pub(super) fn glance(db: &Connection, page: &PageRequest) -> SqlResult<Glance> {
    let sql = "SELECT i.id, i.doc, o.marks IS NOT NULL, o.due, o.others, o.marks, o.settled
        FROM identity i LEFT JOIN outlook o ON o.identity = i.id WHERE i.id > ?1 ORDER BY i.id LIMIT ?2";
    let after = page.after.as_deref().unwrap_or_default();
    let mut glance = Glance::default();
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![after, limit(page.limit)])?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        let known: bool = row.get(2)?;
        let outlook = if known { Some(outlook::record(id.clone(), row, 3)?) } else { None };
        glance.identities.push(Glimpse::new(id, row.get(1)?, outlook));
    }
    let Some(last) = glance.identities.last() else { return Ok(glance) };
    let sql = "SELECT doc FROM explicit_grant WHERE identity > ?1 AND identity <= ?2 ORDER BY identity, id";
    glance.grants = many(db, sql, params![after, last.id], "grant")?;
    let outlooks = glance.identities.iter().filter_map(|glimpse| glimpse.outlook.as_ref());
    glance.marks = outlook::marks(db, &others(outlooks))?;
    Ok(glance)
}

pub(super) fn workloads(db: &Connection, page: &PageRequest) -> SqlResult<Vec<IdentityRecord>> {
    let sql = "SELECT doc FROM identity INDEXED BY identity_workload
        WHERE doc ->> 'kind' = 'workload' AND id > ?1 ORDER BY id LIMIT ?2";
    many(db, sql, params![page.after.as_deref().unwrap_or_default(), limit(page.limit)], "identity")
}
