use std::fmt;

use serde::{Deserialize, Serialize};

/// A fingerprint that nobody can make collide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Print(pub u128);

impl fmt::Display for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl From<Print> for String {
    fn from(print: Print) -> Self {
        print.to_string()
    }
}

impl TryFrom<String> for Print {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        u128::from_str_radix(&text, 16).map(Self)
    }
}

/// One thing that an account holds, as a target told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ToldHeld {
    /// Of everything that was told of it.
    pub content: Print,
    /// Of which thing it is.
    pub key: Print,
}

/// What a target told of an account, by fingerprints.
///
/// As long as a store has one, the record that it has of the account, or of what the account holds, says what was told then: a
/// write of the record forgets it. So whoever is told the same again need not compare it with the record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The account itself.
    pub object: Option<Print>,
    /// What it holds, in no order.
    pub held: Vec<ToldHeld>,
    /// How often what is stored of it was written by looks since it is known. Whoever compares what is stored with what was
    /// told asks for this first, and says it with what they note.
    pub marks: u64,
}

/// Notes what a target told of an account and what is stored of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldRecord {
    /// The target.
    pub target: String,
    /// The account's primary id in the target.
    pub account: String,
    /// The account itself; nothing: what is known of it stays.
    pub object: Option<Print>,
    /// What it holds.
    pub held: Vec<ToldHeld>,
    /// Whether what is known of what it holds stays as well.
    pub adds: bool,
    /// The end of the audit chain before the target was asked. When it has moved since, nothing is noted: something was done
    /// that the answer may not know.
    pub audit: u64,
    /// What [`Told::marks`] was before it was compared with what is stored. When it has moved since, nothing is noted: another
    /// look has written what this one did not compare with.
    pub marks: u64,
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl Told {
    /// Puts a row together.
    pub(crate) fn of_row(object: Option<&[u8]>, held: &[u8], marks: i64) -> Self {
        let print = |bytes: &[u8]| bytes.first_chunk().map(|bytes| Print(u128::from_be_bytes(*bytes)));
        let held = held.chunks_exact(32).filter_map(|both| {
            let (content, key) = both.split_at_checked(16)?;
            Some(ToldHeld { content: print(content)?, key: print(key)? })
        });
        Self { object: object.and_then(print), held: held.collect(), marks: marks.cast_unsigned() }
    }

    /// The columns of a row.
    pub(crate) fn row(&self) -> (Option<Vec<u8>>, Vec<u8>, i64) {
        let held = self.held.iter().flat_map(|held| [held.content, held.key]);
        let held = held.flat_map(|print| print.0.to_be_bytes()).collect();
        (self.object.map(|print| print.0.to_be_bytes().to_vec()), held, self.marks.cast_signed())
    }
}

impl Told {
    /// Whether nothing is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.object.is_none() && self.held.is_empty() && self.marks == 0
    }
}
