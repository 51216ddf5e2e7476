//! The record of tolerances that were needed.

use super::Tolerance;

/// How often each tolerance was needed; empty after a conforming request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fired(Vec<(Tolerance, u32)>);

impl Fired {
    /// Counts one use of `tolerance`.
    pub fn record(&mut self, tolerance: Tolerance) {
        match self.0.iter_mut().find(|(t, _)| *t == tolerance) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => self.0.push((tolerance, 1)),
        }
    }

    /// Whether `tolerance` was needed.
    pub fn contains(&self, tolerance: Tolerance) -> bool {
        self.0.iter().any(|(t, _)| *t == tolerance)
    }

    /// The tolerances that were needed, in order of first use, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (Tolerance, u32)> {
        self.0.iter().copied()
    }

    /// Whether the request was conforming.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what `other` counted.
    pub fn merge(&mut self, other: &Self) {
        for (tolerance, count) in other.iter() {
            match self.0.iter_mut().find(|(t, _)| *t == tolerance) {
                Some((_, mine)) => *mine = mine.saturating_add(count),
                None => self.0.push((tolerance, count)),
            }
        }
    }
}
