//! Work that waits for one of several threads. One that comes wakes one thread, and none while all are busy.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The end that gives work. Dropping the last clone lets the threads end after what waits.
pub(super) struct Give<T>(Arc<Last<T>>);

/// The end that takes work.
pub(super) struct Take<T>(Arc<Shared<T>>);

struct Last<T>(Arc<Shared<T>>);

struct Shared<T> {
    waiting: Mutex<Waiting<T>>,
    came: Condvar,
}

struct Waiting<T> {
    work: VecDeque<T>,
    idle: usize,
    takers: usize,
    over: bool,
}

/// A queue without work.
pub(super) fn queue<T>() -> (Give<T>, Take<T>) {
    let waiting = Waiting { work: VecDeque::new(), idle: 0, takers: 1, over: false };
    let shared = Arc::new(Shared { waiting: Mutex::new(waiting), came: Condvar::new() });
    (Give(Arc::new(Last(Arc::clone(&shared)))), Take(shared))
}

impl<T> Give<T> {
    /// Gives work; whether there is a thread left that could take it.
    pub(super) fn send(&self, work: T) -> bool {
        let mut waiting = self.0.0.lock();
        if waiting.takers == 0 {
            return false;
        }
        waiting.work.push_back(work);
        if waiting.idle > 0 {
            drop(waiting);
            self.0.0.came.notify_one();
        }
        true
    }
}

impl<T> Take<T> {
    /// The next piece of work; `None` when no more can come.
    pub(super) fn next(&self) -> Option<T> {
        let mut waiting = self.0.lock();
        loop {
            if let Some(work) = waiting.work.pop_front() {
                return Some(work);
            }
            if waiting.over {
                return None;
            }
            waiting.idle += 1;
            waiting = self.0.came.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.idle -= 1;
        }
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Give<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Clone for Take<T> {
    fn clone(&self) -> Self {
        self.0.lock().takers += 1;
        Self(Arc::clone(&self.0))
    }
}

impl<T> Drop for Take<T> {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.takers -= 1;
        // Nobody will take what waits; whoever gave it learns so when it is dropped.
        let left = if waiting.takers == 0 { std::mem::take(&mut waiting.work) } else { VecDeque::new() };
        drop(waiting);
        drop(left);
    }
}

impl<T> Drop for Last<T> {
    fn drop(&mut self) {
        self.0.lock().over = true;
        self.0.came.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn everything_is_taken_once_and_the_threads_end() {
        let (give, take) = queue();
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let take = take.clone();
                thread::spawn(move || std::iter::from_fn(|| take.next()).collect::<Vec<u32>>())
            })
            .collect();
        let other = give.clone();
        drop(take);
        assert!((0..500).all(|n| give.send(n)) && (500..1000).all(|n| other.send(n)));
        drop((give, other));
        let mut all: Vec<u32> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        all.sort_unstable();
        assert_eq!(all, (0..1000).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_waits_for_threads_that_are_gone() {
        let (give, take) = queue();
        let work = Arc::new(());
        assert!(give.send(Arc::clone(&work)));
        drop(take);
        assert_eq!(Arc::strong_count(&work), 1);
        assert!(!give.send(work));
    }
}
