use std::fmt;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// How many names are looked for next to each other, so that one waits for memory while the others do.
const TOGETHER: usize = 32;

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
        number_of(numbers, texts, hasher, hasher.hash_one(text), text)
    }

    /// The numbers of many names of one part each, in their order: what [`number`](Self::number) gives for each of them, and sooner, where there
    /// are more than the processor's caches hold. They are put behind what is in `found`.
    ///
    /// ```
    /// use tenure_engine::reconcile::Interned;
    ///
    /// let mut names = Interned::default();
    /// let mut found = Vec::new();
    /// names.numbers(&["ada", "mara", "ada"], &mut found);
    /// assert_eq!(found, [0, 1, 0]);
    /// assert_eq!(names.number(&["mara"]), 1);
    /// ```
    pub fn numbers(&mut self, names: &[&str], found: &mut Vec<u32>) {
        let Self { numbers, hasher, texts, .. } = self;
        found.reserve(names.len());
        for names in names.chunks(TOGETHER) {
            // Each step asks memory for something else, of all of them at once.
            let mut hashes = [0; TOGETHER];
            for (hash, name) in hashes.iter_mut().zip(names) {
                *hash = hasher.hash_one(*name);
            }
            let mut guesses = [None; TOGETHER];
            for (guess, (hash, _)) in guesses.iter_mut().zip(hashes.iter().zip(names)) {
                *guess = numbers.iter_hash(*hash).next().copied();
            }
            let mut spans = [(0, 0); TOGETHER];
            for (span, guess) in spans.iter_mut().zip(guesses) {
                *span = guess.map_or((0, 0), |guess| texts.span(guess));
            }
            for ((hash, name), (guess, span)) in
                hashes.into_iter().zip(names).zip(guesses.into_iter().zip(spans))
            {
                let known = guess.filter(|_| texts.at(span) == *name);
                found.push(known.unwrap_or_else(|| number_of(numbers, texts, hasher, hash, name)));
            }
        }
    }
}

/// The number that a text has, or is given now.
fn number_of(
    numbers: &mut HashTable<u32>,
    texts: &mut Texts,
    hasher: &DefaultHashBuilder,
    hash: u64,
    text: &str,
) -> u32 {
    if let Some(known) = numbers.find(hash, |number| texts.get(*number) == text) {
        return *known;
    }
    let next = texts.push(text);
    numbers.insert_unique(hash, next, |number| hasher.hash_one(texts.get(*number)));
    next
}

impl Texts {
    fn get(&self, number: u32) -> &str {
        self.at(self.span(number))
    }

    fn span(&self, number: u32) -> (usize, usize) {
        let at = number as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        (start, self.ends.get(at).copied().unwrap_or(start))
    }

    fn at(&self, (start, end): (usize, usize)) -> &str {
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
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn many_names_have_the_numbers_that_each_has_alone(
            before in proptest::collection::vec("[a-c]{0,3}", 0..20),
            names in proptest::collection::vec("[a-c]{0,4}", 0..150),
        ) {
            let mut alone = Interned::default();
            for name in &before {
                alone.number(&[name]);
            }
            let mut together = alone.clone();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut found = vec![7];
            together.numbers(&names, &mut found);
            let expected: Vec<u32> = names.iter().map(|name| alone.number(&[name])).collect();
            prop_assert_eq!(&found[1..], &expected);
            // Where they go from here is the same, too.
            prop_assert_eq!(together.number(&["new"]), alone.number(&["new"]));
        }
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
