use std::slice;

/// What each of some accounts holds, by number.
///
/// Accounts that come in the order of their numbers are compared as they lie; in any other order they are put in order first.
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
        let mut sorted = Self::with_capacity(self.rows.len(), self.ids.len());
        let mut add = |(account, ids): (u64, &[u32])| {
            sorted.ids.extend_from_slice(ids);
            sorted.rows.push((account, sorted.ids.len()));
        };
        match self.places() {
            Some(places) => places.rows().for_each(&mut add),
            None => {
                let mut order: Vec<(u64, &[u32])> = self.rows().collect();
                order.sort_unstable_by_key(|(account, _)| *account);
                order.into_iter().for_each(&mut add);
            }
        }
        *self = sorted;
    }

    pub(super) fn is_sorted(&self) -> bool {
        !self.unsorted
    }

    /// As they lie.
    pub(super) fn rows(&self) -> Rows<'_> {
        Rows { rows: self.rows.iter(), ids: &self.ids, start: 0 }
    }

    /// The accounts by their numbers, where they do not lie in that order.
    pub(super) fn lookup(&self) -> Option<Places<'_>> {
        if self.unsorted { self.places() } else { None }
    }

    /// Where the list of each account is, by its number. Nothing, where numbers lie far apart, or one is there twice.
    fn places(&self) -> Option<Places<'_>> {
        let most = self.rows.iter().map(|(account, _)| *account).max()?;
        let most = usize::try_from(most).ok().filter(|most| most / 4 <= self.rows.len())?;
        let mut places = vec![(0_u32, NOBODY); most + 1];
        let mut start = 0;
        for (account, end) in &self.rows {
            let place = usize::try_from(*account).ok().and_then(|account| places.get_mut(account));
            let place = place.filter(|(_, len)| *len == NOBODY)?;
            let len = u32::try_from(end - start).ok().filter(|len| *len != NOBODY)?;
            *place = (u32::try_from(start).ok()?, len);
            start = *end;
        }
        Some(Places { places, ids: &self.ids })
    }
}

/// The length of a list that is not there.
const NOBODY: u32 = u32::MAX;

/// Accounts by their numbers.
pub(super) struct Places<'a> {
    /// Where the list of an account begins, and how long it is.
    places: Vec<(u32, u32)>,
    ids: &'a [u32],
}

impl<'a> Places<'a> {
    /// In the order of the numbers.
    pub(super) fn rows(&self) -> impl Iterator<Item = (u64, &'a [u32])> {
        let ids = self.ids;
        let there = (0_u64..).zip(&self.places).filter(|(_, (_, len))| *len != NOBODY);
        there.map(move |(account, (start, len))| {
            let (start, len) = (*start as usize, *len as usize);
            (account, ids.get(start..start + len).unwrap_or_default())
        })
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
