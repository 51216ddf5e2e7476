//! Compares what should be held with what is held, in memory alone.
//!
//! What accounts hold is given as numbers ([`Interned`] gives them out): for each account, by its number, the numbers of its
//! entitlements, both in order ([`Holdings`]). [`compare`] walks the two sides once, next to each other, and allocates nothing. Planning
//! goes by it to tell those of whom nothing comes from the others.

mod holdings;
mod interned;

use std::iter::Peekable;

pub use holdings::Holdings;
pub use interned::Interned;

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
        let accounts = prop_oneof![0..12_u64, 1_000..1_012_u64];
        proptest::collection::btree_map(accounts, proptest::collection::btree_set(0..6_u32, 0..5), 0..10)
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
}
