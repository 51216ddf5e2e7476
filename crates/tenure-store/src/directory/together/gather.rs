use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

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
/// A few groups are on their way at a time, each on a connection of its own. Calls that come meanwhile wait, and go together
/// next; a call that comes alone goes at once.
pub(super) struct Gather<T: Batch>(Arc<Shared<T>>);

struct Shared<T: Batch> {
    server: Server,
    waiting: Mutex<Waiting<T>>,
}

struct Waiting<T: Batch> {
    calls: VecDeque<(T, Reply<T::Answer>)>,
    lanes: usize,
}

/// Calls and where to answer them.
type Group<T> = (Vec<T>, Vec<Reply<<T as Batch>::Answer>>);
type Reply<A> = oneshot::Sender<Result<Option<A>>>;

impl<T: Batch> Gather<T> {
    pub(super) fn new(server: &Server) -> Self {
        let waiting = Waiting { calls: VecDeque::new(), lanes: 0 };
        Self(Arc::new(Shared { server: server.clone(), waiting: Mutex::new(waiting) }))
    }

    /// Carries out a call together with those that wait too. `None`: nothing was done, it has to be done alone.
    ///
    /// A caller that goes away while it waits leaves the call behind, which is carried out.
    pub(super) async fn call(&self, call: T) -> Result<Option<T::Answer>> {
        let (reply, answer) = oneshot::channel();
        let lane = {
            let mut waiting = self.0.lock();
            waiting.calls.push_back((call, reply));
            let free = waiting.lanes < LANES;
            waiting.lanes += usize::from(free);
            free.then(|| Lane { shared: Arc::clone(&self.0), over: false })
        };
        if let Some(lane) = lane {
            tokio::spawn(lane.run());
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
    over: bool,
}

impl<T: Batch> Lane<T> {
    async fn run(mut self) {
        // Whoever is about to call on this thread goes along.
        tokio::task::yield_now().await;
        while let Some((calls, replies)) = self.next() {
            match T::run(&self.shared.server, &calls).await {
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
        let mut waiting = self.shared.lock();
        if waiting.calls.is_empty() {
            waiting.lanes -= 1;
            self.over = true;
            return None;
        }
        let many = waiting.calls.len().min(LARGEST);
        Some(waiting.calls.drain(..many).unzip())
    }
}

impl<T: Batch> Drop for Lane<T> {
    /// A runtime that ends drops what has not ended.
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let mut waiting = self.shared.lock();
        waiting.lanes -= 1;
        if waiting.lanes == 0 {
            // Nobody is left to answer them.
            waiting.calls.clear();
        }
    }
}

const LANES: usize = 2;
const LARGEST: usize = 64;
