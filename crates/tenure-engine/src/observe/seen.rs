//! Remembers what a walk has shown, in sixteen bytes a thing.

use sha2::{Digest, Sha256};
use tenure_store::Print;

/// The keys that were seen, as hashes that nobody can make collide.
#[derive(Debug, Default)]
pub(super) struct Seen {
    hashes: Vec<u128>,
    /// How many of them are in order and without doubles.
    sorted: usize,
}

impl Seen {
    pub(super) fn add(&mut self, key: &[&str]) {
        self.hashes.push(hash(key));
    }

    /// Adds a key of which only this is known.
    pub(super) fn add_known(&mut self, key: Print) {
        self.hashes.push(key.0);
    }

    /// By what a key is known.
    pub(super) fn key(key: &[&str]) -> Print {
        Print(hash(key))
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// How many keys were seen, doubles included.
    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// What was seen since so many, as a text. Only while nothing was asked.
    pub(super) fn texts(&self, since: usize) -> String {
        let new = self.hashes.get(since..).unwrap_or_default();
        new.iter().map(|hash| format!("{hash:032x}")).collect()
    }

    /// Adds what such a text says.
    pub(super) fn learn(&mut self, text: &str) {
        let parts = text.as_bytes().chunks(32).filter_map(|part| std::str::from_utf8(part).ok());
        self.hashes.extend(parts.filter_map(|part| u128::from_str_radix(part, 16).ok()));
    }

    /// How many different keys were seen.
    pub(super) fn count(&mut self) -> usize {
        self.sort();
        self.hashes.len()
    }

    pub(super) fn contains(&mut self, key: &[&str]) -> bool {
        self.sort();
        self.hashes.binary_search(&hash(key)).is_ok()
    }

    fn sort(&mut self) {
        if self.sorted < self.hashes.len() {
            self.hashes.sort_unstable();
            self.hashes.dedup();
            self.sorted = self.hashes.len();
        }
    }
}

fn hash(key: &[&str]) -> u128 {
    let mut digest = Sha256::new();
    for part in key {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().first_chunk().map_or(0, |first| u128::from_be_bytes(*first))
}
