use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use super::error::SqlResult;
use super::read::{many, one};
use crate::{HeldRecord, JournalEntry, LinkRecord, Lookup, Surroundings};

pub(super) fn look_up(db: &Connection, lookup: &Lookup) -> SqlResult<Surroundings> {
    let target = &lookup.target;
    let mut links: Vec<LinkRecord> = Vec::new();
    for identity in &lookup.identities {
        links.extend(many::<LinkRecord>(db, "SELECT doc FROM link WHERE identity = ?1", [identity], "link")?);
    }
    for account in &lookup.accounts {
        let sql = "SELECT doc FROM link WHERE target = ?1 AND account = ?2";
        links.extend(one::<LinkRecord>(db, sql, params![target, account], "link")?);
    }
    links.sort_by(|a, b| (&a.target, &a.account).cmp(&(&b.target, &b.account)));
    links.dedup_by(|a, b| a.target == b.target && a.account == b.account);
    let mut accounts: BTreeSet<String> = lookup.accounts.iter().cloned().collect();
    let here = links.iter().filter(|link| link.target == *target && link.is_live());
    accounts.extend(here.map(|link| link.account.clone()));
    let mut held: Vec<HeldRecord> = Vec::new();
    for account in &accounts {
        let sql = "SELECT doc FROM held WHERE target = ?1 AND account = ?2";
        held.extend(many::<HeldRecord>(db, sql, params![target, account], "held entitlement")?);
    }
    for (kind, value) in &lookup.entitlements {
        let sql = "SELECT doc FROM held WHERE target = ?1 AND kind = ?2 AND value = ?3";
        held.extend(many::<HeldRecord>(db, sql, params![target, kind, value], "held entitlement")?);
    }
    held.sort_by_key(HeldRecord::key);
    held.dedup_by(|a, b| a.key() == b.key());
    if lookup.without_accounts {
        accounts.clear();
    } else {
        accounts.extend(held.iter().map(|held| held.account.clone()));
    }
    let mut found = Vec::with_capacity(accounts.len());
    for account in &accounts {
        let sql = "SELECT doc FROM account WHERE target = ?1 AND id = ?2";
        found.extend(one(db, sql, params![target, account], "account")?);
    }
    let mut values = Vec::new();
    for key in &lookup.values {
        let value = one(db, "SELECT doc FROM value WHERE key = ?1", [key], "value")?;
        values.extend(value.map(|value| (key.clone(), value)));
    }
    let mut journal = Vec::new();
    for (plan, step) in &lookup.steps {
        let sql = "SELECT doc FROM journal WHERE plan = ?1 AND step = ?2 ORDER BY seq";
        journal.extend(many::<JournalEntry>(db, sql, params![plan, step], "journal entry")?);
    }
    Ok(Surroundings { links, accounts: found, held, values, journal })
}
