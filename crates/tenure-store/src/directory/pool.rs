//! The threads that own the SQLite connections, so that no async worker waits for a disk.

use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rusqlite::Connection;
use tokio::sync::oneshot;

/// The work of one call. It answers through the channel that it captured.
type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// One writer and some readers. Dropping the pool lets the threads end after the work they have.
#[derive(Clone)]
pub(super) struct Pool {
    writer: Sender<Batched>,
    reader: Option<Sender<Job>>,
}

/// A write that the writer may commit together with the ones that wait behind it.
pub(super) struct Batched {
    /// Runs inside a savepoint of the open transaction; `false` rolls that savepoint back.
    run: Box<dyn FnOnce(&Connection) -> bool + Send>,
    /// Called once the transaction is durable (`true`) or lost (`false`).
    finish: Box<dyn FnOnce(bool) + Send>,
}

/// The database is closed or its thread is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closed;

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

impl Pool {
    /// Starts one thread for `writer` and one for each of `readers`. Without readers the writer reads.
    pub(super) fn start(writer: Connection, readers: Vec<Connection>) -> std::io::Result<Self> {
        let (write_to, writes) = channel::<Batched>();
        thread::Builder::new()
            .name("tenure-directory-write".to_owned())
            .spawn(move || write_loop(writer, &writes))?;
        if readers.is_empty() {
            return Ok(Self { writer: write_to, reader: None });
        }
        let (read_to, reads) = channel::<Job>();
        let reads = Arc::new(Mutex::new(reads));
        for connection in readers {
            let reads = Arc::clone(&reads);
            thread::Builder::new()
                .name("tenure-directory-read".to_owned())
                .spawn(move || read_loop(connection, &reads))?;
        }
        Ok(Self { writer: write_to, reader: Some(read_to) })
    }

    /// Runs `work` on a reading connection, in one read transaction.
    pub(super) async fn read<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<Result<T, E>, Closed>
    where
        T: Send + 'static,
        E: Send + 'static + From<rusqlite::Error>,
    {
        let Some(reader) = &self.reader else { return self.write(work).await };
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = connection.transaction().map_err(E::from).and_then(|transaction| work(&transaction));
            // The caller may have gone; nobody waits for the answer then.
            drop(answer.send(result));
        });
        reader.send(job).map_err(|_| Closed)?;
        answered.await.map_err(|_| Closed)
    }

    /// Runs `work` on the writing connection. `Ok` is returned after the commit; an `Err` of `work` undoes what it wrote.
    pub(super) async fn write<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<Result<T, E>, Closed>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let slot = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&slot);
        let batched = Batched {
            run: Box::new(move |connection| {
                let result = work(connection);
                let keep = result.is_ok();
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                keep
            }),
            finish: Box::new(move |durable| {
                let result = filled.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let (true, Some(result)) = (durable, result) {
                    drop(answer.send(result));
                }
            }),
        };
        self.writer.send(batched).map_err(|_| Closed)?;
        answered.await.map_err(|_| Closed)
    }
}

fn read_loop(mut connection: Connection, jobs: &Mutex<Receiver<Job>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(&mut connection),
            Err(_) => return,
        }
    }
}

/// Commits everything that waits in one transaction, so that one flush to disk serves many callers.
fn write_loop(mut connection: Connection, jobs: &Receiver<Batched>) {
    while let Ok(first) = jobs.recv() {
        let mut finishes = Vec::new();
        let durable = match connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate) {
            Ok(mut transaction) => {
                let mut next = Some(first);
                while let Some(job) = next.take() {
                    let sound = run_in_savepoint(&mut transaction, job, &mut finishes);
                    if sound && finishes.len() < LARGEST_BATCH {
                        next = jobs.try_recv().ok();
                    }
                }
                transaction.commit().is_ok()
            }
            Err(_) => {
                finishes.push(first.finish);
                false
            }
        };
        for finish in finishes {
            finish(durable);
        }
    }
}

/// Returns whether the transaction is still sound.
fn run_in_savepoint(
    transaction: &mut rusqlite::Transaction<'_>,
    job: Batched,
    finishes: &mut Vec<Box<dyn FnOnce(bool) + Send>>,
) -> bool {
    let Ok(mut savepoint) = transaction.savepoint() else {
        finishes.push(Box::new(move |_| (job.finish)(false)));
        return false;
    };
    let keep = (job.run)(&savepoint);
    let ended = if keep { savepoint.commit() } else { savepoint.rollback() };
    let sound = ended.is_ok();
    let finish = job.finish;
    // A result that was not kept changed nothing, so it is true whether or not the batch becomes durable.
    finishes.push(if keep {
        Box::new(move |durable| finish(durable && sound))
    } else {
        Box::new(move |_| finish(true))
    });
    sound
}

const LARGEST_BATCH: usize = 64;
