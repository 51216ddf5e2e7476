use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::error::SqlResult;
use super::read::Values;
use super::write::rows;
use crate::row::{self, limit, micros};
use crate::{OutlookRecord, PageRequest};

pub(super) async fn all(db: &impl GenericClient, page: &PageRequest) -> SqlResult<Vec<OutlookRecord>> {
    let sql = "SELECT identity, due, others, marks, settled FROM outlook WHERE identity > $1 ORDER BY identity LIMIT $2";
    many(db, sql, &[&page.after.as_deref().unwrap_or_default(), &limit(page.limit)]).await
}

pub(super) async fn until(
    db: &impl GenericClient,
    by: DateTime<Utc>,
    page: &PageRequest,
) -> SqlResult<Vec<OutlookRecord>> {
    let sql = "SELECT identity, due, others, marks, settled FROM outlook
        WHERE due IS NOT NULL AND due <= $1 AND identity > $2 ORDER BY identity LIMIT $3";
    many(db, sql, &[&micros(by), &page.after.as_deref().unwrap_or_default(), &limit(page.limit)]).await
}

pub(super) async fn of(db: &impl GenericClient, ids: &[String]) -> SqlResult<Vec<OutlookRecord>> {
    let sql = "SELECT identity, due, others, marks, settled FROM outlook WHERE identity = ANY($1) ORDER BY identity";
    many(db, sql, &[&ids]).await
}

pub(super) async fn next(
    db: &impl GenericClient,
    after: DateTime<Utc>,
    except: &[String],
) -> SqlResult<Option<DateTime<Utc>>> {
    let sql = "SELECT due FROM outlook WHERE due IS NOT NULL AND due > $1 AND identity <> ALL($2)
        ORDER BY due LIMIT 1";
    let found = rows(db, sql, &[&micros(after), &except]).await?;
    let due: Option<i64> = found.first().map(|row| row.get(0));
    Ok(due.map(row::time).transpose()?)
}

pub(super) async fn dependants(db: &impl GenericClient, on: &[String]) -> SqlResult<Vec<String>> {
    let sql = "SELECT identity FROM outlook WHERE others <> '{}' AND others && $1 ORDER BY identity";
    Ok(rows(db, sql, &[&on]).await?.iter().map(|row| row.get(0)).collect())
}

async fn many(db: &impl GenericClient, sql: &str, values: Values<'_>) -> SqlResult<Vec<OutlookRecord>> {
    let found = rows(db, sql, values).await?;
    found.iter().map(|row| record(row.get(0), row, 1)).collect()
}

/// Reads an outlook from the columns of a row that begin with `due`.
pub(super) fn record(identity: String, row: &Row, from: usize) -> SqlResult<OutlookRecord> {
    let (due, others): (Option<i64>, Vec<String>) = (row.get(from), row.get(from + 1));
    Ok(OutlookRecord {
        identity,
        due: due.map(row::time).transpose()?,
        on: others.into_iter().collect(),
        marks: row.get::<_, i64>(from + 2).cast_unsigned(),
        settled: row.get(from + 3),
    })
}

/// How often each was made due or written.
pub(super) async fn marks(db: &impl GenericClient, ids: &[String]) -> SqlResult<Vec<(String, u64)>> {
    let sql = "SELECT identity, marks FROM outlook WHERE identity = ANY($1) ORDER BY identity";
    let found = rows(db, sql, &[&ids]).await?;
    Ok(found.iter().map(|row| (row.get(0), row.get::<_, i64>(1).cast_unsigned())).collect())
}
