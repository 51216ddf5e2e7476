use tenure_connector::{RejectedItem, Result};

use super::{Cell, Row, Table, unreadable};

const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];

pub(super) fn parse(name: &str, text: &str, separator: Option<char>) -> Result<Table> {
    let separator = separator.unwrap_or_else(|| guess(text));
    let byte = u8::try_from(separator)
        .map_err(|_| unreadable(name, "a separator of one ASCII character", &separator.to_string()))?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(byte)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut table = Table::default();
    let mut record = csv::StringRecord::new();
    loop {
        let more = reader.read_record(&mut record).map_err(|source| {
            let line = source.position().map_or(0, csv::Position::line);
            unreadable(&format!("{name}:{line}"), "a row of cells", "something else").with_source(source)
        })?;
        if !more {
            break;
        }
        let mut places = Places::at(record.position(), text, separator);
        let line = places.line;
        let cells = record.iter().map(|cell| places.cell(name, cell)).collect();
        if table.header.is_empty() {
            table.header = cells;
        } else {
            add_row(&mut table, name, line, cells);
        }
    }
    if !text.is_empty() && !text.ends_with(['\n', '\r']) {
        let last = format!("{name}:{}", text.lines().count());
        let cut = RejectedItem::new(
            last,
            "a line break at the end of the file",
            text.lines().last().unwrap_or_default(),
        );
        table.rejected.push(
            cut.with_help(
                "the export may have been cut off; write the file under another name and rename it",
            ),
        );
    }
    Ok(table)
}

fn add_row(table: &mut Table, name: &str, line: u64, cells: Vec<Cell>) {
    let place = format!("{name}:{line}");
    if cells.iter().all(|cell| cell.text.is_empty()) {
        return;
    }
    if cells.len() != table.header.len() {
        let expected = format!("{} cells, as the header has", table.header.len());
        let row = RejectedItem::new(place, expected, format!("{} cells", cells.len()));
        table.rejected.push(row.with_help("put a cell that contains the separator into double quotes"));
        return;
    }
    table.rows.push(Row { place, cells: cells.into_iter().enumerate().collect() });
}

/// The character that the header has most of, of those that usually separate.
fn guess(text: &str) -> char {
    let header = text.lines().next().unwrap_or_default();
    let count = |separator: &char| header.matches(*separator).count();
    SEPARATORS.into_iter().rev().max_by_key(count).unwrap_or(',')
}

/// Walks over the raw text of one row, to know where each cell starts for somebody with an editor.
struct Places<'a> {
    line: u64,
    column: usize,
    quoted: bool,
    rest: &'a str,
    separator: char,
}

impl<'a> Places<'a> {
    /// Starts where a record does; the reader's own position may still be before line breaks that it skips.
    fn at(position: Option<&csv::Position>, text: &'a str, separator: char) -> Self {
        let byte = position.and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or(0);
        let before = text.get(byte..).unwrap_or_default();
        let rest = before.trim_start_matches(['\n', '\r']);
        let skipped = before.strip_suffix(rest).unwrap_or_default().matches('\n').count();
        let line = position.map_or(1, csv::Position::line) + u64::try_from(skipped).unwrap_or(0);
        Self { line, column: 1, quoted: false, rest, separator }
    }

    fn cell(&mut self, name: &str, text: &str) -> Cell {
        let place = format!("{name}:{}:{}", self.line, self.column);
        self.skip_cell();
        Cell { text: text.trim().to_owned(), place }
    }

    fn skip_cell(&mut self) {
        let mut chars = self.rest.chars();
        for c in chars.by_ref() {
            self.column += 1;
            match c {
                '"' => self.quoted = !self.quoted,
                '\n' if self.quoted => (self.line, self.column) = (self.line + 1, 1),
                c if c == self.separator && !self.quoted => break,
                '\n' | '\r' if !self.quoted => break,
                _ => {}
            }
        }
        self.rest = chars.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> Vec<String> {
        let table = parse("a.csv", text, None).unwrap();
        table
            .rows
            .iter()
            .flat_map(|row| row.cells.values().map(|cell| format!("{}={}", cell.place, cell.text)))
            .collect()
    }

    #[test]
    fn each_cell_knows_its_line_and_column() {
        assert_eq!(places("id;name\n1;Zoë\n"), ["a.csv:2:1=1", "a.csv:2:3=Zoë"]);
        assert_eq!(
            places("a,b,c\n\"x,1\",\"two\nlines\",z\n"),
            ["a.csv:2:1=x,1", "a.csv:2:7=two\nlines", "a.csv:3:8=z"]
        );
        assert_eq!(
            places("a\tb\r\n1\t2\r\n\r\n3\t4\r\n"),
            ["a.csv:2:1=1", "a.csv:2:3=2", "a.csv:4:1=3", "a.csv:4:3=4"]
        );
    }

    #[test]
    fn a_short_row_and_a_cut_off_file_are_told() {
        let table = parse("a.csv", "a,b\n1\n2,3\n4,5", None).unwrap();
        let told: Vec<_> = table.rejected.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "a.csv:2: expected 2 cells, as the header has, found `1 cells`",
                "a.csv:4: expected a line break at the end of the file, found `4,5`"
            ]
        );
        assert_eq!(table.rows.len(), 2);
    }
}
