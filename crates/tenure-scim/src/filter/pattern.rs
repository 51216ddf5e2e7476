//! A text to look for, with its case folded once.

use std::cmp::Ordering;

use super::CompareOp;
use super::predicate::holds;
use crate::precis::Rule;

/// The text of a literal, ready to be compared with many values.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    rule: Rule,
    key: Box<str>,
    /// For each byte of the key the bit that tells a capital from a small letter, or 0.
    ///
    /// ASCII text with these bits set is equal to the key exactly when it is the key in some case.
    case: Box<[u8]>,
    /// The first bytes and the last ones: eight of a key that has so many, four of a shorter one, and the whole of one with
    /// less than four.
    head: Word,
    tail: Word,
    /// Eight times the first byte and the last one, to be looked for at eight places at once.
    first: Word,
    last: Word,
}

/// Some bytes of a key, and their bits of `case`.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    key: u64,
    case: u64,
}

impl Pattern {
    pub(super) fn new(text: &str, rule: Rule) -> Self {
        let key: Box<str> = rule.key(text).into();
        let bit = |b: u8| if rule != Rule::Exact && b.is_ascii_lowercase() { 0x20 } else { 0 };
        let case: Box<[u8]> = key.bytes().map(bit).collect();
        let word = |of: fn(&[u8]) -> Option<u64>| Word {
            key: of(key.as_bytes()).unwrap_or_default(),
            case: of(&case).unwrap_or_default(),
        };
        let (head, tail) = match key.len() {
            0..4 => (word(|bytes| Some(few(bytes))), Word::default()),
            4..8 => (word(head4), word(tail4)),
            _ => (word(head8), word(tail8)),
        };
        let eight = |of: fn(&[u8]) -> Option<&u8>| {
            let byte = |bytes: &[u8]| repeated(of(bytes).copied().unwrap_or_default());
            Word { key: byte(key.as_bytes()), case: byte(&case) }
        };
        let (first, last) = (eight(<[u8]>::first), eight(<[u8]>::last));
        Self { rule, key, case, head, tail, first, last }
    }

    /// Whether a text of ASCII characters passes.
    #[inline(always)]
    pub(super) fn test_ascii(&self, op: CompareOp, text: &[u8]) -> bool {
        let len = self.key.len();
        match op {
            CompareOp::Eq => text.len() == len && self.is(text),
            CompareOp::Ne => text.len() != len || !self.is(text),
            CompareOp::Sw => text.get(..len).is_some_and(|head| self.is(head)),
            CompareOp::Ew => {
                text.len().checked_sub(len).and_then(|at| text.get(at..)).is_some_and(|tail| self.is(tail))
            }
            CompareOp::Co => self.is_in(text),
            _ => holds(op, Some(self.order_ascii(text))),
        }
    }

    /// Whether a text passes.
    pub(super) fn test(&self, op: CompareOp, text: &str) -> bool {
        let Self { rule, key, .. } = self;
        match op {
            CompareOp::Eq => rule.eq_key(text, key),
            CompareOp::Ne => !rule.eq_key(text, key),
            CompareOp::Co => rule.contains_key(text, key),
            CompareOp::Sw => rule.starts_with_key(text, key),
            CompareOp::Ew => rule.ends_with_key(text, key),
            _ => holds(op, Some(rule.cmp_key(text, key))),
        }
    }

    #[inline(never)]
    fn order_ascii(&self, text: &[u8]) -> Ordering {
        match self.rule {
            Rule::Exact => text.cmp(self.key.as_bytes()),
            _ => text.iter().map(u8::to_ascii_lowercase).cmp(self.key.bytes()),
        }
    }

    /// Whether ASCII text as long as the key is the key in some case.
    #[inline(always)]
    fn is(&self, text: &[u8]) -> bool {
        if let (Some(head), Some(tail)) = (head8(text), tail8(text)) {
            self.tail.is(tail) && self.head.is(head) && (text.len() <= 16 || self.is_between(text))
        } else if let (Some(head), Some(tail)) = (head4(text), tail4(text)) {
            self.tail.is(tail) && self.head.is(head)
        } else {
            self.head.is(few(text))
        }
    }

    /// As `is`, of what the first and the last word leave open.
    #[inline(never)]
    fn is_between(&self, text: &[u8]) -> bool {
        let keys = words(self.key.as_bytes()).zip(words(&self.case)).map(|(key, case)| Word { key, case });
        words(text).zip(keys).all(|(text, key)| key.is(text))
    }

    /// Whether the key, in some case, is somewhere in ASCII text.
    ///
    /// Looks at eight places at once for the first and the last byte of the key.
    #[inline(never)]
    fn is_in(&self, text: &[u8]) -> bool {
        let len = self.key.len();
        let (Some(to_last), Some(most)) = (len.checked_sub(1), text.len().checked_sub(len)) else {
            return len == 0;
        };
        if most < 7 {
            let (Some(heads), Some(tails)) = (head8(text), tail8(text)) else {
                return text.windows(len).any(|window| self.is(window));
            };
            // The last bytes at so many places, and none behind them.
            let beyond = 8 * (7 - most as u32);
            return self.is_at(text, 0, self.fits(heads, tails >> beyond) & u64::MAX >> beyond);
        }
        let mut at = 0;
        loop {
            let words = (text.get(at..).and_then(head8), text.get(at + to_last..).and_then(head8));
            let (Some(heads), Some(tails)) = words else { return false };
            if self.is_at(text, at, self.fits(heads, tails)) {
                return true;
            }
            if at == most - 7 {
                return false;
            }
            // The last eight places may be among those that were looked at.
            at = (at + 8).min(most - 7);
        }
    }

