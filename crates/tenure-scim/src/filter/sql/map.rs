//! Where the values of attributes are in the tables.

use crate::path::AttrPath;

/// Says where an attribute is stored.
pub trait ColumnMap {
    /// The column or the rows of an attribute; `None` when it is not stored so that SQL could test it.
    ///
    /// Asked with whole paths first (`name.familyName`, `emails.value`); for a multi-valued attribute either
    /// `emails` or `emails.value` may be answered with its [`Elements`]. SQL in the answer is used as it is: it must
    /// never come from a request.
    fn map(&self, path: &AttrPath) -> Option<Mapped>;
}

/// Where an attribute is stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Mapped {
    /// In one column of the row.
    Column(Column),
    /// In rows of another table, one an element.
    Elements(Elements),
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub(super) sql: String,
    pub(super) kind: Kind,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, compared in the given way.
    Text(Text),
    /// A whole number, or a number with a fraction.
    Number,
    /// A truth value.
    Bool,
    /// A point in time, stored so that the column's order is that of time.
    Time,
}

/// How a text column is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// The column holds the text; case counts.
    Exact,
    /// The column holds [`precis::text_key`](crate::precis::text_key) of the text; case does not count.
    Key,
    /// The column holds [`precis::username_key`](crate::precis::username_key) of the text.
    UserNameKey,
}

/// The rows that hold the elements of a multi-valued attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Elements {
    pub(super) from: String,
    pub(super) on: String,
    pub(super) columns: Vec<(String, Column)>,
}

impl Column {
    /// A column or expression of the given type.
    pub fn new(sql: impl Into<String>, kind: Kind) -> Self {
        Self { sql: sql.into(), kind }
    }

    /// The column or expression.
    #[must_use]
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// A text column.
    pub fn text(sql: impl Into<String>, text: Text) -> Self {
        Self::new(sql, Kind::Text(text))
    }
}

impl Elements {
    /// Rows of `from`, tied to the outer row by the condition `on`.
    pub fn new(from: impl Into<String>, on: impl Into<String>) -> Self {
        Self { from: from.into(), on: on.into(), columns: Vec::new() }
    }

    /// The same rows, with the column of one more sub-attribute; `value` for simple values.
    #[must_use]
    pub fn with(mut self, sub: impl Into<String>, column: Column) -> Self {
        self.columns.push((sub.into(), column));
        self
    }

    pub(super) fn column(&self, sub: &str) -> Option<&Column> {
        self.columns.iter().find(|(name, _)| name.eq_ignore_ascii_case(sub)).map(|(_, column)| column)
    }
}

impl From<Column> for Mapped {
    fn from(column: Column) -> Self {
        Self::Column(column)
    }
}

impl From<Elements> for Mapped {
    fn from(elements: Elements) -> Self {
        Self::Elements(elements)
    }
}
