use std::fs;
use std::io;
use std::path::Path;

/// An export of an HR system: a header and one row an engagement, all as text.
///
/// The story of the quickstart is told by edits of one export, as the real one changes from day to day.
///
/// # Examples
///
/// ```
/// let mut export = tenure_examples::Export::parse("workerId,department\nW1,Support\n")?;
/// export.set("W1", "department", "Sales")?;
/// assert_eq!(export.to_csv()?, "workerId,department\nW1,Sales\n");
/// # Ok::<(), tenure_examples::ExportError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// An edit or a file does not fit the export.
#[derive(Debug)]
pub enum ExportError {
    /// The text is not CSV, or cannot be read or written.
    Io(io::Error),
    /// There is no such column or worker.
    Missing(String),
}

impl std::fmt::Display for ExportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(e) => write!(f, "the export cannot be read or written: {e}"),
            Self::Missing(what) => write!(f, "the export has no {what}"),
        }
    }
}

impl std::error::Error for ExportError {}

impl From<io::Error> for ExportError {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}

impl From<csv::Error> for ExportError {
    fn from(e: csv::Error) -> Self {
        Self::Io(e.into())
    }
}

impl Export {
    /// Reads the text of an export.
    ///
    /// # Errors
    /// The text is not CSV.
    pub fn parse(text: &str) -> Result<Self, ExportError> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers()?.iter().map(String::from).collect();
        let rows = reader.records().map(|row| Ok(row?.iter().map(String::from).collect()));
        Ok(Self { header, rows: rows.collect::<Result<_, ExportError>>()? })
    }

    /// Changes one cell in every row of a worker.
    ///
    /// # Errors
    /// There is no such worker or column.
    pub fn set(&mut self, worker: &str, column: &str, value: &str) -> Result<&mut Self, ExportError> {
        let at = self.header.iter().position(|h| h == column);
        let at = at.ok_or_else(|| ExportError::Missing(format!("column `{column}`")))?;
        let mut found = false;
        for row in self.rows.iter_mut().filter(|row| row.first().is_some_and(|id| id == worker)) {
            if let Some(cell) = row.get_mut(at) {
                value.clone_into(cell);
                found = true;
            }
        }
        found.then_some(self).ok_or_else(|| ExportError::Missing(format!("worker `{worker}`")))
    }

    /// Keeps only the first rows, as a broken export job does.
    pub fn truncate(&mut self, rows: usize) {
        self.rows.truncate(rows);
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The export as CSV.
    ///
    /// # Errors
    /// A row cannot be written as CSV.
    pub fn to_csv(&self) -> Result<String, ExportError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.header)?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        let bytes = writer.into_inner().map_err(|e| io::Error::other(e.to_string()))?;
        String::from_utf8(bytes).map_err(|e| io::Error::other(e).into())
    }

    /// Writes the export, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ExportError> {
        let unfinished = path.with_extension("part");
        fs::write(&unfinished, self.to_csv()?)?;
        Ok(fs::rename(unfinished, path)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_touches_every_row_of_the_worker_and_nothing_else() {
        let mut export = Export::parse("workerId,a\nW1,x\nW2,x\nW1,\"x,y\"\n").unwrap();
        export.set("W1", "a", "z").unwrap();
        assert_eq!(export.to_csv().unwrap(), "workerId,a\nW1,z\nW2,x\nW1,z\n");
    }

    #[test]
    fn an_edit_of_nobody_is_an_error() {
        let mut export = Export::parse("workerId,a\nW1,x\n").unwrap();
        assert_eq!(export.set("W9", "a", "z").unwrap_err().to_string(), "the export has no worker `W9`");
        assert_eq!(export.set("W1", "b", "z").unwrap_err().to_string(), "the export has no column `b`");
    }

    #[test]
    fn the_example_company_has_what_the_story_needs() {
        let export = Export::parse(include_str!("../data/workers.csv")).unwrap();
        let column = |name: &str| export.header.iter().position(|h| h == name).unwrap();
        let with = |name: &str, value: &str| export.rows.iter().filter(|r| r[column(name)] == value).count();
        let people: std::collections::BTreeSet<_> = export.rows.iter().map(|r| &r[0]).collect();
        assert!(people.len() >= 40, "{} people", people.len());
        assert!(export.len() > people.len(), "somebody has two engagements");
        assert!(with("engagementType", "Contractor") >= 5);
        assert_eq!(with("leaveType", "Parental"), 1);
        assert_eq!(with("startDate", "2026-03-16"), 1, "one hire in the future");
        assert!(export.rows.iter().all(|r| r.len() == export.header.len()));
    }
}
