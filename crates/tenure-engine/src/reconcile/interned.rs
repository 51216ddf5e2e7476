use std::fmt;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

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
#[derive(Clone, Default)]
pub struct Interned {
    /// By the hash of the text.
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
    texts: Texts,
    key: String,
}

/// All texts in one piece, with where each ends.
#[derive(Clone, Default)]
struct Texts {
    text: String,
    ends: Vec<usize>,
}

impl Interned {
    /// No names, with room for some, and for as many bytes of their texts.
    #[must_use]
    pub fn with_capacity(names: usize, bytes: usize) -> Self {
        Self {
            numbers: HashTable::with_capacity(names),
            texts: Texts { text: String::with_capacity(bytes), ends: Vec::with_capacity(names) },
            ..Self::default()
        }
    }

    /// The number of a name of several parts. They are given out from nought, in the order in which names are first met.
    pub fn number(&mut self, parts: &[&str]) -> u32 {
        let Self { numbers, hasher, texts, key } = self;
        let text: &str = match parts {
            [one] => one,
            parts => {
                key.clear();
                for part in parts {
                    // With its length, so that no other parts give the same text.
                    key.push_str(part);
                    key.extend(char::from_u32(u32::try_from(part.len()).unwrap_or(u32::MAX)));
                    key.push('/');
                }
                key
            }
        };
        let same = |number: &u32| texts.get(*number) == text;
        if let Some(known) = numbers.find(hasher.hash_one(text), same) {
            return *known;
        }
        let next = texts.push(text);
        numbers.insert_unique(hasher.hash_one(text), next, |number| hasher.hash_one(texts.get(*number)));
        next
    }
}

impl Texts {
    fn get(&self, number: u32) -> &str {
        let at = number as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or_default()
    }

    fn push(&mut self, text: &str) -> u32 {
        let next = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.text.push_str(text);
        self.ends.push(self.text.len());
        next
    }
}

/// Names are about people, too.
impl fmt::Debug for Interned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interned").field("names", &self.numbers.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn every_name_keeps_its_number() {
        let mut names = Interned::with_capacity(10, 10);
        let texts: Vec<String> = (0..3_000).map(|number| format!("{number:x}")).collect();
        for round in 0..2 {
            for (number, text) in texts.iter().enumerate() {
                assert_eq!(names.number(&[text]) as usize, number, "in round {round}");
            }
        }
    }
}