    /// Where among eight places the first and the last byte are the key's: the high bit of each such byte, and perhaps of
    /// others behind the first.
    #[inline(always)]
    fn fits(&self, heads: u64, tails: u64) -> u64 {
        zeros((heads | self.first.case) ^ self.first.key | (tails | self.last.case) ^ self.last.key)
    }

    /// Whether the key is at one of the places.
    #[inline(always)]
    fn is_at(&self, text: &[u8], from: usize, mut fits: u64) -> bool {
        while fits != 0 {
            let at = from + fits.trailing_zeros() as usize / 8;
            if text.get(at..at + self.key.len()).is_some_and(|window| self.is(window)) {
                return true;
            }
            fits &= fits - 1;
        }
        false
    }
}

impl Word {
    #[inline]
    fn is(self, text: u64) -> bool {
        text | self.case == self.key
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word))
}

#[inline]
fn head8(bytes: &[u8]) -> Option<u64> {
    bytes.first_chunk().map(|word| u64::from_le_bytes(*word))
}

#[inline]
fn tail8(bytes: &[u8]) -> Option<u64> {
    bytes.last_chunk().map(|word| u64::from_le_bytes(*word))
}

#[inline]
fn head4(bytes: &[u8]) -> Option<u64> {
    bytes.first_chunk().map(|word| u32::from_le_bytes(*word).into())
}

#[inline]
fn tail4(bytes: &[u8]) -> Option<u64> {
    bytes.last_chunk().map(|word| u32::from_le_bytes(*word).into())
}

/// At most three bytes, some of them more than once.
#[inline]
fn few(bytes: &[u8]) -> u64 {
    let byte = |at: usize| bytes.get(at).map_or(0, |byte| u64::from(*byte));
    byte(0) | byte(bytes.len() / 2) << 8 | byte(bytes.len().saturating_sub(1)) << 16
}

/// Eight times one byte.
fn repeated(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The high bit of each byte that is 0, and perhaps of others behind the first such one.
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(repeated(0x01)) & !word & repeated(0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_text_is_compared_as_any_text() {
        let texts = [
            "",
            "a",
            "A",
            "@",
            "`",
            "Work",
            "work",
            "wor",
            "Employee",
            "EMPLOYEE",
            "Employed",
            "Senior Employee",
            "anna.berg@example.com",
            "Anna.Berg@EXAMPLE.com",
            "anna[berg@example.com",
            "anna{berg@example.com",
            "x_anna.berg@example.com_x",
        ];
        let keys = texts.iter().copied().chain(["é", "Straße", "K"]);
        let ops = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];
        for (key, rule) in keys.flat_map(|k| [Rule::Exact, Rule::Fold, Rule::UserName].map(|r| (k, r))) {
            let pattern = Pattern::new(key, rule);
            for (text, op) in texts.iter().flat_map(|t| ops.map(|op| (t, CompareOp::parse(op).unwrap()))) {
                let general = pattern.test(op, text);
                assert_eq!(pattern.test_ascii(op, text.as_bytes()), general, "{text} {op:?} {key} {rule:?}");
            }
        }
    }

    #[test]
    fn every_byte_of_a_text_is_compared() {
        let ops = [CompareOp::Eq, CompareOp::Co, CompareOp::Sw, CompareOp::Ew];
        for len in 1..40 {
            let key = "x".repeat(len);
            let pattern = Pattern::new(&key, Rule::Fold);
            assert!(ops.iter().all(|op| pattern.test_ascii(*op, key.as_bytes())), "{len}");
            for at in 0..len {
                let mut other = key.clone().into_bytes();
                other[at] = b'y';
                assert!(!ops.iter().any(|op| pattern.test_ascii(*op, &other)), "{len} {at}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn ascii_text_of_any_length_is_compared_as_any_text(
            text in "[aAbB@`]{0,40}",
            key in "[aAbB@`]{0,20}",
            at in 0..40_usize,
            len in 0..40_usize,
        ) {
            // Half of the keys are a part of the text.
            let part = text.get(at.min(text.len())..(at + len).min(text.len())).unwrap_or_default();
            for (key, rule) in [key.as_str(), part].into_iter().flat_map(|k| [Rule::Exact, Rule::Fold].map(|r| (k, r))) {
                let pattern = Pattern::new(key, rule);
                for op in [CompareOp::Eq, CompareOp::Co, CompareOp::Sw, CompareOp::Ew] {
                    let general = pattern.test(op, &text);
                    proptest::prop_assert_eq!(pattern.test_ascii(op, text.as_bytes()), general, "{} {:?} {}", text, op, key);
                }
            }
        }
    }
}
