use std::collections::BTreeSet;

use deadpool_postgres::GenericClient;

use super::error::SqlResult;
use super::write::rows;
use crate::row::decode;
use crate::{AccountRecord, HeldRecord, LinkRecord, Lookup, Surroundings};

pub(super) async fn look_up(db: &impl GenericClient, lookup: &Lookup) -> SqlResult<Surroundings> {
    let target = &lookup.target;
    let mut found = Surroundings::default();
    let sql = "SELECT doc FROM link WHERE identity = ANY($1)
        UNION SELECT doc FROM link WHERE target = $2 AND account = ANY($3)";
    for row in rows(db, sql, &[&lookup.identities, target, &lookup.accounts]).await? {
        found.links.push(decode::<LinkRecord>(row.get(0), "link")?);
    }
    found.links.sort_by(|a, b| (&a.target, &a.account).cmp(&(&b.target, &b.account)));
    let mut accounts: BTreeSet<String> = lookup.accounts.iter().cloned().collect();
    let here = found.links.iter().filter(|link| link.target == *target && link.is_live());
    accounts.extend(here.map(|link| link.account.clone()));
    let wanted: Vec<&String> = accounts.iter().collect();
    let sql = "SELECT doc FROM held WHERE target = $1 AND account = ANY($2)";
    for row in rows(db, sql, &[target, &wanted]).await? {
        found.held.push(decode::<HeldRecord>(row.get(0), "held entitlement")?);
    }
    if !lookup.entitlements.is_empty() {
        let (kinds, values): (Vec<&str>, Vec<&str>) =
            lookup.entitlements.iter().map(|(kind, value)| (kind.as_str(), value.as_str())).unzip();
        let sql =
            "SELECT h.doc FROM held h JOIN unnest($2::text[], $3::text[]) t(kind, value) USING (kind, value)
            WHERE h.target || '' = $1";
        for row in rows(db, sql, &[target, &kinds, &values]).await? {
            found.held.push(decode::<HeldRecord>(row.get(0), "held entitlement")?);
        }
    }
    found.held.sort_by_key(HeldRecord::key);
    found.held.dedup_by(|a, b| a.key() == b.key());
    accounts.extend(found.held.iter().map(|held| held.account.clone()));
    if !lookup.without_accounts {
        let wanted: Vec<&String> = accounts.iter().collect();
        let sql = "SELECT doc FROM account WHERE target = $1 AND id = ANY($2) ORDER BY id";
        for row in rows(db, sql, &[target, &wanted]).await? {
            found.accounts.push(decode::<AccountRecord>(row.get(0), "account")?);
        }
    }
    if !lookup.values.is_empty() {
        for row in rows(db, "SELECT key, doc FROM value WHERE key = ANY($1)", &[&lookup.values]).await? {
            found.values.push((row.get(0), decode(row.get(1), "value")?));
        }
    }
    if !lookup.steps.is_empty() {
        let (plans, steps): (Vec<&str>, Vec<&str>) =
            lookup.steps.iter().map(|(plan, step)| (plan.as_str(), step.as_str())).unzip();
        let sql =
            "SELECT j.doc FROM journal j JOIN unnest($1::text[], $2::text[]) t(plan, step) USING (plan, step)
            ORDER BY j.seq";
        for row in rows(db, sql, &[&plans, &steps]).await? {
            found.journal.push(decode(row.get(0), "journal entry")?);
        }
    }
    Ok(found)
}
