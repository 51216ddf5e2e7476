//! Compares what should be held with what is held, in memory alone.
//!
//! What accounts hold is given as numbers ([`Interned`] gives them out): for each account, by its number, the numbers of its
//! entitlements, both in order ([`Holdings`]). [`compare`] walks the two sides once, next to each other, and allocates nothing. Planning
//! goes by it to tell those of whom nothing comes from the others.

use std::borrow::Cow;
use std::collections::HashMap;
use std::iter::Peekable;
use std::slice;

/// Numbers for texts, so that they are compared as numbers: the same number for the same parts, whenever they are met.
///
/// # Examples
///
/// ```
/// use tenure_engine::reconcile::Interned;
///
/// let mut names = Interned::default();
/// let support = names.number(&["group", "Support"]);
/// assert_ne!(names.number(&["group", "Sales"]), support);
/// assert_eq!(names.number(&["group", "Support"]), support);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Interned {
    numbers: HashMap<Box<str>, u32>,
    key: String,
}

impl Interned {
    /// The number of a name of several parts. They are given out from nought, in the order in which names are first met.
    pub fn number(&mut self, parts: &[&str]) -> u32 {
        let text: &str = match parts {
            [one] => one,
            parts => {
                self.key.clear();
                for part in parts {
                    // With its length, so that no other parts give the same text.
                    self.key.push_str(part);
                    self.key.extend(char::from_u32(u32::try_from(part.len()).unwrap_or(u32::MAX)));
                    self.key.push('/');
                }
                &self.key
            }
        };
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.into(), next);
        next
    }
}

/// What each of some accounts holds, by number.
///
/// Accounts that come in the order of their numbers are compared as they lie; in any other order they are sorted first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holdings {
    /// An account, and where in `ids` what it holds ends.
    rows: Vec<(u64, usize)>,
    ids: Vec<u32>,
    unsorted: bool,
}

impl Holdings {
    /// No accounts, with room for some.
    #[must_use]
    pub fn with_capacity(accounts: usize, entitlements: usize) -> Self {
        Self { rows: Vec::with_capacity(accounts), ids: Vec::with_capacity(entitlements), unsorted: false }
    }

    /// Adds an account, which must not be there yet, with what it holds, in any order.
    pub fn push(&mut self, account: u64, entitlements: impl IntoIterator<Item = u32>) {
        let start = self.ids.len();
        self.ids.extend(entitlements);
        if let Some(new) = self.ids.get_mut(start..)
            && !new.is_sorted()
        {
            new.sort_unstable();
        }
        self.unsorted |= self.rows.last().is_some_and(|(last, _)| *last >= account);
        self.rows.push((account, self.ids.len()));
    }

    /// Forgets every account, and keeps the room.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.ids.clear();
        self.unsorted = false;
    }

    /// Brings the accounts into the order of their numbers.
    pub fn sort(&mut self) {
        if !self.unsorted {
            return;
        }
        let mut order: Vec<(u64, &[u32])> = self.rows().collect();
        order.sort_unstable_by_key(|(account, _)| *account);
        let mut sorted = Self::with_capacity(self.rows.len(), self.ids.len());
        for (account, ids) in order {
            sorted.ids.extend_from_slice(ids);
            sorted.rows.push((account, sorted.ids.len()));
        }
        *self = sorted;
    }

    fn sorted(&self) -> Cow<'_, Self> {
        if !self.unsorted {
            return Cow::Borrowed(self);
        }
        let mut sorted = self.clone();
        sorted.sort();
        Cow::Owned(sorted)
    }

    fn rows(&self) -> Rows<'_> {
        Rows { rows: self.rows.iter(), ids: &self.ids, start: 0 }
    }
}

/// Where the two sides differ, for one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference<'a> {
    /// The account.
    pub account: u64,
    /// What it should hold; nothing, when there should be no such account.
    pub desired: Option<&'a [u32]>,
    /// What it holds; nothing, when there is no such account.
    pub held: Option<&'a [u32]>,
}

impl<'a> Difference<'a> {
    /// What is missing, in the order of the numbers.
    pub fn missing(&self) -> impl Iterator<Item = u32> + use<'a> {
        only(self.desired.unwrap_or_default(), self.held.unwrap_or_default())
    }

    /// What is held and should not be, in the order of the numbers.
    pub fn extra(&self) -> impl Iterator<Item = u32> + use<'a> {
        only(self.held.unwrap_or_default(), self.desired.unwrap_or_default())
    }
}

