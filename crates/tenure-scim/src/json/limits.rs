//! What a reader accepts.

/// What a reader accepts before it gives up.
///
/// ```
/// use tenure_scim::{ParseLimits, Resource};
///
/// let limits = ParseLimits::default().with_max_bytes(10);
/// let error = Resource::from_slice_with(br#"{ "userName": "anna" }"#, &limits).unwrap_err();
/// assert_eq!(error.to_string(), "expected at most 10 bytes, found 22");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseLimits {
    /// The length of the text; 64 MiB by default.
    pub max_bytes: usize,
    /// How many arrays and objects may lie in one another; 32 by default, 128 at most.
    pub max_depth: usize,
    /// How many values the text may have in all; 8 Mi by default.
    pub max_values: usize,
    /// What happens when an object has two members with the same name, in any case; refused by default.
    pub duplicates: DuplicateNames,
}

/// What happens when an object has two members with the same name, in any case.
///
/// Exhaustive: there is no third way that keeps one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DuplicateNames {
    /// The text is refused. Two readers that choose differently can be played against each other.
    #[default]
    Refuse,
    /// The last one counts.
    LastWins,
}

impl Default for ParseLimits {
    fn default() -> Self {
        Self {
            max_bytes: 64 << 20,
            max_depth: 32,
            max_values: 8 << 20,
            duplicates: DuplicateNames::default(),
        }
    }
}

impl ParseLimits {
    /// The same limits with another length of the text.
    #[must_use]
    pub fn with_max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// The same limits with another depth.
    #[must_use]
    pub fn with_max_depth(mut self, max_depth: usize) -> Self {
        self.max_depth = max_depth;
        self
    }

    /// The same limits with another number of values.
    #[must_use]
    pub fn with_max_values(mut self, max_values: usize) -> Self {
        self.max_values = max_values;
        self
    }

    /// The same limits with another answer to names that occur twice.
    #[must_use]
    pub fn with_duplicates(mut self, duplicates: DuplicateNames) -> Self {
        self.duplicates = duplicates;
        self
    }

    pub(super) fn depth(&self) -> usize {
        self.max_depth.min(MAX_DEPTH)
    }
}

/// The reader calls itself once a level; this many levels fit any stack.
const MAX_DEPTH: usize = 128;
