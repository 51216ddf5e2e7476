//! Bounds on a filter, checked while it is read.

/// How long, deep and wide a filter may be.
///
/// The bounds hold while parsing, so that hostile text costs no more than the bound. Fields may be set one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilterLimits {
    /// The longest text, in bytes. Default 65,536.
    pub max_length: usize,
    /// The deepest nesting of parentheses, `not ( )` and `[ ]`. Default 32.
    pub max_depth: usize,
    /// The largest number of comparisons and presence tests. Default 1,024.
    pub max_terms: usize,
}

impl Default for FilterLimits {
    fn default() -> Self {
        Self { max_length: 65_536, max_depth: 32, max_terms: 1024 }
    }
}
