use deadpool_postgres::GenericClient;

use super::error::SqlResult;
use super::known::list;
use super::outlook;
use super::write::rows;
use crate::record::others;
use crate::row::limit;
use crate::{Glance, Glimpse, IdentityRecord, PageRequest};

/// In a transaction that sees one state of the database.
pub(super) async fn glance(db: &impl GenericClient, page: &PageRequest) -> SqlResult<Glance> {
    let sql = "SELECT i.id, i.doc, o.marks IS NOT NULL, o.due, o.others, o.marks, o.settled
        FROM (SELECT id, doc FROM identity WHERE id > $1 ORDER BY id LIMIT $2) i
        LEFT JOIN outlook o ON o.identity = i.id ORDER BY i.id";
    let after = page.after.as_deref().unwrap_or_default();
    let mut glance = Glance::default();
    for row in rows(db, sql, &[&after, &limit(page.limit)]).await? {
        let id: String = row.get(0);
        let outlook = if row.get(2) { Some(outlook::record(id.clone(), &row, 3)?) } else { None };
        glance.identities.push(Glimpse::new(id, row.get(1), outlook));
    }
    let Some(last) = glance.identities.last() else { return Ok(glance) };
    let sql = "SELECT doc FROM explicit_grant WHERE identity > $1 AND identity <= $2 ORDER BY identity, id";
    glance.grants = list(db, sql, &[&after, &last.id], "grant").await?;
    let outlooks = glance.identities.iter().filter_map(|glimpse| glimpse.outlook.as_ref());
    glance.marks = outlook::marks(db, &others(outlooks)).await?;
    Ok(glance)
}

pub(super) async fn workloads(db: &impl GenericClient, page: &PageRequest) -> SqlResult<Vec<IdentityRecord>> {
    let sql = "SELECT doc FROM identity WHERE (doc::jsonb ->> 'kind') = 'workload' AND id > $1
        ORDER BY id LIMIT $2";
    list(db, sql, &[&page.after.as_deref().unwrap_or_default(), &limit(page.limit)], "identity").await
}
