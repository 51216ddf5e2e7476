//! A table of texts that remembers where each cell stands in its file.
//!
//! Public for other sources that read files: [`decode`] makes text of bytes, [`Table::delimited`] a table of text.

mod decode;
mod delimited;
mod json;

use std::collections::BTreeMap;
use std::path::Path;

use tenure_connector::{ConnectorError, RejectedItem, Result};

pub use self::decode::{decode, read};

/// A header and rows, out of a CSV or a JSON file.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The names of the columns.
    pub header: Vec<Cell>,
    /// The rows below it.
    pub rows: Vec<Row>,
    /// Rows without the shape of a row, and signs that the file is not whole.
    pub rejected: Vec<RejectedItem>,
}

/// One row: its cells by the number of their column.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where it starts.
    pub place: String,
    /// The cells.
    pub cells: BTreeMap<usize, Cell>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What it says, without space around it.
    pub text: String,
    /// Where it starts, as `file:line:column`.
    pub place: String,
}

impl Table {
    /// Reads delimited text: a header, then rows. A separator that is not told is found out from the header.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, when the text has no rows at all or the separator is not one ASCII character. A row that does not
    /// fit the header is not an error but told in [`rejected`](Self::rejected), as is a text without a last line break.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure_connector_csv::table::Table;
    ///
    /// let table = Table::delimited("staff.csv", "id;name\n1;Zoë\n", None)?;
    /// assert_eq!(table.rows[0].cells[&1].place, "staff.csv:2:3");
    /// # Ok::<(), tenure_connector::ConnectorError>(())
    /// ```
    pub fn delimited(name: &str, text: &str, separator: Option<char>) -> Result<Self> {
        delimited::parse(name, text, separator)
    }
}

/// How a file is written, as far as its reader was told.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Writing<'a> {
    pub(crate) separator: Option<char>,
    pub(crate) encoding: Option<&'a str>,
}

/// Reads a table; JSON when the name ends in `.json`, delimited text otherwise.
pub(crate) fn load(path: &Path, writing: Writing<'_>) -> Result<Table> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let text = decode(&read(path)?, &name, writing.encoding)?;
    match path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        true => json::parse(&name, &text),
        false => delimited::parse(&name, &text, writing.separator),
    }
}

/// A file that cannot be a table at all.
pub(crate) fn unreadable(place: &str, expected: &str, found: &str) -> ConnectorError {
    ConnectorError::invalid_input(place, format!("{place}: expected {expected}, found `{found}`"))
}
