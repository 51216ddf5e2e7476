//! A store that forgets everything when it is dropped.

mod apply;
mod lookup;
mod outlook;
mod read;
mod state;
mod works;

use std::sync::{Mutex, MutexGuard, PoisonError};

use state::State;

/// A store in memory, for tests, samples and dry runs. Keeps nothing when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

impl MemoryStore {
    /// Makes an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Copies everything into a new store, which goes its own way from then on.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { state: Mutex::new(self.lock().clone()) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A batch is checked before its first write, so a poisoned state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
