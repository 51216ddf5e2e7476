use std::cmp::Ordering;

use rusqlite::{Connection, params};

use super::error::SqlResult;
use super::outlook;
use super::read::many;
use crate::record::others;
use crate::row::limit;
use crate::{Glance, Glimpse, IdentityRecord, PageRequest};

pub(super) fn glance(db: &Connection, page: &PageRequest) -> SqlResult<Glance> {
    let after = page.after.as_deref().unwrap_or_default();
    let mut glance = Glance { identities: identities(db, after, limit(page.limit))?, ..Glance::default() };
    let Some(last) = glance.identities.last() else { return Ok(glance) };
    let sql = "SELECT doc FROM explicit_grant WHERE identity > ?1 AND identity <= ?2 ORDER BY identity, id";
    glance.grants = many(db, sql, params![after, last.id], "grant")?;
    let outlooks = glance.identities.iter().filter_map(|glimpse| glimpse.outlook.as_ref());
    glance.marks = outlook::marks(db, &others(outlooks))?;
    Ok(glance)
}

/// Both tables are walked in the order of their keys, side by side: nobody's outlook has to be looked for.
fn identities(db: &Connection, after: &str, limit: i64) -> SqlResult<Vec<Glimpse>> {
    let mut people = db.prepare_cached("SELECT id, doc FROM identity WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let sql =
        "SELECT identity, due, others, marks, settled FROM outlook WHERE identity > ?1 ORDER BY identity";
    let mut outlooks = db.prepare_cached(sql)?;
    let (mut people, mut outlooks) = (people.query(params![after, limit])?, outlooks.query([after])?);
    let mut outlook = outlooks.next()?;
    let mut found = Vec::new();
    while let Some(person) = people.next()? {
        let id: String = person.get(0)?;
        let mut theirs = None;
        while let Some(row) = outlook {
            let whose = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            match whose.cmp(&id) {
                Ordering::Greater => break,
                Ordering::Equal => theirs = Some(outlook::record(id.clone(), row, 1)?),
                // Somebody who was made due and is not there.
                Ordering::Less => {}
            }
            outlook = outlooks.next()?;
        }
        found.push(Glimpse::new(id, person.get(1)?, theirs));
    }
    Ok(found)
}

pub(super) fn workloads(db: &Connection, page: &PageRequest) -> SqlResult<Vec<IdentityRecord>> {
    let sql = "SELECT doc FROM identity INDEXED BY identity_workload
        WHERE doc ->> 'kind' = 'workload' AND id > ?1 ORDER BY id LIMIT ?2";
    many(db, sql, params![page.after.as_deref().unwrap_or_default(), limit(page.limit)], "identity")
}
