//! A table of texts that remembers where each cell stands in its file.

mod decode;
mod delimited;
mod json;

use std::collections::BTreeMap;
use std::path::Path;

use tenure_connector::{ConnectorError, RejectedItem, Result};

pub(crate) use self::decode::{decode, read};

/// A header and rows, out of a CSV or a JSON file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) header: Vec<Cell>,
    pub(crate) rows: Vec<Row>,
    /// Rows without the shape of a row, and signs that the file is not whole.
    pub(crate) rejected: Vec<RejectedItem>,
}

#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) place: String,
    pub(crate) cells: BTreeMap<usize, Cell>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) place: String,
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
