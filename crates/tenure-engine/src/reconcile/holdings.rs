use std::borrow::Cow;
use std::slice;

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
        if self.unsorted {
            *self = self.in_order();
        }
    }

    pub(super) fn sorted(&self) -> Cow<'_, Self> {
        if self.unsorted { Cow::Owned(self.in_order()) } else { Cow::Borrowed(self) }
    }

    fn in_order(&self) -> Self {
        let mut sorted = Self::with_capacity(self.rows.len(), self.ids.len());
        let mut add = |at: usize| {
            let start = at.checked_sub(1).and_then(|before| self.rows.get(before)).map_or(0, |(_, end)| *end);
            let Some((account, end)) = self.rows.get(at) else { return };
            sorted.ids.extend_from_slice(self.ids.get(start..*end).unwrap_or_default());
            sorted.rows.push((*account, sorted.ids.len()));
        };
        match self.places() {
            Some(places) => {
                places.into_iter().filter_map(|place| place.checked_sub(1)).for_each(|at| add(at as usize))
            }
            None => {
                let mut order: Vec<usize> = (0..self.rows.len()).collect();
                order.sort_unstable_by_key(|at| self.rows.get(*at));
                order.into_iter().for_each(add);
            }
        }
        sorted
    }

    /// For each number where its account is, counted from one. Nothing, where numbers lie far apart or one is there twice.
    fn places(&self) -> Option<Vec<u32>> {
        let most = self.rows.iter().map(|(account, _)| *account).max()?;
        let most = usize::try_from(most).ok().filter(|most| most / 4 <= self.rows.len())?;
        let mut places = vec![0_u32; most + 1];
        for ((account, _), place) in self.rows.iter().zip(1_u32..) {
            let free = usize::try_from(*account).ok().and_then(|account| places.get_mut(account));
            *free.filter(|free| **free == 0)? = place;
        }
        (self.rows.len() < u32::MAX as usize).then_some(places)
    }

    pub(super) fn rows(&self) -> Rows<'_> {
        Rows { rows: self.rows.iter(), ids: &self.ids, start: 0 }
    }
}

/// Accounts with what they hold.
pub(super) struct Rows<'a> {
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
