//! Why a text is no resource.

/// Why a text is no resource, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ParseError {
    kind: ParseErrorKind,
    position: Option<Position>,
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The text is longer than allowed.
    #[error("expected at most {limit} bytes, found {found}")]
    TooLong {
        /// The limit.
        limit: usize,
        /// The length.
        found: usize,
    },
    /// The text has more values than allowed.
    #[error("expected at most {limit} values, found more")]
    TooManyValues {
        /// The limit.
        limit: usize,
    },
    /// The text nests deeper than allowed.
    #[error("expected at most {limit} levels of arrays and objects, found more")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// The bytes are no UTF-8.
    #[error("expected UTF-8, found other bytes")]
    NotUtf8,
    /// The text is no JSON.
    #[error("expected {expected}, found {found}")]
    Syntax {
        /// What would have been right.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// The value is no object.
    #[error("expected an object for a resource, found {found}")]
    NotAnObject {
        /// The kind of value.
        found: &'static str,
    },
    /// An object has two members with the same name.
    #[error("attribute `{name}` occurs twice in one object; names are the same in any case")]
    Duplicate {
        /// The name, as it was written the second time.
        name: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    offset: usize,
    line: usize,
    column: usize,
}

impl ParseError {
    pub(crate) fn new(kind: ParseErrorKind) -> Self {
        Self { kind, position: None }
    }

    pub(crate) fn at(kind: ParseErrorKind, text: &[u8], offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        let begin = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let in_line = before.get(begin..).unwrap_or_default();
        let column = in_line.iter().filter(|b| !matches!(b, 0x80..=0xBF)).count() + 1;
        Self { kind, position: Some(Position { offset, line, column }) }
    }

    /// What is wrong.
    pub fn kind(&self) -> &ParseErrorKind {
        &self.kind
    }

    /// How many bytes lie before the place, when there is one place.
    pub fn offset(&self) -> Option<usize> {
        Some(self.position?.offset)
    }

    /// The line, from 1.
    pub fn line(&self) -> Option<usize> {
        Some(self.position?.line)
    }

    /// The character in the line, from 1.
    pub fn column(&self) -> Option<usize> {
        Some(self.position?.column)
    }
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.kind.fmt(f)?;
        match self.position {
            Some(Position { line, column, .. }) => write!(f, " at line {line} column {column}"),
            None => Ok(()),
        }
    }
}
