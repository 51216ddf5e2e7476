use serde::{Deserialize, Serialize};

/// A table with a title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportTable {
    /// What its rows are.
    pub title: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each with as many cells as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Whether it holds numbers or amounts.
    pub numeric: bool,
}

impl Column {
    /// A column of words.
    #[must_use]
    pub fn text(name: &str) -> Self {
        Self { name: name.to_owned(), numeric: false }
    }

    /// A column of numbers or amounts.
    #[must_use]
    pub fn number(name: &str) -> Self {
        Self { name: name.to_owned(), numeric: true }
    }
}

impl ReportTable {
    /// Starts a table.
    #[must_use]
    pub fn new(title: &str, columns: impl IntoIterator<Item = Column>) -> Self {
        Self { title: title.to_owned(), columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row. Missing cells are empty, and cells beyond the columns are left out.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let mut row: Vec<String> = cells.into_iter().map(Into::into).collect();
        row.resize(self.columns.len(), String::new());
        self.rows.push(row);
    }

    /// The table as CSV (RFC 4180, lines end in a line feed). A cell that a spreadsheet would take for a formula begins
    /// with an apostrophe.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let names = self.columns.iter().map(|column| column.name.clone());
        // INVARIANT: writing into memory does not fail, and every row is as long as the header.
        drop(writer.write_record(names));
        for row in &self.rows {
            drop(writer.write_record(row.iter().map(|cell| harmless(cell))));
        }
        writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

fn harmless(cell: &str) -> String {
    let number = cell.replace([',', ' '], "").parse::<f64>().is_ok();
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}
