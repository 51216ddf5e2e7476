//! A set of rules as bits.

/// A set of rules by their place in the policy; in whole blocks of words, so that two sets are joined some words at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RuleSet(Vec<u64>);

impl RuleSet {
    pub(crate) fn empty(rules: usize) -> Self {
        Self(vec![0; rules.div_ceil(64 * BLOCK) * BLOCK])
    }

    pub(crate) fn all(rules: usize) -> Self {
        let mut set = Self::empty(rules);
        (0..rules).for_each(|rule| set.put(rule, true));
        set
    }

    pub(crate) fn words(&self) -> &[u64] {
        &self.0
    }

    pub(crate) fn put(&mut self, rule: usize, holds: bool) {
        if let Some(word) = self.0.get_mut(rule / 64) {
            let bit = 1_u64 << (rule % 64);
            if holds { *word |= bit } else { *word &= !bit }
        }
    }

    pub(crate) fn has(&self, rule: usize) -> bool {
        self.0.get(rule / 64).is_some_and(|word| word >> (rule % 64) & 1 == 1)
    }

    /// How many rules are in the set.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(crate) fn copy(&mut self, words: &[u64]) {
        self.0.clear();
        self.0.extend_from_slice(words);
    }

    /// Keeps what is in both.
    pub(crate) fn keep(&mut self, words: &[u64]) {
        let (own, _) = self.0.as_chunks_mut::<BLOCK>();
        let (other, _) = words.as_chunks::<BLOCK>();
        for (own, other) in own.iter_mut().zip(other) {
            for (own, other) in own.iter_mut().zip(other) {
                *own &= other;
            }
        }
    }

    /// Calls `found` for each rule in the set, in the order of the policy; true for those that are in the other set too.
    #[inline]
    pub(crate) fn each(&self, other: &Self, mut found: impl FnMut(u32, bool)) {
        let mut start = 0;
        for (word, other) in self.0.iter().zip(&other.0) {
            let mut rest = *word;
            while rest != 0 {
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                found(start + bit, other >> bit & 1 == 1);
            }
            start += 64;
        }
    }
}

/// Words of a block: 256 bits.
const BLOCK: usize = 4;
