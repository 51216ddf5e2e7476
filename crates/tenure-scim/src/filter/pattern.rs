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
}

impl Pattern {
    pub(super) fn new(text: &str, rule: Rule) -> Self {
        let key: Box<str> = rule.key(text).into();
        let bit = |b: u8| if rule != Rule::Exact && b.is_ascii_lowercase() { 0x20 } else { 0 };
        let case = key.bytes().map(bit).collect();
        Self { rule, key, case }
    }

    /// Whether no ASCII text of this length passes.
    pub(super) fn refuses_ascii(&self, op: CompareOp, len: usize) -> bool {
        match op {
            CompareOp::Eq => self.key.len() != len,
            CompareOp::Co | CompareOp::Sw | CompareOp::Ew => self.key.len() > len,
            _ => false,
        }
    }

    /// Whether a text of ASCII characters passes.
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

    fn order_ascii(&self, text: &[u8]) -> Ordering {
        match self.rule {
            Rule::Exact => text.cmp(self.key.as_bytes()),
            _ => text.iter().map(u8::to_ascii_lowercase).cmp(self.key.bytes()),
        }
    }

    /// Whether ASCII text as long as the key is the key in some case.
    #[inline]
    fn is(&self, text: &[u8]) -> bool {
        let (key, case) = (self.key.as_bytes(), &*self.case);
        if let (Some(t), Some(k), Some(c)) = (text.last_chunk(), key.last_chunk(), case.last_chunk()) {
            let words = text.as_chunks().0.iter().zip(key.as_chunks().0.iter().zip(case.as_chunks().0));
            return long(t, c) == u64::from_le_bytes(*k)
                && words.into_iter().all(|(t, (k, c))| long(t, c) == u64::from_le_bytes(*k));
        }
        if let (Some(t), Some(k), Some(c)) = (text.last_chunk(), key.last_chunk(), case.last_chunk()) {
            return short(t, c) == u32::from_le_bytes(*k) && bytes(text, key, case, text.len() - 4);
        }
        bytes(text, key, case, text.len())
    }

    /// Whether the key, in some case, is somewhere in ASCII text.
    fn is_in(&self, text: &[u8]) -> bool {
        let (Some(&first), Some(&case)) = (self.key.as_bytes().first(), self.case.first()) else {
            return true;
        };
        text.windows(self.key.len())
            .any(|window| window.first().is_some_and(|b| b | case == first) && self.is(window))
    }
}

fn long(text: &[u8; 8], case: &[u8; 8]) -> u64 {
    u64::from_le_bytes(*text) | u64::from_le_bytes(*case)
}

fn short(text: &[u8; 4], case: &[u8; 4]) -> u32 {
    u32::from_le_bytes(*text) | u32::from_le_bytes(*case)
}

fn bytes(text: &[u8], key: &[u8], case: &[u8], count: usize) -> bool {
    text.iter().zip(key.iter().zip(case)).take(count).all(|(t, (k, c))| t | c == *k)
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
                assert!(!(general && pattern.refuses_ascii(op, text.len())), "{text} {op:?} {key}");
            }
        }
    }
}
