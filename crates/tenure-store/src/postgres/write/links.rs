use std::collections::BTreeMap;

use tokio::try_join;

use super::sort::Sorted;
use super::{Db, execute, rows};
use crate::postgres::error::SqlResult;
use crate::row::{decode, doc};
use crate::{LinkRecord, NameRecord, Result, rules};

/// Links and names: what others hold is read first, each is checked against it and against those before it.
pub(super) async fn write(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    try_join!(biased; links(db, sorted), names(db, sorted))?;
    Ok(())
}

async fn links(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    if sorted.links.is_empty() {
        return Ok(());
    }
    let column = |get: fn(&LinkRecord) -> &str| sorted.links.iter().map(|link| get(link)).collect::<Vec<_>>();
    let (targets, accounts, people) =
        (column(|l| &l.target), column(|l| &l.account), column(|l| &l.identity));
    let sql = "SELECT l.doc FROM link l JOIN unnest($1::text[], $2::text[]) t(target, account) USING (target, account)
        UNION SELECT l.doc FROM link l JOIN unnest($1::text[], $3::text[]) t(target, identity) USING (target, identity)
        WHERE l.live";
    let mut by_account: BTreeMap<(String, String), LinkRecord> = BTreeMap::new();
    let mut live: BTreeMap<(String, String), String> = BTreeMap::new();
    for row in rows(db, sql, &[&targets, &accounts, &people]).await? {
        let link: LinkRecord = decode(row.get(0), "link")?;
        if link.is_live() {
            live.insert((link.target.clone(), link.identity.clone()), link.account.clone());
        }
        by_account.insert((link.target.clone(), link.account.clone()), link);
    }
    let mut changed: BTreeMap<(&str, &str), &LinkRecord> = BTreeMap::new();
    for link in &sorted.links {
        let key = (link.target.clone(), link.account.clone());
        let owner = (link.target.clone(), link.identity.clone());
        rules::check_link(by_account.get(&key), live.get(&owner).map(String::as_str), link)?;
        if by_account.get(&key).is_some_and(LinkRecord::is_live) {
            live.remove(&owner);
        }
        if link.is_live() {
            live.insert(owner, link.account.clone());
        }
        by_account.insert(key, (*link).clone());
        changed.insert((&link.target, &link.account), link);
    }
    // Those that end go first: an identity has one live account in a target at any time.
    let mut ordered: Vec<&LinkRecord> = changed.into_values().collect();
    ordered.sort_by_key(|link| link.is_live());
    let column = |get: fn(&LinkRecord) -> &str| ordered.iter().map(|link| get(link)).collect::<Vec<_>>();
    let (targets, accounts, people) =
        (column(|l| &l.target), column(|l| &l.account), column(|l| &l.identity));
    let live: Vec<bool> = ordered.iter().map(|link| link.is_live()).collect();
    let docs = ordered.iter().map(doc).collect::<Result<Vec<_>>>()?;
    let sql = "INSERT INTO link (target, account, identity, live, doc)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bool[], $5::text[])
        ON CONFLICT (target, account) DO UPDATE SET identity = excluded.identity, live = excluded.live, doc = excluded.doc";
    execute(db, sql, &[&targets, &accounts, &people, &live, &docs]).await
}

async fn names(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    if sorted.names.is_empty() {
        return Ok(());
    }
    let column = |get: fn(&NameRecord) -> &str| sorted.names.iter().map(|name| get(name)).collect::<Vec<_>>();
    let (spaces, keys) = (column(|n| &n.space), column(|n| &n.key));
    let sql = "SELECT n.doc FROM name n JOIN unnest($1::text[], $2::text[]) t(space, key) USING (space, key)";
    let mut known: BTreeMap<(String, String), NameRecord> = BTreeMap::new();
    for row in rows(db, sql, &[&spaces, &keys]).await? {
        let name: NameRecord = decode(row.get(0), "name")?;
        known.insert((name.space.clone(), name.key.clone()), name);
    }
    let mut changed: BTreeMap<(&str, &str), &NameRecord> = BTreeMap::new();
    for name in &sorted.names {
        let key = (name.space.clone(), name.key.clone());
        rules::check_name(known.get(&key), name)?;
        known.insert(key, (*name).clone());
        changed.insert((&name.space, &name.key), name);
    }
    let ordered: Vec<&NameRecord> = changed.into_values().collect();
    let column = |get: fn(&NameRecord) -> &str| ordered.iter().map(|name| get(name)).collect::<Vec<_>>();
    let (spaces, keys, people) = (column(|n| &n.space), column(|n| &n.key), column(|n| &n.identity));
    let docs = ordered.iter().map(doc).collect::<Result<Vec<_>>>()?;
    let sql = "INSERT INTO name (space, key, identity, doc)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
        ON CONFLICT (space, key) DO UPDATE SET identity = excluded.identity, doc = excluded.doc";
    execute(db, sql, &[&spaces, &keys, &people, &docs]).await
}
