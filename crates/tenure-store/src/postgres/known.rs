use std::collections::BTreeMap;

use deadpool_postgres::GenericClient;
use serde::de::DeserializeOwned;

use super::error::SqlResult;
use super::outlook;
use super::read::Values;
use super::write::rows;
use crate::row::{self, decode, limit};
use crate::{AccountRecord, IdentityRecord, Known, KnownTexts, LinkRecord, PageRequest, TextOf, Whom};

pub(super) async fn known_of(db: &impl GenericClient, whom: &Whom) -> SqlResult<Known> {
    let identities: Vec<IdentityRecord> = match whom {
        Whom::Page(page) => {
            let sql = "SELECT doc FROM identity WHERE $1::text IS NULL OR id > $1 ORDER BY id LIMIT $2";
            list(db, sql, &[&page.after, &limit(page.limit)], "identity").await?
        }
        Whom::These(ids) => {
            list(db, "SELECT doc FROM identity WHERE id = ANY($1) ORDER BY id", &[ids], "identity").await?
        }
    };
    let ids: Vec<&str> = identities.iter().map(|identity| identity.id.as_str()).collect();
    let sql = "SELECT doc FROM name WHERE identity = ANY($1) ORDER BY space, key";
    let names = list(db, sql, &[&ids], "name").await?;
    let sql = "SELECT doc FROM explicit_grant WHERE identity = ANY($1) ORDER BY id";
    let grants = list(db, sql, &[&ids], "grant").await?;
    let sql = "SELECT doc FROM link WHERE identity = ANY($1) ORDER BY target, account";
    let links: Vec<LinkRecord> = list(db, sql, &[&ids], "link").await?;
    let live = links.iter().filter(|link| link.is_live());
    let (targets, accounts): (Vec<&str>, Vec<&str>) =
        live.map(|link| (link.target.as_str(), link.account.as_str())).unzip();
    let sql =
        "SELECT a.doc FROM unnest($1::text[], $2::text[]) t(target, id) JOIN account a USING (target, id)
        ORDER BY a.target, a.id";
    let found = list(db, sql, &[&targets, &accounts], "account").await?;
    let sql = "SELECT h.doc FROM unnest($1::text[], $2::text[]) t(target, account)
        JOIN held h USING (target, account) ORDER BY h.target, h.account, h.kind, h.value";
    let held = list(db, sql, &[&targets, &accounts], "held entitlement").await?;
    let asked = match whom {
        Whom::These(ids) => ids.clone(),
        Whom::Page(_) => ids.iter().map(|id| (*id).to_owned()).collect(),
    };
    let marks = outlook::marks(db, &asked).await?;
    Ok(Known { names, grants, accounts: found, held, links, identities, marks })
}

pub(super) async fn known_texts(db: &impl GenericClient, ids: &[String]) -> SqlResult<KnownTexts> {
    let queries = [
        (TextOf::Identity, "SELECT id, doc FROM identity WHERE id = ANY($1)"),
        (TextOf::Name, "SELECT identity, doc FROM name WHERE identity = ANY($1)"),
        (TextOf::Grant, "SELECT identity, doc FROM explicit_grant WHERE identity = ANY($1)"),
        (TextOf::Link, "SELECT identity, doc FROM link WHERE identity = ANY($1)"),
        (
            TextOf::Account,
            "SELECT l.identity, a.doc FROM link l JOIN account a ON a.target = l.target AND a.id = l.account
            WHERE l.identity = ANY($1) AND l.live",
        ),
        (
            TextOf::Held,
            "SELECT l.identity, h.doc FROM link l JOIN held h ON h.target = l.target AND h.account = l.account
            WHERE l.identity = ANY($1) AND l.live",
        ),
    ];
    let mut found = Vec::with_capacity(queries.len());
    for (of, sql) in queries {
        found.push((of, rows(db, sql, &[&ids]).await?));
    }
    let mut people: BTreeMap<&str, Vec<(TextOf, &str)>> = BTreeMap::new();
    for (of, rows) in &found {
        for row in rows {
            let id: &str = row.get(0);
            if *of == TextOf::Identity || people.contains_key(id) {
                people.entry(id).or_default().push((*of, row.get(1)));
            }
        }
    }
    let mut known = KnownTexts::new(outlook::marks(db, ids).await?);
    people.into_values().flatten().for_each(|(of, text)| known.push(of, text));
    Ok(known)
}

pub(super) async fn changed_accounts(
    db: &impl GenericClient,
    mut accounts: Vec<AccountRecord>,
) -> SqlResult<Vec<AccountRecord>> {
    let (targets, ids): (Vec<&str>, Vec<&str>) =
        accounts.iter().map(|account| (account.target.as_str(), account.id.as_str())).unzip();
    let sql = "SELECT a.target, a.id, a.doc FROM unnest($1::text[], $2::text[]) t(target, id)
        JOIN account a USING (target, id)";
    let found = rows(db, sql, &[&targets, &ids]).await?;
    let stored: BTreeMap<(&str, &str), &str> =
        found.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect();
    let same = accounts.iter().map(|account| match stored.get(&(&*account.target, &*account.id)) {
        Some(text) => row::is_account(text, account),
        None => Ok(false),
    });
    let mut same = same.collect::<Result<Vec<bool>, _>>()?.into_iter();
    accounts.retain(|_| !same.next().unwrap_or_default());
    Ok(accounts)
}

pub(super) async fn account_ids(
    db: &impl GenericClient,
    target: &str,
    page: &PageRequest,
) -> SqlResult<Vec<String>> {
    let sql = "SELECT id FROM account WHERE target = $1 AND id > $2 ORDER BY id LIMIT $3";
    let after = page.after.as_deref().unwrap_or_default();
    let found = rows(db, sql, &[&target, &after, &limit(page.limit)]).await?;
    Ok(found.iter().map(|row| row.get(0)).collect())
}

pub(super) async fn list<T: DeserializeOwned>(
    db: &impl GenericClient,
    sql: &str,
    values: Values<'_>,
    what: &'static str,
) -> SqlResult<Vec<T>> {
    rows(db, sql, values).await?.iter().map(|row| Ok(decode(row.get(0), what)?)).collect()
}
