//! Telling whether an object has a name already.

use super::names::Key;

/// The names of one object that were read so far: a bit for most, a set for the rest.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    low: [u64; 4],
    high: Option<rustc_hash::FxHashSet<Key>>,
}

impl Seen {
    /// Notes a name; says whether it was there before.
    pub(crate) fn add(&mut self, canon: Key) -> bool {
        match self.low.get_mut(canon as usize / 64) {
            Some(word) => {
                let bit = 1 << (canon % 64);
                let twice = *word & bit != 0;
                *word |= bit;
                twice
            }
            None => !self.high.get_or_insert_default().insert(canon),
        }
    }

    /// Whether a name was noted.
    pub(crate) fn has(&self, canon: Key) -> bool {
        match self.low.get(canon as usize / 64) {
            Some(word) => word & (1 << (canon % 64)) != 0,
            None => self.high.as_ref().is_some_and(|high| high.contains(&canon)),
        }
    }
}
