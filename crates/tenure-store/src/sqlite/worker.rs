//! The threads that do the blocking work.

use std::sync::mpsc;
use std::thread::JoinHandle;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::error::{Failure, SqlResult};
use super::write::Applier;
use crate::{Batch, Result, StoreError};

type Reply = oneshot::Sender<Result<()>>;
type Work = Box<dyn FnOnce(&Connection) + Send>;

/// How many waiting batches share one transaction at most.
const GROUP: usize = 256;
/// How often nothing more has to come before a group is committed. It costs much less than a synchronisation.
const QUIET: u32 = 8;

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
            let mut next = jobs.recv().ok();
            while let Some(job) = next {
                let left = match job {
                    Job::Batch(batch, reply) => commit_group(&mut connection, &jobs, (batch, reply)),
                    Job::Light(work) => {
                        work(&mut connection);
                        None
                    }
                };
                next = left.or_else(|| jobs.recv().ok());
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

/// What waits, or is about to: whoever hands over many batches at the same time wakes this thread with the first.
fn another(jobs: &mpsc::Receiver<Job>) -> Option<Job> {
    (0..QUIET).find_map(|_| {
        let job = jobs.try_recv().ok();
        if job.is_none() {
            std::thread::yield_now();
        }
        job
    })
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

/// Commits a batch with one synchronisation of the disk, together with those that come while it is applied. A refused one
/// takes no other with it; no caller hears of success before the whole group is on disk. Returns what came and is no batch.
fn commit_group(
    connection: &mut Connection,
    jobs: &mpsc::Receiver<Job>,
    first: (Batch, Reply),
) -> Option<Job> {
    let (mut batches, mut replies, mut left) = (vec![first.0], vec![first.1], None);
    // Hardly ever is one refused, and only then they need to be told apart.
    let together = commit(connection, |applier| {
        while let Some(batch) = batches.last() {
            applier.apply(batch)?;
            match (batches.len() < GROUP).then(|| another(jobs)).flatten() {
                Some(Job::Batch(batch, reply)) => {
                    batches.push(batch);
                    replies.push(reply);
                }
                other => {
                    left = other;
                    break;
                }
            }
        }
        Ok(())
    });
    let results = match together {
        Ok(()) => Ok(Vec::new()),
        Err(Failure(error)) if batches.len() == 1 => Ok(vec![Err(error)]),
        Err(_) => commit_apart(connection, &batches),
    };
    let (failure, results) = match results {
        Ok(results) => (None, results),
        Err(Failure(error)) => (Some(error), Vec::new()),
    };
    let results = results.into_iter().chain(std::iter::repeat_with(|| Ok(())));
    for (reply, result) in replies.into_iter().zip(results) {
        // A caller that went away does not need the answer.
        drop(reply.send(failure.as_ref().map_or(result, |failure| Err(failure.again()))));
    }
    left
}

fn commit(
    connection: &mut Connection,
    apply: impl FnOnce(&mut Applier<'_>) -> SqlResult<()>,
) -> SqlResult<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut applier = Applier::new(&transaction);
    apply(&mut applier)?;
    applier.finish()?;
    transaction.commit()?;
    Ok(())
}

/// Commits what is not refused. Returns what became of each batch.
fn commit_apart(connection: &mut Connection, batches: &[Batch]) -> SqlResult<Vec<Result<()>>> {
    let mut settled = Vec::with_capacity(batches.len());
    commit(connection, |applier| {
        batches.iter().try_for_each(|batch| {
            let result = applier.apply_whole(batch).map_err(|failure| failure.0);
            // SQLite gives up the whole transaction on some errors, a full disk among them.
            if applier.given_up() {
                let detail = "the transaction was given up".to_owned();
                return Err(result.err().map_or(Failure(StoreError::Unavailable { detail }), Failure));
            }
            settled.push(result);
            Ok(())
        })
    })?;
    Ok(settled)
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
