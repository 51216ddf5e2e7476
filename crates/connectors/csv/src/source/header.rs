use std::collections::BTreeMap;

use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result};

use super::CsvSourceConfig;
use crate::columns::{self, Column};
use crate::suggest::closest;
use crate::table::{Cell, Table};

/// Which cell of a row holds which column.
#[derive(Debug)]
pub(super) struct Header {
    known: BTreeMap<&'static str, usize>,
    kept: Vec<(String, usize)>,
}

impl Header {
    /// Understands every header or refuses the file: a misspelt one would silently take an attribute from everybody.
    pub(super) fn read(
        table: &Table,
        columns: &'static [Column],
        config: &CsvSourceConfig,
        name: &str,
    ) -> Result<Self> {
        let mut header = Self { known: BTreeMap::new(), kept: Vec::new() };
        for (index, cell) in table.header.iter().enumerate() {
            header.add(index, cell, columns, config)?;
        }
        let missing =
            columns.iter().find(|column| column.required && !header.known.contains_key(column.name));
        if let Some(column) = missing.filter(|_| !table.header.is_empty()) {
            return Err(wrong(
                column.name,
                &format!("{name}:1: expected a column `{}`, found none", column.name),
            )
            .with_help(format!("when it has another name, say so: columns: {{ Name: {} }}", column.name)));
        }
        Ok(header)
    }

    fn add(
        &mut self,
        index: usize,
        cell: &Cell,
        columns: &'static [Column],
        config: &CsvSourceConfig,
    ) -> Result<()> {
        let text = cell.text.as_str();
        if config.ignore.contains(text) {
            return Ok(());
        }
        if config.keep.contains(text) {
            self.kept.push((text.to_owned(), index));
            return Ok(());
        }
        let meant = config.columns.get(text).map_or(text, String::as_str);
        let Some(column) = columns::find(columns, meant) else {
            let names = || columns.iter().map(|column| column.name);
            let error = wrong(text, &format!("{}: expected a known column, found `{text}`", cell.place));
            let list = names().collect::<Vec<_>>().join(", ");
            return Err(match closest(meant, names()) {
                Some(near) => error
                    .with_help(format!("did you mean `{near}`? Otherwise name it under `keep` or `ignore`")),
                None => {
                    error.with_help(format!("name it under `keep` or `ignore`; known columns are {list}"))
                }
            });
        };
        match self.known.insert(column.name, index) {
            None => Ok(()),
            Some(_) => Err(wrong(
                text,
                &format!("{}: expected one column `{}`, found a second", cell.place, column.name),
            )),
        }
    }

    pub(super) fn position(&self, column: &str) -> Option<usize> {
        self.known.get(column).copied()
    }

    pub(super) fn kept(&self) -> impl Iterator<Item = (&str, usize)> {
        self.kept.iter().map(|(name, index)| (name.as_str(), *index))
    }
}

fn wrong(column: &str, detail: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::InvalidInput, Certainty::NotAttempted)
        .with_attribute(column)
        .with_detail(detail)
}
