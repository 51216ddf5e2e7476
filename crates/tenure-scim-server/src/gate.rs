//! Bounds how many requests are worked on at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Debug)]
pub(crate) struct Gate {
    inside: Arc<AtomicUsize>,
    max: usize,
}

/// A place inside. Dropping it leaves.
#[derive(Debug)]
pub(crate) struct Place(Arc<AtomicUsize>);

impl Gate {
    pub(crate) fn new(max: usize) -> Self {
        Self { inside: Arc::new(AtomicUsize::new(0)), max }
    }

    /// Enters, unless it is full.
    pub(crate) fn enter(&self) -> Option<Place> {
        let entered = self.inside.fetch_update(Ordering::AcqRel, Ordering::Acquire, |inside| {
            (inside < self.max).then_some(inside + 1)
        });
        entered.ok().map(|_| Place(Arc::clone(&self.inside)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_gate_opens_when_one_leaves() {
        let gate = Gate::new(1);
        let place = gate.enter();
        assert!(place.is_some());
        assert!(gate.enter().is_none());
        drop(place);
        assert!(gate.enter().is_some());
    }
}
