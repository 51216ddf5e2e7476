//! A table of short texts, each of which fits into two numbers.

/// Numbers by short text: open addressing, at most half full.
#[derive(Clone, Debug, Default)]
pub(super) struct Shorts {
    entries: Vec<Entry>,
    used: usize,
}

/// A text of up to sixteen bytes: with its length, its first and its last bytes are all of it.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    first: u64,
    last: u64,
    len: u32,
    /// The number plus one; 0 where nothing is.
    row: u32,
}

impl Shorts {
    pub(super) fn len(&self) -> usize {
        self.used
    }

    /// The number of a text; `None` also for one that is too long.
    #[inline]
    pub(super) fn get(&self, text: &str) -> Option<u32> {
        let wanted = Entry::of(text.as_bytes())?;
        let mut at = wanted.hash();
        loop {
            let entry = self.entries.get(at & self.entries.len().checked_sub(1)?)?;
            if entry.first == wanted.first && entry.last == wanted.last && entry.len == wanted.len {
                return entry.row.checked_sub(1);
            }
            if entry.row == 0 {
                return None;
            }
            at = at.wrapping_add(1);
        }
    }

    /// Keeps the number of a text that is not there yet; false where the text is too long.
    pub(super) fn insert(&mut self, text: &str, row: u32) -> bool {
        let Some(entry) = Entry::of(text.as_bytes()) else { return false };
        if (self.used + 1) * 2 > self.entries.len() {
            let old = std::mem::take(&mut self.entries);
            self.entries = vec![Entry::default(); (old.len() * 2).max(FEWEST)];
            old.into_iter().filter(|entry| entry.row != 0).for_each(|entry| self.put(entry));
        }
        self.used += 1;
        self.put(Entry { row: row.saturating_add(1), ..entry });
        true
    }

    fn put(&mut self, entry: Entry) {
        let mask = self.entries.len().wrapping_sub(1);
        let mut at = entry.hash();
        while let Some(place) = self.entries.get_mut(at & mask) {
            if place.row == 0 {
                *place = entry;
                return;
            }
            at = at.wrapping_add(1);
        }
    }
}

impl Entry {
    #[inline]
    fn of(bytes: &[u8]) -> Option<Self> {
        let len = u32::try_from(bytes.len()).ok().filter(|len| *len <= LONGEST)?;
        let (first, last) = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
                (Some(first), Some(last)) => {
                    (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)))
                }
                _ => (bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), 0),
            },
        };
        Some(Self { first, last, len, row: 0 })
    }

    #[inline]
    fn hash(&self) -> usize {
        const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
        let mixed = (self.first ^ self.last.rotate_left(29) ^ u64::from(self.len)).wrapping_mul(ODD);
        usize::try_from(mixed >> 33).unwrap_or(0)
    }
}

const LONGEST: u32 = 16;
/// A power of two, as all lengths of the table are.
const FEWEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_its_own_number() {
        let mut texts: Vec<String> = (0..2_000).map(|n| format!("D{n:x}")).collect();
        for len in 0..=17 {
            texts.push("a".repeat(len));
            texts.extend((0..len).map(|at| format!("{}b{}", "a".repeat(at), "a".repeat(len - at - 1))));
        }
        let mut table = Shorts::default();
        assert_eq!(table.get(""), None);
        for (row, text) in (0..).zip(&texts) {
            assert_eq!(table.get(text), None, "{text}");
            assert_eq!(table.insert(text, row), text.len() <= 16, "{text}");
        }
        for (row, text) in (0..).zip(&texts) {
            assert_eq!(table.get(text), (text.len() <= 16).then_some(row), "{text}");
        }
        assert_eq!(table.get("not there"), None);
        assert_eq!(table.len(), texts.iter().filter(|text| text.len() <= 16).count());
    }
}
