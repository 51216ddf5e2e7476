//! The threads that do the blocking work.

use std::collections::VecDeque;
use std::sync::mpsc;
use std::thread::JoinHandle;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::error::{Failure, SqlResult};
use super::write;
use crate::{Batch, Result, StoreError};

type Reply = oneshot::Sender<Result<()>>;
type Work = Box<dyn FnOnce(&Connection) + Send>;

/// How many waiting batches share one transaction at most.
const GROUP: usize = 256;

#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

enum Job {
    /// Waits with others for one synchronisation of the disk.
    Batch(Batch, Reply),
    /// Something that a crash may undo, which needs no synchronisation.
    Light(Box<dyn FnOnce(&mut Connection) + Send>),
}

impl Writer {
    pub(super) fn start(mut connection: Connection) -> Result<Self> {
        let (queue, jobs) = mpsc::channel();
        let thread = spawn("tenure-store-write", move || {
            while let Ok(first) = jobs.recv() {
                let mut waiting = VecDeque::new();
                for job in std::iter::once(first).chain(jobs.try_iter().take(GROUP - 1)) {
                    match job {
                        Job::Batch(batch, reply) => waiting.push_back((batch, reply)),
                        Job::Light(work) => {
                            commit_group(&mut connection, std::mem::take(&mut waiting));
                            work(&mut connection);
                        }
                    }
                }
                commit_group(&mut connection, waiting);
            }
        })?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) async fn commit(&self, batch: Batch) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Batch(batch, reply))?;
        answer.await.map_err(|_| stopped())?
    }

    /// Runs a change that a power failure may undo: it is not synchronised.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> SqlResult<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Light(Box::new(move |connection| {
            drop(reply.send(unsynchronised(connection, work).map_err(|failure| failure.0)));
        })))?;
        answer.await.map_err(|_| stopped())?
    }

    fn send(&self, job: Job) -> Result<()> {
        self.queue.as_ref().ok_or_else(stopped)?.send(job).map_err(|_| stopped())
    }
}

fn unsynchronised<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Connection) -> SqlResult<T>,
) -> SqlResult<T> {
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let worked = (|| {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    })();
    connection.pragma_update(None, "synchronous", "FULL")?;
    worked
}

#[derive(Debug)]
pub(super) struct Reader {
    queue: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    pub(super) fn start(connection: Connection) -> Result<Self> {
        let (queue, works) = mpsc::channel::<Work>();
        let thread = spawn("tenure-store-read", move || {
            for work in works {
                work(&connection);
            }
        })?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> SqlResult<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let work: Work =
            Box::new(move |connection| drop(reply.send(work(connection).map_err(|failure| failure.0))));
        self.queue.as_ref().ok_or_else(stopped)?.send(work).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        join(&mut self.thread);
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.queue = None;
        join(&mut self.thread);
    }
}

/// Commits many batches with one synchronisation of the disk. Each has a savepoint, so a refused one takes no other
/// with it; no caller hears of success before the whole group is on disk.
fn commit_group(connection: &mut Connection, mut waiting: VecDeque<(Batch, Reply)>) {
    if waiting.is_empty() {
        return;
    }
    let mut settled = Vec::with_capacity(waiting.len());
    let committed = (|| -> SqlResult<()> {
        let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        while let Some((batch, reply)) = waiting.pop_front() {
            let savepoint = transaction.savepoint()?;
            let result = write::apply(&savepoint, &batch).map_err(|failure| failure.0);
            let result = match result {
                Ok(()) => savepoint.commit().map_err(|error| Failure::from(error).0),
                Err(refused) => {
                    // After a full disk there is no savepoint left to go back to, which the next lines find out.
                    drop(savepoint.finish());
                    Err(refused)
                }
            };
            let detail = result.as_ref().err().map(ToString::to_string);
            settled.push((result, reply));
            // SQLite gives up the whole transaction on some errors, a full disk among them.
            if transaction.is_autocommit() {
                let detail = detail.unwrap_or_else(|| "the transaction was given up".to_owned());
                return Err(Failure(StoreError::Unavailable { detail }));
            }
        }
        transaction.commit()?;
        Ok(())
    })();
    let failure = committed.err().map(|Failure(error)| match error {
        StoreError::Unavailable { detail } => detail,
        other => other.to_string(),
    });
    let unsettled = waiting.into_iter().map(|(_, reply)| (Ok(()), reply));
    for (result, reply) in settled.into_iter().chain(unsettled) {
        let result = match (&failure, result) {
            (Some(detail), Ok(())) => Err(StoreError::Unavailable { detail: detail.clone() }),
            (_, result) => result,
        };
        // A caller that went away does not need the answer.
        drop(reply.send(result));
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| StoreError::Unavailable { detail: error.to_string() })
}

fn join(thread: &mut Option<JoinHandle<()>>) {
    if let Some(thread) = thread.take() {
        drop(thread.join());
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable { detail: "the store's thread has stopped".to_owned() }
}
