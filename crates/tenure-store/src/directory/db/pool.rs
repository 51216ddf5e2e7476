//! The threads that own the SQLite connections, so that no async worker waits for a disk.
//!
//! The exception are reads of one row by an index: they touch a handful of pages, which are mostly in memory, and to wake
//! another thread and be woken by it takes longer than they do.

use std::future::Future;
use std::pin::pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::queue::{Give, Take, queue};
use super::{Session, SqliteSession, Work};
use crate::directory::error::{Fault, Result};

/// A read. It answers through the channel that it captured.
type Job = Box<dyn FnOnce(&SqliteSession) + Send>;

/// One writer and some readers. Dropping the pool lets the threads end after the work they have.
#[derive(Clone)]
pub(in crate::directory) struct Pool {
    writer: Sender<Batched>,
    reader: Option<Give<Job>>,
    /// Connections for reads that take less time than to wake a thread and to be woken by it; the caller's thread reads.
    near: Arc<[Mutex<SqliteSession>]>,
}

/// A write that the writer may commit together with the ones that wait behind it.
struct Batched {
    /// Runs inside the open transaction, once more when that has to begin anew; `false` keeps nothing of what it did.
    run: Box<dyn Fn(&SqliteSession) -> bool + Send>,
    /// Called once the transaction is durable (`true`) or lost (`false`).
    finish: Box<dyn FnOnce(bool) + Send>,
}

impl Pool {
    /// Starts one thread for `writer` and one for each of `readers`. Without readers the writer reads.
    pub(in crate::directory) fn start(
        writer: SqliteSession,
        readers: Vec<SqliteSession>,
        near: Vec<SqliteSession>,
    ) -> std::io::Result<Self> {
        let near: Arc<[_]> = near.into_iter().map(Mutex::new).collect();
        let (write_to, writes) = channel::<Batched>();
        thread::Builder::new()
            .name("tenure-directory-write".to_owned())
            .spawn(move || write_loop(&writer, &writes))?;
        if readers.is_empty() {
            return Ok(Self { writer: write_to, reader: None, near });
        }
        let (read_to, reads) = queue::<Job>();
        for session in readers {
            let reads = reads.clone();
            thread::Builder::new()
                .name("tenure-directory-read".to_owned())
                .spawn(move || read_loop(&session, &reads))?;
        }
        Ok(Self { writer: write_to, reader: Some(read_to), near })
    }

    /// Works in one read transaction.
    pub(super) async fn read<W: Work>(&self, work: W) -> Result<W::Answer> {
        let Some(reader) = &self.reader else { return self.write(Reads(work)).await };
        if work.is_short()
            && let Some(answer) = self.read_here(&work)
        {
            return answer;
        }
        let (answer, answered) = oneshot::channel();
        // The caller may have gone; nobody waits for the answer then.
        let job: Job = Box::new(move |session| drop(answer.send(in_one_view(session, &work))));
        if !reader.send(job) {
            return Err(closed());
        }
        answered.await.map_err(|_| closed())?
    }

    /// Reads on this thread; nothing when that would mean to wait.
    fn read_here<W: Work>(&self, work: &W) -> Option<Result<W::Answer>> {
        let session = self.near.iter().find_map(|session| session.try_lock().ok())?;
        match in_one_view(&session, work) {
            Err(Fault::Database { temporary: true, .. }) => None,
            answer => Some(answer),
        }
    }

    /// Works on the writing connection. `Ok` is returned after the commit; an `Err` of the work undoes what it wrote.
    pub(super) async fn write<W: Work>(&self, work: W) -> Result<W::Answer> {
        let (answer, answered) = oneshot::channel();
        let slot = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&slot);
        let batched = Batched {
            run: Box::new(move |session| {
                let result = now(work.run(session));
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
        self.writer.send(batched).map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }
}

/// A read on the connection that writes: it sees what was counted before it.
struct Reads<W>(W);

#[async_trait]
impl<W: Work> Work for Reads<W> {
    type Answer = W::Answer;

    async fn run(&self, session: &dyn Session) -> Result<W::Answer> {
        if let Some(writer) = session.only_writer() {
            writer.tally.settle(session).await?;
        }
        self.0.run(session).await
    }
}

fn in_one_view<W: Work>(session: &SqliteSession, work: &W) -> Result<W::Answer> {
    let result = session.control("BEGIN").and_then(|()| now(work.run(session)));
    let ended = session.control("COMMIT");
    result.and_then(|answer| ended.map(|()| answer))
}

/// Runs a future that never waits.
pub(in crate::directory) fn now<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(Fault::Database { temporary: false, detail: "the work had to wait".to_owned() }),
    }
}

fn closed() -> Fault {
    Fault::Lost("the directory's database did not answer".to_owned())
}

fn read_loop(session: &SqliteSession, jobs: &Take<Job>) {
    while let Some(job) = jobs.next() {
        job(session);
    }
}

/// Commits everything that waits in one transaction, so that one flush to disk serves many callers.
fn write_loop(session: &SqliteSession, jobs: &Receiver<Batched>) {
    while let Ok(first) = jobs.recv() {
        let mut batch = Vec::new();
        let durable = together(session, first, jobs, &mut batch);
        for (job, kept) in batch {
            // A result that was not kept changed nothing, so it is true whether or not the batch became durable.
            (job.finish)(durable || !kept);
        }
    }
}

/// Runs what waits; each job of `batch` comes with whether what it did is kept. Returns whether that is durable.
fn together(
    session: &SqliteSession,
    first: Batched,
    jobs: &Receiver<Batched>,
    batch: &mut Vec<(Batched, bool)>,
) -> bool {
    let mut sound = session.control("BEGIN IMMEDIATE").is_ok();
    let mut next = Some(first);
    while let Some(job) = next.take() {
        session.forget_writes();
        let kept = !sound || (job.run)(session);
        batch.push((job, kept));
        if !sound {
            return false;
        }
        // A job that fails has seldom written; only then there is something to undo of it alone.
        if !kept && session.has_written() {
            sound = one_by_one(session, batch);
            break;
        }
        if batch.len() < LARGEST_BATCH {
            next = jobs.try_recv().ok();
        }
    }
    let durable = sound && session.settle().is_ok() && session.control("COMMIT").is_ok();
    if !durable {
        session.undo();
    }
    durable
}

/// Begins a batch anew, each job so that it can be undone by itself. Returns whether the transaction is sound.
fn one_by_one(session: &SqliteSession, batch: &mut [(Batched, bool)]) -> bool {
    session.undo();
    let mut sound = session.control("BEGIN IMMEDIATE").is_ok();
    for (job, kept) in batch {
        *kept = true;
        sound = sound && session.control("SAVEPOINT one").is_ok();
        if sound {
            *kept = (job.run)(session);
            let ended = if *kept { session.settle() } else { session.undo_one() };
            sound = ended.and_then(|()| session.control("RELEASE one")).is_ok();
        }
    }
    sound
}

const LARGEST_BATCH: usize = 64;
