//! The task that commits: batches that wait at the same time share one transaction, and with it one synchronisation.

use std::collections::VecDeque;
use std::time::Duration;

use deadpool_postgres::{Pool, Transaction};
use tokio::sync::{mpsc, oneshot};
use tokio::try_join;

use super::error::{Failure, SqlResult};
use super::statistics::{self, Growth};
use super::write;
use crate::{Batch, Result, StoreError};

type Reply = oneshot::Sender<Result<()>>;
type Sent = (Batch, Reply);

/// How many waiting batches share one transaction at most.
const GROUP: usize = 512;
/// How often the program asks a server that went away whether a commit took place, before it gives up.
const ASKED: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, Clone)]
pub(super) struct Writer(mpsc::UnboundedSender<Sent>);

impl Writer {
    /// Starts the task on the runtime of the caller. It ends when every handle is gone.
    pub(super) fn start(pool: Pool, schema: String) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut growth = Growth::default();
            let mut queue = Queue { receiver, waiting: VecDeque::new() };
            while queue.wait().await {
                let writes = commit_group(&pool, &schema, &mut queue).await;
                if growth.by(writes) {
                    tokio::spawn(statistics::gather(pool.clone(), schema.clone()));
                }
            }
        });
        Self(sender)
    }

    pub(super) async fn commit(&self, batch: Batch) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        self.0.send((batch, reply)).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

/// What waits to be committed, in the order in which it came.
struct Queue {
    receiver: mpsc::UnboundedReceiver<Sent>,
    waiting: VecDeque<Sent>,
}

impl Queue {
    /// Waits until there is something; false, when nothing can come any more.
    async fn wait(&mut self) -> bool {
        if self.waiting.is_empty() {
            self.waiting.extend(self.receiver.recv().await);
        }
        !self.waiting.is_empty()
    }

    /// The first that waits, with those after it that may share its transaction.
    fn take(&mut self) -> Vec<Sent> {
        while let Ok(sent) = self.receiver.try_recv() {
            self.waiting.push_back(sent);
        }
        let many = self.waiting.iter().take(GROUP);
        let many = many.take_while(|(batch, _)| write::may_be_grouped(batch)).count();
        self.waiting.drain(..many.max(1).min(self.waiting.len())).collect()
    }
}

/// Commits what waits first. Returns how many writes that were.
async fn commit_group(pool: &Pool, schema: &str, queue: &mut Queue) -> usize {
    let mut group = Vec::new();
    let committed = async {
        let mut client = pool.get().await?;
        let transaction = client.transaction().await?;
        // Whoever sent something while the transaction began is part of the group.
        group = queue.take();
        commit_in(transaction, pool, schema, &group.iter().map(|(batch, _)| batch).collect::<Vec<_>>()).await
    };
    let result = committed.await.map_err(|Failure(error)| error);
    if group.is_empty() {
        group = queue.take();
    }
    let writes = group.iter().map(|(batch, _)| batch.writes.len()).sum();
    match result {
        // One of them is refused, and none is applied; each learns its own answer.
        Err(StoreError::Conflict { .. }) if group.len() > 1 => {
            for (batch, reply) in group {
                drop(reply.send(commit(pool, schema, &batch).await));
            }
        }
        Err(error) => {
            for (_, reply) in group {
                drop(reply.send(Err(error.again())));
            }
        }
        Ok(()) => {
            // Batches are taken apart when all have their answer.
            let (_batches, replies): (Vec<_>, Vec<_>) = group.into_iter().unzip();
            // A caller that went away does not need the answer.
            replies.into_iter().for_each(|reply| drop(reply.send(Ok(()))));
        }
    }
    writes
}

async fn commit(pool: &Pool, schema: &str, batch: &Batch) -> Result<()> {
    let work = async {
        let mut client = pool.get().await?;
        let transaction = client.transaction().await?;
        commit_in(transaction, pool, schema, &[batch]).await
    };
    let result: SqlResult<()> = work.await;
    result.map_err(|Failure(error)| error)
}

/// Commits batches in a transaction that has just begun.
async fn commit_in(
    transaction: Transaction<'_>,
    pool: &Pool,
    schema: &str,
    batches: &[&Batch],
) -> SqlResult<()> {
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
