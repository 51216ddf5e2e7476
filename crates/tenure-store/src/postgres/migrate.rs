use deadpool_postgres::Object;

use super::error::SqlResult;
use crate::StoreError;

/// Every schema step, in order. A step that was released never changes; a new one is added at the end.
const STEPS: [&str; 9] = [
    include_str!("schema/001.sql"),
    include_str!("schema/002.sql"),
    include_str!("schema/003.sql"),
    include_str!("schema/004.sql"),
    include_str!("schema/005.sql"),
    include_str!("schema/006.sql"),
    include_str!("schema/007.sql"),
    include_str!("schema/008.sql"),
    include_str!("schema/009.sql"),
];

/// Brings the schema up to date. Programs that start at the same time take turns.
pub(super) async fn migrate(client: &mut Object, schema: &str) -> SqlResult<()> {
    let known = STEPS.len() as i64;
    let transaction = client.transaction().await?;
    transaction.execute("SELECT pg_advisory_xact_lock(hashtext($1))", &[&format!("tenure/{schema}")]).await?;
    // The name of the schema was checked: it needs no quotes.
    transaction.batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS {schema}")).await?;
    transaction.batch_execute("CREATE TABLE IF NOT EXISTS tenure_schema (version BIGINT NOT NULL)").await?;
    let found: i64 =
        transaction.query_one("SELECT coalesce(max(version), 0) FROM tenure_schema", &[]).await?.get(0);
    if found > known {
        return Err(StoreError::Newer { found, known }.into());
    }
    for (number, step) in (1_i64..).zip(STEPS).filter(|(number, _)| *number > found) {
        transaction.batch_execute(step).await?;
        transaction.execute("INSERT INTO tenure_schema (version) VALUES ($1)", &[&number]).await?;
    }
    // Of programs that have ended; one that goes on marks its next transaction anew.
    transaction.execute("DELETE FROM commit_mark WHERE at < now() - interval '1 day'", &[]).await?;
    transaction.commit().await?;
    Ok(())
}
