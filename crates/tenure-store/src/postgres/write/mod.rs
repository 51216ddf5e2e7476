//! Many batches in one transaction, each kind of record in one statement.

mod governance;
mod links;
mod outlooks;
mod people;
mod sort;
mod told;

use std::collections::BTreeSet;

use deadpool_postgres::{GenericClient, Transaction};
use tokio::try_join;
use tokio_postgres::Row;

use super::error::SqlResult;
use super::read::{Values, lease};
use super::{staged, works};
use crate::row::{check_status, decode};
use crate::rules;
use crate::{Batch, Condition, PlanStatus, Ticket, Write};
use sort::Sorted;

pub(super) type Db<'a> = Transaction<'a>;

/// Whether a batch may share a transaction with others: its conditions do not depend on what the others write.
pub(super) fn may_be_grouped(batch: &Batch) -> bool {
    let reads_values =
        batch.conditions.iter().any(|condition| matches!(condition, Condition::ValueIs { .. }));
    !reads_values
        && !batch.writes.iter().any(|write| {
            matches!(
                write,
                Write::Plan(_)
                    | Write::PlanStatus { .. }
                    | Write::Lease { .. }
                    | Write::Release { .. }
                    | Write::Work(_)
                    | Write::Later { .. }
                    // What it was compared with must not be written in the same transaction.
                    | Write::Told(_)
            )
        })
}

/// Applies batches inside a transaction that holds the lock of the schema, after their [`check`]: what one checks must not
/// change before it commits, and all of them extend one audit chain.
pub(super) async fn apply(db: &Db<'_>, schema: &str, batches: &[&Batch]) -> SqlResult<()> {
    let mut sorted = Sorted::new(batches.iter().flat_map(|batch| &batch.writes));
    let retold = std::mem::take(&mut sorted.retold);
    let sorted = &sorted;
    // No kind reads what another writes, so all of them are sent without waiting for each other's answers.
    try_join!(
        biased;
        people::write(db, sorted),
        links::write(db, sorted),
        governance::write(db, sorted),
        outlooks::write(db, sorted),
        staged::write(db, &sorted.staged),
        queues(db, schema, sorted),
        told::write(db, retold, !sorted.audit.is_empty()),
    )?;
    Ok(())
}

async fn queues(db: &Db<'_>, schema: &str, sorted: &Sorted<'_>) -> SqlResult<()> {
    if !sorted.works.is_empty() {
        works::insert(db, schema, &sorted.works).await?;
    }
    for (ticket, now, until) in &sorted.later {
        works::later(db, schema, ticket, *now, *until).await?;
    }
    if !sorted.ended.is_empty() {
        works::end(db, schema, &sorted.ended).await?;
    }
    Ok(())
}

/// Checks what must hold before the first write.
pub(super) async fn check(db: &Db<'_>, schema: &str, batches: &[&Batch]) -> SqlResult<()> {
    let mut held: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut taken: BTreeSet<&Ticket> = BTreeSet::new();
    for condition in batches.iter().flat_map(|batch| &batch.conditions) {
        match condition {
            Condition::PlanIs { plan, status } => check_plan(db, plan, *status).await?,
            Condition::Holds { lease, holder } => drop(held.insert((lease, holder))),
            Condition::Taken(ticket) => drop(taken.insert(ticket)),
            Condition::ValueIs { key, value } => {
                let found = rows(db, "SELECT doc FROM value WHERE key = $1", &[&key]).await?;
                let found = found.first().map(|row| decode(row.get(0), "value")).transpose()?;
                rules::check_value(found.as_ref(), key, value)?;
            }
        }
    }
    for (name, holder) in held {
        rules::check_holds(lease(db, name).await?.as_ref(), name, holder)?;
    }
    works::check(db, schema, &taken.into_iter().collect::<Vec<_>>()).await
}

async fn check_plan(db: &Db<'_>, plan: &str, status: PlanStatus) -> SqlResult<()> {
    let found = rows(db, "SELECT status FROM plan WHERE hash = $1", &[&plan]).await?;
    Ok(check_status(plan, status, found.first().map(|row| row.get(0)))?)
}

pub(super) async fn execute(db: &Db<'_>, sql: &str, values: Values<'_>) -> SqlResult<()> {
    let statement = db.prepare_cached(sql).await?;
    db.execute(&statement, values).await?;
    Ok(())
}

pub(super) async fn rows(db: &impl GenericClient, sql: &str, values: Values<'_>) -> SqlResult<Vec<Row>> {
    let statement = db.prepare_cached(sql).await?;
    Ok(db.query(&statement, values).await?)
}
