use std::collections::BTreeMap;

use deadpool_postgres::GenericClient;

use super::error::SqlResult;
use super::write::rows;
use crate::Told;

pub(super) async fn read(db: &impl GenericClient, target: &str, accounts: &[String]) -> SqlResult<Vec<Told>> {
    let sql = "SELECT account, object, held, marks FROM told WHERE target = $1 AND account = ANY($2)";
    let found = rows(db, sql, &[&target, &accounts]).await?;
    let known: BTreeMap<&str, Told> =
        found.iter().map(|row| (row.get(0), Told::of_row(row.get(1), row.get(2), row.get(3)))).collect();
    Ok(accounts.iter().map(|account| known.get(account.as_str()).cloned().unwrap_or_default()).collect())
}
