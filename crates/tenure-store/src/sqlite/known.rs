use std::cmp::Ordering;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Params, Row, Statement, params};
use serde::de::DeserializeOwned;

use super::error::SqlResult;
use super::outlook;
use super::read::many;
use crate::row::{self, limit};
use crate::{AccountRecord, HeldRecord, IdentityRecord, Known, PageRequest, Whom};

/// Lists are sorted here: the database would make a table of each.
pub(super) fn known_of(db: &Connection, whom: &Whom) -> SqlResult<Known> {
    let mut known = Known { identities: identities(db, whom)?, ..Known::default() };
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
    for identity in &known.identities {
        let id = [&identity.id];
        let at = [
            known.names.len(),
            known.grants.len(),
            known.links.len(),
            known.accounts.len(),
            known.held.len(),
        ];
        add(&mut names, id, "name", &mut known.names)?;
        add(&mut grants, id, "grant", &mut known.grants)?;
        let mut rows = links.query(id)?;
        while let Some(row) = rows.next()? {
            known.links.push(read(row, 0, "link")?);
            if row.get_ref(1)? != ValueRef::Null {
                known.accounts.push(read(row, 1, "account")?);
            }
        }
        add(&mut held, id, "held entitlement", &mut known.held)?;
        let [name, grant, link, account, holds] = at;
        sort(&mut known.names, name, |a, b| (&a.space, &a.key).cmp(&(&b.space, &b.key)));
        sort(&mut known.grants, grant, |a, b| a.id.cmp(&b.id));
        sort(&mut known.links, link, |a, b| (&a.target, &a.account).cmp(&(&b.target, &b.account)));
        sort(&mut known.accounts, account, |a, b| (&a.target, &a.id).cmp(&(&b.target, &b.id)));
        sort(&mut known.held, holds, |a, b| {
            (&a.target, &a.account, &a.kind, &a.value).cmp(&(&b.target, &b.account, &b.kind, &b.value))
        });
    }
    known.marks = match whom {
        Whom::These(ids) => outlook::marks(db, ids)?,
        Whom::Page(_) => {
            let ids: Vec<String> = known.identities.iter().map(|identity| identity.id.clone()).collect();
            outlook::marks(db, &ids)?
        }
    };
    Ok(known)
}

fn sort<T>(list: &mut [T], from: usize, order: impl FnMut(&T, &T) -> Ordering) {
    list.get_mut(from..).unwrap_or_default().sort_by(order);
}

fn add<T: DeserializeOwned>(
    statement: &mut Statement<'_>,
    values: impl Params,
    what: &'static str,
    found: &mut Vec<T>,
) -> SqlResult<()> {
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        found.push(read(row, 0, what)?);
    }
    Ok(())
}

fn read<T: DeserializeOwned>(row: &Row<'_>, column: usize, what: &'static str) -> SqlResult<T> {
    Ok(row::decode(row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?, what)?)
}

fn identities(db: &Connection, whom: &Whom) -> SqlResult<Vec<IdentityRecord>> {
    match whom {
        Whom::Page(page) => {
            let sql = "SELECT doc FROM identity WHERE ?1 IS NULL OR id > ?1 ORDER BY id LIMIT ?2";
            many(db, sql, params![page.after, limit(page.limit)], "identity")
        }
        Whom::These(ids) => {
            let sql = "SELECT doc FROM identity WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id";
            many(db, sql, [row::doc(ids)?], "identity")
        }
    }
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
