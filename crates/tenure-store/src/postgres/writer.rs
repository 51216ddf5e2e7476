//! The task that commits: batches that wait at the same time share one transaction, and with it one synchronisation.

use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use tokio::sync::{mpsc, oneshot};
use tokio::try_join;

use super::error::{Failure, SqlResult};
use super::statistics::{self, Growth};
use super::write;
use crate::{Batch, Result, StoreError};

type Reply = oneshot::Sender<Result<()>>;

/// How many waiting batches share one transaction at most.
const GROUP: usize = 512;
/// How often the program asks a server that went away whether a commit took place, before it gives up.
const ASKED: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, Clone)]
pub(super) struct Writer(mpsc::UnboundedSender<(Batch, Reply)>);

impl Writer {
    /// Starts the task on the runtime of the caller. It ends when every handle is gone.
    pub(super) fn start(pool: Pool, schema: String) -> Self {
        let (queue, mut batches) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut growth = Growth::default();
            while let Some(first) = batches.recv().await {
                let mut waiting: Vec<(Batch, Reply)> = vec![first];
                // Whoever is about to send one gets the chance to be part of the group.
                let mut quiet = 0;
                while quiet < 2 && waiting.len() < GROUP {
                    tokio::task::yield_now().await;
                    let before = waiting.len();
                    while let Some(more) = (waiting.len() < GROUP).then(|| batches.try_recv().ok()).flatten()
                    {
                        waiting.push(more);
                    }
                    quiet = if waiting.len() == before { quiet + 1 } else { 0 };
                }
                let writes: usize = waiting.iter().map(|(batch, _)| batch.writes.len()).sum();
                commit_all(&pool, &schema, waiting).await;
                if growth.by(writes) {
                    tokio::spawn(statistics::gather(pool.clone(), schema.clone()));
                }
            }
        });
        Self(queue)
    }

    pub(super) async fn commit(&self, batch: Batch) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        self.0.send((batch, reply)).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

async fn commit_all(pool: &Pool, schema: &str, waiting: Vec<(Batch, Reply)>) {
    let mut group: Vec<(Batch, Reply)> = Vec::new();
    for (batch, reply) in waiting {
        if write::may_be_grouped(&batch) {
            group.push((batch, reply));
        } else {
            commit_group(pool, schema, std::mem::take(&mut group)).await;
            commit_group(pool, schema, vec![(batch, reply)]).await;
        }
    }
    commit_group(pool, schema, group).await;
}

async fn commit_group(pool: &Pool, schema: &str, group: Vec<(Batch, Reply)>) {
    if group.is_empty() {
        return;
    }
    let batches: Vec<&Batch> = group.iter().map(|(batch, _)| batch).collect();
    let result = commit(pool, schema, &batches).await;
    match result {
        // One of them is refused, and none is applied; each learns its own answer.
        Err(StoreError::Conflict { .. }) if group.len() > 1 => {
            for (batch, reply) in group {
                drop(reply.send(commit(pool, schema, &[&batch]).await));
            }
        }
        Err(error) => {
            for (_, reply) in group {
                drop(reply.send(Err(error.again())));
            }
        }
        // A caller that went away does not need the answer.
        Ok(()) => group.into_iter().for_each(|(_, reply)| drop(reply.send(Ok(())))),
    }
}

async fn commit(pool: &Pool, schema: &str, batches: &[&Batch]) -> Result<()> {
    let work = async {
        let mut client: Object = pool.get().await?;
        let transaction = client.transaction().await?;
        let lock = format!("tenure/{schema}/commit");
        let sql = "SELECT pg_current_xact_id()::text FROM pg_advisory_xact_lock(hashtext($1))";
        // INVARIANT: what is ready to run is sent when it is first polled, so that the lock goes before every check, which
        // the server begins only when it is held.
        let ready = transaction.prepare_cached(sql).await?;
        let locked = async { SqlResult::Ok(transaction.query_one(&ready, &[&lock]).await?) };
        let (row, ()) = try_join!(biased; locked, write::check(&transaction, schema, batches))?;
        let number: String = row.get(0);
        write::apply(&transaction, schema, batches).await?;
        match transaction.commit().await {
            Ok(()) => Ok(()),
            Err(error) if error.is_closed() || error.as_db_error().is_none() => {
                if committed(pool, &number).await { Ok(()) } else { Err(error.into()) }
            }
            Err(error) => Err(error.into()),
        }
    };
    let result: SqlResult<()> = work.await;
    result.map_err(|Failure(error)| error)
}

/// Asks whether a transaction took place whose answer was lost.
async fn committed(pool: &Pool, number: &str) -> bool {
    for _ in 0..ASKED {
        let asked = async {
            let client = pool.get().await?;
            let row = client.query_one("SELECT pg_xact_status($1::text::xid8)", &[&number]).await?;
            SqlResult::Ok(row.get::<_, Option<String>>(0))
        };
        match asked.await {
            Ok(Some(status)) if status == "committed" => return true,
            Ok(Some(status)) if status == "aborted" => return false,
            Ok(None) => return false,
            // Still under way, or the server is not back.
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
    false
}

fn stopped() -> StoreError {
    StoreError::Unavailable { detail: "the task that commits has stopped".to_owned() }
}
