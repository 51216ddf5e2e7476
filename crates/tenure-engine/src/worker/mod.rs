//! Many workers on several machines carry out one plan: its steps go through the queues of the store, one queue a target.
//!
//! [`Engine::submit`](crate::Engine::submit) hands a plan over under the checks of `apply`. A [`QueueWorker`] takes steps
//! under a lease and carries them out as `apply` does: the same executor, guards, journal and read-back.

mod batch;
mod close;
mod job;
mod options;
mod pool;
mod submit;
mod surroundings;
mod tickets;

pub use options::WorkerOptions;
pub use pool::{QueueWorker, WorkerReport};
pub(crate) use tickets::Tickets;
