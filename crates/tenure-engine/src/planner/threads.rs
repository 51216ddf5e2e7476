//! The threads that share a look at many people.

use std::num::NonZero;
use std::thread::ScopedJoinHandle;

/// How many there are at most, besides the store's.
const MOST: usize = 4;

/// How many look at people at the same time.
pub(super) fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).min(MOST)
}

/// What a thread did.
pub(super) fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    match thread.join() {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
