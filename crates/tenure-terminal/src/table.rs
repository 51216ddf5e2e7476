use std::fmt;

use comfy_table::{Attribute, CellAlignment, Color, ContentArrangement, presets};

use crate::{Paint, Tone};

/// A table of text: columns as wide as they need to be, without lines.
#[derive(Debug, Clone)]
pub struct Table {
    inner: comfy_table::Table,
    indent: u16,
}

/// One cell: text, what it means, and to which side it leans.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    tone: Tone,
    right: bool,
}

impl Cell {
    /// Text with a meaning.
    pub fn new(tone: Tone, text: impl fmt::Display) -> Self {
        Self { text: text.to_string(), tone, right: false }
    }

    /// A figure: ordinary text that leans to the right.
    pub fn number(text: impl fmt::Display) -> Self {
        Self { text: text.to_string(), tone: Tone::Plain, right: true }
    }

    /// The same cell with another meaning.
    #[must_use]
    pub fn toned(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    fn build(self) -> comfy_table::Cell {
        let cell = comfy_table::Cell::new(self.text);
        let cell = if self.right { cell.set_alignment(CellAlignment::Right) } else { cell };
        match self.tone {
            Tone::Good => cell.fg(Color::DarkGreen),
            Tone::Warn => cell.fg(Color::DarkYellow),
            Tone::Bad => cell.fg(Color::DarkRed),
            Tone::Task => cell.fg(Color::DarkMagenta),
            Tone::Strong => cell.add_attribute(Attribute::Bold),
            Tone::Faint => cell.add_attribute(Attribute::Dim),
            Tone::Plain => cell,
        }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), tone: Tone::Plain, right: false }
    }
}

impl Table {
    /// An empty table with these column heads; a head that starts with `>` leans to the right, and only empty
    /// heads print none.
    pub fn new<const N: usize>(paint: Paint, header: [&str; N]) -> Self {
        Self::with_heads(paint, header.map(str::to_owned))
    }

    /// The same with as many columns as there are.
    pub fn with_heads(paint: Paint, header: impl IntoIterator<Item = String>) -> Self {
        let mut inner = comfy_table::Table::new();
        inner.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        let indent = 2;
        let width = inner.width().unwrap_or(WIDTH).clamp(NARROWEST, WIDTH);
        inner.set_width(width.saturating_sub(indent));
        if paint.is_colored() {
            inner.enforce_styling();
        } else {
            inner.force_no_tty();
        }
        let header: Vec<String> = header.into_iter().collect();
        if header.iter().any(|head| !head.is_empty()) {
            inner.set_header(header.iter().map(|text| head(text)));
        }
        Self { inner, indent }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        self.push(cells);
    }

    /// Adds a row of a table with as many columns as there are.
    pub fn push(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.inner.add_row(cells.into_iter().map(Cell::build));
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.inner.row_count()
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indent = " ".repeat(self.indent.into());
        for line in self.inner.lines() {
            writeln!(f, "{indent}{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn head(text: &str) -> comfy_table::Cell {
    let right = text.strip_prefix('>');
    Cell { text: right.unwrap_or(text).to_owned(), tone: Tone::Faint, right: right.is_some() }.build()
}

/// Columns of the widest table, and what remains readable on a narrow terminal.
const WIDTH: u16 = 132;
const NARROWEST: u16 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_figures_lean_right() {
        let mut table = Table::new(Paint::plain(), ["seat", ">used", ">cost"]);
        table.row(["professional".into(), Cell::number(12), Cell::number("16,560.00 USD")]);
        table.row(["light".into(), Cell::number(3), Cell::number("0.00 USD")]);
        assert_eq!(
            table.to_string(),
            "   seat          used           cost\n   professional    12  16,560.00 USD\n   light            3       0.00 USD\n"
        );
    }
}
