use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::sort::Sorted;
use super::{Db, execute};
use crate::postgres::error::SqlResult;
use crate::row::micros;
use crate::touch::Touched;

/// When identities have to be looked at again. What replaces goes before what only brings forward: whoever made somebody due
/// meanwhile is heard in any case.
pub(super) async fn write(db: &Db<'_>, sorted: &Sorted<'_>) -> SqlResult<()> {
    if !sorted.outlooks.is_empty() {
        let records = sorted.outlooks.values();
        let identities: Vec<&str> = sorted.outlooks.keys().copied().collect();
        let due: Vec<Option<i64>> = records.clone().map(|record| record.due.map(micros)).collect();
        let marks: Vec<i64> = records.clone().map(|record| record.marks.cast_signed()).collect();
        let settled: Vec<Option<&str>> = records.clone().map(|record| record.settled.as_deref()).collect();
        // An array of arrays has one length for all; a list of names is told by the number of its row instead.
        let (mut of, mut others): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
        for record in records {
            for other in &record.on {
                of.push(&record.identity);
                others.push(other);
            }
        }
        let sql = "INSERT INTO outlook (identity, due, others, marks, settled)
            SELECT t.identity, t.due, coalesce(o.others, '{}'), t.marks, t.settled
            FROM unnest($1::text[], $2::bigint[], $5::bigint[], $6::text[]) t(identity, due, marks, settled)
            LEFT JOIN (SELECT identity, array_agg(other ORDER BY other) AS others
                FROM unnest($3::text[], $4::text[]) x(identity, other) GROUP BY identity) o USING (identity)
            ON CONFLICT (identity) DO UPDATE
            SET due = excluded.due, others = excluded.others, settled = excluded.settled
            WHERE outlook.marks = excluded.marks";
        execute(db, sql, &[&identities, &due, &of, &others, &marks, &settled]).await?;
    }
    touch(db, &sorted.touched).await?;
    if sorted.due.is_empty() {
        return Ok(());
    }
    let (identities, due): (Vec<&str>, Vec<i64>) = earliest(&sorted.due);
    let sql =
        "INSERT INTO outlook (identity, due, marks) SELECT t.*, 1 FROM unnest($1::text[], $2::bigint[]) t
        ON CONFLICT (identity)
        DO UPDATE SET due = least(outlook.due, excluded.due), marks = outlook.marks + 1, settled = NULL";
    execute(db, sql, &[&identities, &due]).await
}

/// Forgets of those whom writes are about what they were settled with.
async fn touch(db: &Db<'_>, touched: &Touched<'_>) -> SqlResult<()> {
    if touched.is_empty() {
        return Ok(());
    }
    let identities: Vec<&str> = touched.identities.iter().copied().collect();
    let (targets, accounts): (Vec<&str>, Vec<&str>) = touched.accounts.iter().copied().unzip();
    let sql = "INSERT INTO outlook (identity, marks) SELECT identity, 1 FROM (
            SELECT unnest($1::text[]) AS identity UNION
            SELECT l.identity FROM unnest($2::text[], $3::text[]) t(target, account)
            JOIN link l USING (target, account)) x
        ON CONFLICT (identity) DO UPDATE SET marks = outlook.marks + 1, settled = NULL";
    execute(db, sql, &[&identities, &targets, &accounts]).await
}

fn earliest<'a>(due: &[(&'a str, DateTime<Utc>)]) -> (Vec<&'a str>, Vec<i64>) {
    let mut earliest: BTreeMap<&str, i64> = BTreeMap::new();
    for (identity, at) in due {
        let at = micros(*at);
        earliest.entry(identity).and_modify(|known| *known = at.min(*known)).or_insert(at);
    }
    earliest.into_iter().unzip()
}
