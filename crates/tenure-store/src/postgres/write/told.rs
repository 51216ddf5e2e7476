use std::collections::BTreeMap;

use super::{Db, execute, rows};
use crate::Told;
use crate::postgres::error::SqlResult;
use crate::postgres::read::audit_head;
use crate::told::Retold;

/// What is known of what targets told, beside all other writes.
pub(super) async fn write(db: &Db<'_>, retold: Retold<'_>, audited: bool) -> SqlResult<()> {
    if retold.is_empty() {
        return Ok(());
    }
    // What was done in this transaction was done since whoever notes anything asked for the end of the chain.
    let audit = match retold.notes && !audited {
        true => audit_head(db).await?.seq,
        false => u64::MAX,
    };
    let (targets, accounts): (Vec<&str>, Vec<&str>) = retold.accounts().unzip();
    let sql = "SELECT t.target, t.account, t.object, t.held, t.marks FROM told t
        JOIN unnest($1::text[], $2::text[]) x(target, account) USING (target, account)";
    let found = rows(db, sql, &[&targets, &accounts]).await?;
    let mut known: BTreeMap<(&str, &str), Told> = found
        .iter()
        .map(|row| ((row.get(0), row.get(1)), Told::of_row(row.get(2), row.get(3), row.get(4))))
        .collect();
    let (mut targets, mut accounts, mut objects) = (Vec::new(), Vec::new(), Vec::new());
    let (mut held, mut marks) = (Vec::new(), Vec::new());
    let (mut gone_from, mut gone) = (Vec::new(), Vec::new());
    for ((target, account), apply) in retold.into_changes(audit) {
        let stored = known.remove(&(target, account));
        let was_stored = stored.is_some();
        let told = apply(stored.unwrap_or_default());
        if !told.is_empty() {
            let (object, all, written) = told.row();
            targets.push(target);
            accounts.push(account);
            objects.push(object);
            held.push(all);
            marks.push(written);
        } else if was_stored {
            gone_from.push(target);
            gone.push(account);
        }
    }
    if !accounts.is_empty() {
        let sql = "INSERT INTO told (target, account, object, held, marks)
            SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::bigint[])
            ON CONFLICT (target, account)
            DO UPDATE SET object = excluded.object, held = excluded.held, marks = excluded.marks";
        execute(db, sql, &[&targets, &accounts, &objects, &held, &marks]).await?;
    }
    if gone.is_empty() {
        return Ok(());
    }
    let sql = "DELETE FROM told t USING unnest($1::text[], $2::text[]) x(target, account)
        WHERE t.target = x.target AND t.account = x.account";
    execute(db, sql, &[&gone_from, &gone]).await
}
