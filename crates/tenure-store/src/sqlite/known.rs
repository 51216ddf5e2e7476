use std::collections::BTreeSet;

use rusqlite::{Connection, Statement, params};

use super::error::SqlResult;
use super::outlook;
use super::read::many;
use crate::row::{self, limit};
use crate::{AccountRecord, HeldRecord, Known, KnownTexts, PageRequest, TextOf, Whom};

pub(super) fn known_of(db: &Connection, whom: &Whom) -> SqlResult<Known> {
    let ids = match whom {
        Whom::These(ids) => ids.clone(),
        Whom::Page(page) => {
            let sql = "SELECT id FROM identity WHERE ?1 IS NULL OR id > ?1 ORDER BY id LIMIT ?2";
            let mut statement = db.prepare_cached(sql)?;
            let ids = statement.query_map(params![page.after, limit(page.limit)], |row| row.get(0))?;
            ids.collect::<Result<_, _>>()?
        }
    };
    Ok(known_texts(db, &ids)?.to_known()?)
}

/// Lists are not sorted here: the database would make a table of each.
pub(super) fn known_texts(db: &Connection, ids: &[String]) -> SqlResult<KnownTexts> {
    let mut known = KnownTexts::new(outlook::marks(db, ids)?);
    let mut people = db.prepare_cached("SELECT doc FROM identity WHERE id = ?1")?;
    let mut names = db.prepare_cached("SELECT doc FROM name WHERE identity = ?1")?;
    let mut grants = db.prepare_cached("SELECT doc FROM explicit_grant WHERE identity = ?1")?;
    let mut links = db.prepare_cached(
        "SELECT l.doc, a.doc FROM link l
         LEFT JOIN account a ON l.live = 1 AND a.target = l.target AND a.id = l.account WHERE l.identity = ?1",
    )?;
    let mut held = db.prepare_cached(
        "SELECT h.doc FROM link l CROSS JOIN held h ON h.target = l.target AND h.account = l.account
         WHERE l.identity = ?1 AND l.live = 1",
    )?;
    let sorted: BTreeSet<&String> = ids.iter().collect();
    for (at, id) in sorted.into_iter().enumerate() {
        if at == FEW {
            known.reserve(ids.len() / FEW);
        }
        if add(&mut people, id, &[TextOf::Identity], &mut known)? {
            add(&mut names, id, &[TextOf::Name], &mut known)?;
            add(&mut grants, id, &[TextOf::Grant], &mut known)?;
            add(&mut links, id, &[TextOf::Link, TextOf::Account], &mut known)?;
            add(&mut held, id, &[TextOf::Held], &mut known)?;
        }
    }
    Ok(known)
}

/// After so many people it is known about how much room the others need.
const FEW: usize = 16;

/// Adds what belongs to somebody, column by column; whether there was something.
fn add(
    statement: &mut Statement<'_>,
    id: &str,
    columns: &[TextOf],
    known: &mut KnownTexts,
) -> SqlResult<bool> {
    let mut rows = statement.query([id])?;
    let mut some = false;
    while let Some(row) = rows.next()? {
        some = true;
        for (column, of) in columns.iter().enumerate() {
            let text = row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)?;
            text.into_iter().for_each(|text| known.push(*of, text));
        }
    }
    Ok(some)
}

pub(super) fn changed_accounts(
    db: &Connection,
    accounts: Vec<AccountRecord>,
) -> SqlResult<Vec<AccountRecord>> {
    let mut statement = db.prepare_cached("SELECT doc FROM account WHERE target = ?1 AND id = ?2")?;
    let mut changed = Vec::new();
    for account in accounts {
        let mut rows = statement.query(params![account.target, account.id])?;
        let stored = match rows.next()? {
            Some(row) => row::is_account(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?, &account)?,
            None => false,
        };
        if !stored {
            changed.push(account);
        }
    }
    Ok(changed)
}

pub(super) fn account_ids(db: &Connection, target: &str, page: &PageRequest) -> SqlResult<Vec<String>> {
    let sql = "SELECT id FROM account WHERE target = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
    let mut statement = db.prepare_cached(sql)?;
    let after = page.after.as_deref().unwrap_or_default();
    let ids = statement.query_map(params![target, after, limit(page.limit)], |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

pub(super) fn held_by(db: &Connection, target: &str, page: &PageRequest) -> SqlResult<Vec<HeldRecord>> {
    let sql = "SELECT doc FROM held WHERE target = ?1 AND account > ?2 AND account <= (
            SELECT max(account) FROM (
                SELECT DISTINCT account FROM held WHERE target = ?1 AND account > ?2 ORDER BY account LIMIT ?3))
        ORDER BY account, kind, value";
    let after = page.after.as_deref().unwrap_or_default();
    many(db, sql, params![target, after, limit(page.limit)], "held entitlement")
}

pub(super) fn count(db: &Connection, sql: &str, target: &str) -> SqlResult<u64> {
    let count: i64 = db.prepare_cached(sql)?.query_row([target], |row| row.get(0))?;
    Ok(count.cast_unsigned())
}