/// Tells every account in which the two sides differ to whoever asks, in the order of their numbers. What is given twice on one side
/// is not the same as what is given once.
///
/// # Examples
///
/// ```
/// use tenure_engine::reconcile::{Holdings, compare};
///
/// let (mut desired, mut held) = (Holdings::default(), Holdings::default());
/// desired.push(1, [10, 11]);
/// desired.push(2, [10]);
/// held.push(1, [10, 12]);
/// held.push(2, [10]);
/// held.push(3, []);
///
/// let mut found = Vec::new();
/// compare(&desired, &held, |difference| {
///     found.push((difference.account, difference.missing().collect::<Vec<_>>(), difference.extra().count()));
/// });
/// assert_eq!(found, [(1, vec![11], 1), (3, vec![], 0)]);
/// ```
pub fn compare(desired: &Holdings, held: &Holdings, mut tell: impl FnMut(Difference<'_>)) {
    let (desired, held) = (desired.sorted(), held.sorted());
    let (mut desired, mut held) = (desired.rows(), held.rows());
    let (mut wanted, mut found) = (desired.next(), held.next());
    loop {
        let (account, desired, held) = match (wanted, found) {
            (Some((account, here)), Some((other, there))) if account == other => {
                (wanted, found) = (desired.next(), held.next());
                if here == there {
                    continue;
                }
                (account, Some(here), Some(there))
            }
            (Some((account, here)), other) if other.is_none_or(|(other, _)| account < other) => {
                wanted = desired.next();
                (account, Some(here), None)
            }
            (_, Some((account, there))) => {
                found = held.next();
                (account, None, Some(there))
            }
            (_, None) => return,
        };
        tell(Difference { account, desired, held });
    }
}

/// Accounts with what they hold.
struct Rows<'a> {
    rows: slice::Iter<'a, (u64, usize)>,
    ids: &'a [u32],
    start: usize,
}

impl<'a> Iterator for Rows<'a> {
    type Item = (u64, &'a [u32]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (account, end) = self.rows.next()?;
        let ids = self.ids.get(self.start..*end).unwrap_or_default();
        self.start = *end;
        Some((*account, ids))
    }
}

/// What the first list has and the second has not; both are sorted.
fn only<'a>(all: &'a [u32], known: &'a [u32]) -> impl Iterator<Item = u32> + use<'a> {
    let mut known: Peekable<_> = known.iter().copied().peekable();
    all.iter().copied().filter(move |id| {
        while known.next_if(|other| other < id).is_some() {}
        known.next_if_eq(id).is_none()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    type Sets = BTreeMap<u64, BTreeSet<u32>>;

    fn holdings(sets: &Sets, backwards: bool) -> Holdings {
        let mut holdings = Holdings::default();
        let mut rows: Vec<_> = sets.iter().collect();
        if backwards {
            rows.reverse();
        }
        for (account, ids) in rows {
            holdings.push(*account, ids.iter().rev().copied());
        }
        holdings
    }

    fn sets() -> impl Strategy<Value = Sets> {
        proptest::collection::btree_map(0..12_u64, proptest::collection::btree_set(0..6_u32, 0..5), 0..10)
    }

    proptest! {
        #[test]
        fn what_is_told_is_the_difference_of_the_sets(desired in sets(), held in sets(), backwards: bool) {
            let mut expected = Vec::new();
            let accounts: BTreeSet<u64> = desired.keys().chain(held.keys()).copied().collect();
            for account in accounts {
                let (wanted, found) = (desired.get(&account), held.get(&account));
                if wanted != found {
                    let (none, other) = (BTreeSet::new(), BTreeSet::new());
                    let (here, there) = (wanted.unwrap_or(&none), found.unwrap_or(&other));
                    let missing: Vec<u32> = here.difference(there).copied().collect();
                    let extra: Vec<u32> = there.difference(here).copied().collect();
                    expected.push((account, wanted.is_some(), found.is_some(), missing, extra));
                }
            }
            let mut told = Vec::new();
            compare(&holdings(&desired, false), &holdings(&held, backwards), |it| {
                let (missing, extra) = (it.missing().collect(), it.extra().collect());
                told.push((it.account, it.desired.is_some(), it.held.is_some(), missing, extra));
            });
            prop_assert_eq!(told, expected);
        }
    }

    #[test]
    fn a_name_of_other_parts_is_another_name() {
        let mut names = Interned::default();
        let all = [
            names.number(&["group", "all"]),
            names.number(&["groupa", "ll"]),
            names.number(&["group/all"]),
            names.number(&["group", "all", ""]),
        ];
        assert_eq!(all, [0, 1, 2, 3]);
        assert_eq!(names.number(&["groupa", "ll"]), 1);
    }
}
