//! What each value met so far decides.

use rustc_hash::FxHashMap;

use super::RuleSet;
use super::shorts::Shorts;
use super::slot::Found;

/// The answers of one slot, each a row of words.
#[derive(Clone, Debug, Default)]
pub(super) struct Memo {
    words: Vec<u64>,
    short: Shorts,
    /// Texts that are too long for that.
    long: FxHashMap<Box<str>, u32>,
    /// Absent, null, false, true.
    plain: [Option<u32>; 4],
    rows: u32,
    /// Where in the last resource the value was.
    pub(super) place: u32,
}

impl Memo {
    pub(super) fn get(&self, found: Found<'_>, width: usize) -> Option<&[u64]> {
        let row = match found {
            Found::Text(text) => self.short.get(text).or_else(|| self.long.get(text).copied()),
            other => *self.plain.get(place(other)?)?,
        }?;
        let start = row as usize * width;
        self.words.get(start..start + width)
    }

    /// Keeps an answer while there is room.
    pub(super) fn put(&mut self, found: Found<'_>, answer: &RuleSet) {
        if self.words.len() + answer.words().len() > MOST_WORDS {
            return;
        }
        let row = self.rows;
        match found {
            Found::Text(text)
                if text.len() <= MOST_BYTES && self.short.len() + self.long.len() < MOST_TEXTS =>
            {
                if !self.short.insert(text, row) {
                    self.long.insert(text.into(), row);
                }
            }
            Found::Text(_) | Found::Other => return,
            plain => match place(plain).and_then(|at| self.plain.get_mut(at)) {
                Some(slot) => *slot = Some(row),
                None => return,
            },
        }
        self.words.extend_from_slice(answer.words());
        self.rows += 1;
    }
}

fn place(found: Found<'_>) -> Option<usize> {
    match found {
        Found::Absent => Some(0),
        Found::Null => Some(1),
        Found::Bool(value) => Some(2 + usize::from(value)),
        Found::Text(_) | Found::Other => None,
    }
}

/// 32 MiB a slot.
const MOST_WORDS: usize = 4 << 20;
const MOST_TEXTS: usize = 1 << 16;
const MOST_BYTES: usize = 256;
