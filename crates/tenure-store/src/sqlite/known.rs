use rusqlite::{Connection, params};

use super::error::SqlResult;
use super::outlook;
use super::read::{many, one};
use crate::row::{self, limit};
use crate::{AccountRecord, HeldRecord, IdentityRecord, Known, PageRequest, Whom};

pub(super) fn known_of(db: &Connection, whom: &Whom) -> SqlResult<Known> {
    let mut known = Known { identities: identities(db, whom)?, ..Known::default() };
    for identity in &known.identities {
        let id = [&identity.id];
        known.names.extend(many(
            db,
            "SELECT doc FROM name WHERE identity = ?1 ORDER BY space, key",
            id,
            "name",
        )?);
        known.grants.extend(many(
            db,
            "SELECT doc FROM explicit_grant WHERE identity = ?1 ORDER BY id",
            id,
            "grant",
        )?);
        let sql = "SELECT doc FROM link WHERE identity = ?1 ORDER BY target, account";
        let from = known.links.len();
        known.links.extend(many(db, sql, id, "link")?);
        for link in known.links.iter().skip(from).filter(|link| link.is_live()) {
            let key = params![link.target, link.account];
            let sql = "SELECT doc FROM account WHERE target = ?1 AND id = ?2";
            known.accounts.extend(one::<AccountRecord>(db, sql, key, "account")?);
            let sql = "SELECT doc FROM held WHERE target = ?1 AND account = ?2 ORDER BY kind, value";
            known.held.extend(many::<HeldRecord>(db, sql, key, "held entitlement")?);
        }
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
