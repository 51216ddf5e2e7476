use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::directory::db::Server;
use crate::directory::error::{Fault, Result};

/// Calls of one kind, which one statement carries out.
pub(super) trait Batch: Send + Sync + Sized + 'static {
    type Answer: Send + 'static;

    /// Carries all out or none; answers in their order. A call without an answer changed nothing.
    fn run(server: &Server, all: &[Self]) -> impl Future<Output = Result<Vec<Option<Self::Answer>>>> + Send;
}

/// Calls that wait for their turn.
///
/// A call that comes alone goes at once. Calls that come meanwhile wait, and go together when the others are back, or earlier, on
/// another connection, as soon as they fill a group: a statement costs much for the first of its rows and little for each more.
pub(super) struct Gather<T: Batch>(Arc<Shared<T>>);

struct Shared<T: Batch> {
    server: Server,
    waiting: Mutex<Waiting<T>>,
}

struct Waiting<T: Batch> {
    calls: VecDeque<(T, Reply<T::Answer>)>,
    lanes: usize,
    /// How many of the lanes have not set off yet.
    leaving: usize,
    /// How many calls are on their way, those left out that have been for long.
    flying: usize,
}

impl<T: Batch> Waiting<T> {
    /// Whether it is time for another group beside those that are on their way.
    fn is_due(&self) -> bool {
        if self.flying == 0 { !self.calls.is_empty() } else { self.calls.len() >= LARGEST }
    }

    /// Whether a lane has to begin: those that have not set off yet take along what waits.
    fn begins(&mut self) -> bool {
        let begins = self.leaving == 0 && self.lanes < LANES && self.is_due();
        self.lanes += usize::from(begins);
        self.leaving += usize::from(begins);
        begins
    }
}

/// Calls and where to answer them.
type Group<T> = (Vec<T>, Vec<Reply<<T as Batch>::Answer>>);
type Reply<A> = oneshot::Sender<Result<Option<A>>>;

impl<T: Batch> Gather<T> {
    pub(super) fn new(server: &Server) -> Self {
        let waiting = Waiting { calls: VecDeque::new(), lanes: 0, leaving: 0, flying: 0 };
        Self(Arc::new(Shared { server: server.clone(), waiting: Mutex::new(waiting) }))
    }

    /// Carries out a call together with those that wait too. `None`: nothing was done, it has to be done alone.
    ///
    /// A caller that goes away while it waits leaves the call behind, which is carried out.
    pub(super) async fn call(&self, call: T) -> Result<Option<T::Answer>> {
        let (reply, answer) = oneshot::channel();
        let begins = {
            let mut waiting = self.0.lock();
            waiting.calls.push_back((call, reply));
            waiting.begins()
        };
        if begins {
            Lane::begin(&self.0);
        }
        answer.await.map_err(|_| Fault::Lost("the directory's database did not answer".to_owned()))?
    }
}

impl<T: Batch> Clone for Gather<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Batch> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the groups on their way.
struct Lane<T: Batch> {
    shared: Arc<Shared<T>>,
    at: At,
}

#[derive(PartialEq)]
enum At {
    Start,
    /// On its way with as many calls.
    Way(usize),
    /// On its way for so long that the others wait for it no more.
    LongWay,
    End,
}

impl<T: Batch> Lane<T> {
    fn begin(shared: &Arc<Shared<T>>) {
        tokio::spawn(Self { shared: Arc::clone(shared), at: At::Start }.run());
    }

    async fn run(mut self) {
        // Whoever is about to call on this thread goes along.
        tokio::task::yield_now().await;
        while let Some((calls, replies)) = self.next() {
            let shared = Arc::clone(&self.shared);
            let mut work = pin!(T::run(&shared.server, &calls));
            let done = match timeout(PATIENCE, work.as_mut()).await {
                Ok(done) => done,
                Err(_) => {
                    self.let_pass();
                    work.await
                }
            };
            match done {
                Ok(answers) => {
                    for (reply, answer) in replies.into_iter().zip(answers) {
                        // The caller may have gone.
                        drop(reply.send(Ok(answer)));
                    }
                }
                Err(Fault::Lost(detail)) => {
                    for reply in replies {
                        drop(reply.send(Err(Fault::Lost(detail.clone()))));
                    }
                }
                // One of them was refused, or another transaction was in the way: each is tried alone.
                Err(_) => {
                    for reply in replies {
                        drop(reply.send(Ok(None)));
                    }
                }
            }
        }
    }

    fn next(&mut self) -> Option<Group<T>> {
        let shared = Arc::clone(&self.shared);
        let mut waiting = shared.lock();
        self.leave(&mut waiting);
        if !waiting.is_due() {
            // Those who are still on their way take along what waits.
            waiting.lanes -= 1;
            self.at = At::End;
            return None;
        }
        let many = waiting.calls.len().min(LARGEST);
        waiting.flying += many;
        self.at = At::Way(many);
        Some(waiting.calls.drain(..many).unzip())
    }

    /// What waits behind a group that does not come back, for a lock perhaps, goes on its way.
    fn let_pass(&mut self) {
        let shared = Arc::clone(&self.shared);
        let mut waiting = shared.lock();
        self.leave(&mut waiting);
        self.at = At::LongWay;
        if waiting.begins() {
            Self::begin(&self.shared);
        }
    }

    /// Counts for what it was no more.
    fn leave(&self, waiting: &mut Waiting<T>) {
        match self.at {
            At::Start => waiting.leaving -= 1,
            At::Way(many) => waiting.flying -= many,
            At::LongWay | At::End => {}
        }
    }
}

impl<T: Batch> Drop for Lane<T> {
    /// A runtime that ends drops what has not ended.
    fn drop(&mut self) {
        if self.at == At::End {
            return;
        }
        let mut waiting = self.shared.lock();
        self.leave(&mut waiting);
        waiting.lanes -= 1;
        if waiting.lanes == 0 {
            // Nobody is left to answer them.
            waiting.calls.clear();
        }
    }
}

const LANES: usize = 4;
/// For so long the others wait for a group; a statement takes a millisecond or two.
const PATIENCE: Duration = Duration::from_millis(25);
const LARGEST: usize = 64;
