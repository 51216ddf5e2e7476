//! The task that commits: batches that wait at the same time share one transaction, and with it one synchronisation.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use deadpool_postgres::{Pool, Transaction};
use tokio::sync::{mpsc, oneshot};
use tokio::try_join;
use uuid::Uuid;

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
            let marks = Marks { pool: pool.clone(), writer: Uuid::new_v4(), last: AtomicI64::new(0) };
            while queue.wait().await {
                let writes = commit_group(&marks, &schema, &mut queue).await;
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
async fn commit_group(marks: &Marks, schema: &str, queue: &mut Queue) -> usize {
    let mut group = Vec::new();
    let committed = async {
        let mut client = marks.pool.get().await?;
        let transaction = client.transaction().await?;
        // Whoever sent something while the transaction began is part of the group.
        group = queue.take();
        commit_in(transaction, marks, schema, &group.iter().map(|(batch, _)| batch).collect::<Vec<_>>()).await
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
                drop(reply.send(commit(marks, schema, &batch).await));
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

async fn commit(marks: &Marks, schema: &str, batch: &Batch) -> Result<()> {
    let work = async {
        let mut client = marks.pool.get().await?;
        let transaction = client.transaction().await?;
        commit_in(transaction, marks, schema, &[batch]).await
    };
    let result: SqlResult<()> = work.await;
    result.map_err(|Failure(error)| error)
}

/// Commits batches in a transaction that has just begun.
async fn commit_in(
    transaction: Transaction<'_>,
    marks: &Marks,
    schema: &str,
    batches: &[&Batch],
) -> SqlResult<()> {
    let lock = format!("tenure/{schema}/commit");
    // INVARIANT: what is ready to run is sent when it is first polled, so that the lock goes before every check, which
    // the server begins only when it is held.
    let ready = transaction.prepare_cached(LOCK).await?;
    let locked = async { SqlResult::Ok(transaction.execute(&ready, &[&lock]).await?) };
    try_join!(biased; locked, write::check(&transaction, schema, batches))?;
    let (mark, ()) = try_join!(biased; marks.set(&transaction), write::apply(&transaction, schema, batches))?;
    match transaction.commit().await {
        Ok(()) => Ok(()),
        Err(error) if error.is_closed() || error.as_db_error().is_none() => {
            if marks.is_set(mark, &lock).await { Ok(()) } else { Err(error.into()) }
        }
        Err(error) => Err(error.into()),
    }
}

const LOCK: &str = "SELECT FROM pg_advisory_xact_lock(hashtext($1))";

/// What a program writes of each of its transactions, to find out whether one took place whose answer was lost.
struct Marks {
    pool: Pool,
    writer: Uuid,
    last: AtomicI64,
}

impl Marks {
    /// Marks a transaction as the last one.
    async fn set(&self, transaction: &Transaction<'_>) -> SqlResult<i64> {
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let sql = "INSERT INTO commit_mark (writer, number, at) VALUES ($1::text::uuid, $2, now()) \
                   ON CONFLICT (writer) DO UPDATE SET number = excluded.number, at = excluded.at";
        let set = transaction.prepare_cached(sql).await?;
        transaction.execute(&set, &[&self.writer.to_string(), &number]).await?;
        Ok(number)
    }

    /// Asks whether a transaction took place, when it is over for the server as well: it held the lock.
    async fn is_set(&self, number: i64, lock: &str) -> bool {
        for _ in 0..ASKED {
            let asked = async {
                let mut client = self.pool.get().await?;
                let transaction = client.transaction().await?;
                transaction.batch_execute("SET LOCAL lock_timeout = '100ms'").await?;
                transaction.execute(LOCK, &[&lock]).await?;
                let sql = "SELECT FROM commit_mark WHERE writer = $1::text::uuid AND number = $2";
                let found = transaction.query_opt(sql, &[&self.writer.to_string(), &number]).await?;
                SqlResult::Ok(found.is_some())
            };
            match asked.await {
                Ok(found) => return found,
                // The server is not back, or still at it.
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
        false
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable { detail: "the task that commits has stopped".to_owned() }
}
