//! Reports: what people look at, as data, as CSV and as one self-contained HTML file.

mod class;
mod forecast;
mod html;
mod person;
mod plan;
mod renewal;
mod seats;
mod table;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_policy::Money;

pub use self::html::{Prose, STYLE, Safe};
pub use self::renewal::seat_words;
pub use self::table::{Column, ReportTable};

/// A report: figures, charts and tables under a title. Data, so that it can be kept, compared and shown anywhere.
///
/// [`to_html`](Self::to_html) gives one file that needs nothing else: no script, no font, no address. It reads on a screen
/// in light and dark and on paper, with a keyboard and with a screen reader.
///
/// # Examples
///
/// ```
/// use tenure_engine::report::{Column, Report, ReportTable};
///
/// let mut table = ReportTable::new("Open tasks", [Column::text("what"), Column::number("days")]);
/// table.row(["Reset the <admin> password", "12"]);
/// let report = Report::new("Tasks", "2026-03-02T08:00:00Z".parse()?).with_table(table);
/// assert!(report.to_html().contains("Reset the &lt;admin&gt; password"));
/// assert_eq!(report.tables[0].to_csv(), "what,days\nReset the <admin> password,12\n");
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What it is about.
    pub title: String,
    /// What it rests on, in one line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub basis: String,
    /// As of when.
    pub made: DateTime<Utc>,
    /// The few figures that come first.
    pub figures: Vec<Figure>,
    /// Charts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charts: Vec<Chart>,
    /// Tables.
    pub tables: Vec<ReportTable>,
    /// What a reader should know besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One figure with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// What is counted.
    pub label: String,
    /// How much it is.
    pub value: String,
}

/// Bars of one unit, side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// What is compared.
    pub title: String,
    /// The bars, in order.
    pub bars: Vec<Bar>,
}

/// One bar of a chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// How long the whole bar is.
    pub value: i64,
    /// How much of it is marked, for instance idle seats among all seats.
    pub marked: i64,
    /// The value in words.
    pub text: String,
}

impl Report {
    /// Starts a report.
    #[must_use]
    pub fn new(title: &str, made: DateTime<Utc>) -> Self {
        Self {
            title: title.to_owned(),
            basis: String::new(),
            made,
            figures: Vec::new(),
            charts: Vec::new(),
            tables: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Says what it rests on.
    #[must_use]
    pub fn with_basis(mut self, basis: impl Into<String>) -> Self {
        self.basis = basis.into();
        self
    }

    /// Adds a figure.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a figure is a number or a text of its own")]
    pub fn with_figure(mut self, label: &str, value: impl ToString) -> Self {
        self.figures.push(Figure { label: label.to_owned(), value: value.to_string() });
        self
    }

    /// Adds a chart; one without bars is left out.
    #[must_use]
    pub fn with_chart(mut self, title: &str, bars: Vec<Bar>) -> Self {
        if !bars.is_empty() {
            self.charts.push(Chart { title: title.to_owned(), bars });
        }
        self
    }

    /// Adds a table; one without rows is left out.
    #[must_use]
    pub fn with_table(mut self, table: ReportTable) -> Self {
        if !table.rows.is_empty() {
            self.tables.push(table);
        }
        self
    }

    /// Adds notes.
    #[must_use]
    pub fn with_notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }
}

/// An amount with separators: `6,900.00 USD`.
fn money(amount: &Money) -> String {
    let text = amount.to_string();
    let (number, currency) = text.split_once(' ').unwrap_or((&text, ""));
    let (whole, cents) = number.split_once('.').unwrap_or((number, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("−", digits));
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let cents = if cents.is_empty() { String::new() } else { format!(".{cents}") };
    format!("{sign}{grouped}{cents} {currency}").trim_end().to_owned()
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y").to_string()
}

#[cfg(test)]
mod tests;
