use std::fmt::{self, Write as _};

use super::{Chart, Report, ReportTable};

/// Text that cannot become markup, in elements and in quoted attributes.
///
/// # Examples
///
/// ```
/// use tenure_engine::report::Safe;
/// assert_eq!(Safe("<b title='x'>").to_string(), "&lt;b title=&#39;x&#39;&gt;");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Safe<'a>(pub &'a str);

impl fmt::Display for Safe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c if c.is_control() && c != '\n' => f.write_str("\u{fffd}")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Text in which names stand in backticks, as messages have them: names become `<code>`, the rest cannot become markup.
#[derive(Debug, Clone, Copy)]
pub struct Prose<'a>(pub &'a str);

impl fmt::Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.matches('`').count().is_multiple_of(2) {
            return Safe(self.0).fmt(f);
        }
        for (number, part) in self.0.split('`').enumerate() {
            match number % 2 {
                0 => Safe(part).fmt(f)?,
                _ => write!(f, "<code>{}</code>", Safe(part))?,
            }
        }
        Ok(())
    }
}

impl Report {
    /// The report as one HTML file that loads nothing.
    #[must_use]
    pub fn to_html(&self) -> String {
        let mut page = String::new();
        // INVARIANT: writing into a text does not fail.
        let _ = self.write(&mut page);
        page
    }

    fn write(&self, page: &mut String) -> fmt::Result {
        let title = Safe(&self.title);
        write!(
            page,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
             <body>\n<main>\n<header>\n<h1>{title}</h1>\n<p>{}<time datetime=\"{}\">{}</time></p>\n</header>\n",
            if self.basis.is_empty() { String::new() } else { format!("{} · ", Prose(&self.basis)) },
            self.made.to_rfc3339(),
            self.made.format("%-d %B %Y, %H:%M UTC"),
        )?;
        if !self.figures.is_empty() {
            page.push_str("<dl class=\"figures\">\n");
            for figure in &self.figures {
                let (label, value) = (Safe(&figure.label), Safe(&figure.value));
                writeln!(page, "<div><dt>{label}</dt><dd>{value}</dd></div>")?;
            }
            page.push_str("</dl>\n");
        }
        for (number, chart) in self.charts.iter().enumerate() {
            write_chart(page, number, chart)?;
        }
        for table in &self.tables {
            write_table(page, table)?;
        }
        if !self.notes.is_empty() {
            page.push_str("<section aria-label=\"Notes\">\n<h2>Notes</h2>\n<ul>\n");
            for note in &self.notes {
                writeln!(page, "<li>{}</li>", Prose(note))?;
            }
            page.push_str("</ul>\n</section>\n");
        }
        page.push_str("</main>\n</body>\n</html>\n");
        Ok(())
    }
}

/// How wide the longest bar is drawn.
const WIDEST: i64 = 320;

fn write_chart(page: &mut String, number: usize, chart: &Chart) -> fmt::Result {
    let title = Safe(&chart.title);
    let most = chart.bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1);
    let width =
        |value: i64| (i128::from(value.clamp(0, most)) * i128::from(WIDEST) / i128::from(most)).to_string();
    writeln!(
        page,
        "<figure aria-labelledby=\"chart{number}\">\n<figcaption id=\"chart{number}\">{title}</figcaption>"
    )?;
    writeln!(page, "<table class=\"chart\" aria-labelledby=\"chart{number}\">\n<tbody>")?;
    for bar in &chart.bars {
        let (whole, marked) = (width(bar.value), width(bar.marked));
        writeln!(
            page,
            "<tr><th scope=\"row\">{}</th><td><svg width=\"{WIDEST}\" height=\"14\" viewBox=\"0 0 {WIDEST} 14\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <rect class=\"whole\" width=\"{whole}\" height=\"14\" rx=\"2\"/>\
             <rect class=\"marked\" width=\"{marked}\" height=\"14\" rx=\"2\"/></svg></td><td>{}</td></tr>",
            Safe(&bar.label),
            Safe(&bar.text),
        )?;
    }
    page.push_str("</tbody>\n</table>\n</figure>\n");
    Ok(())
}

fn write_table(page: &mut String, table: &ReportTable) -> fmt::Result {
    writeln!(
        page,
        "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"{}\">",
        Safe(&table.title)
    )?;
    writeln!(page, "<table>\n<caption>{}</caption>\n<thead>\n<tr>", Safe(&table.title))?;
    for column in &table.columns {
        let class = if column.numeric { " class=\"number\"" } else { "" };
        writeln!(page, "<th scope=\"col\"{class}>{}</th>", Safe(&column.name))?;
    }
    page.push_str("</tr>\n</thead>\n<tbody>\n");
    for row in &table.rows {
        page.push_str("<tr>");
        for (cell, column) in row.iter().zip(&table.columns) {
            let class = if column.numeric { " class=\"number\"" } else { "" };
            write!(page, "<td{class}>{}</td>", Prose(cell))?;
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n</div>\n");
    Ok(())
}

/// How reports look: on a screen in light and dark, and on paper.
pub const STYLE: &str = "\
:root { color-scheme: light dark; --ink: #1b1f24; --faint: #57606a; --line: #d0d7de; --page: #ffffff; --soft: #f6f8fa;
  --bar: #8fb4d9; --mark: #c2410c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --faint: #9aa5b1; --line: #3d444d; --page: #0f1318;
  --soft: #181d24; --bar: #3f6f9f; --mark: #f59e5b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; }
h2, caption, figcaption { font-size: 1.1rem; font-weight: 600; text-align: left; margin: 2rem 0 .5rem; padding: 0; }
caption { margin: 0; padding: 2rem 0 .5rem; }
header p { color: var(--faint); margin: 0; overflow-wrap: anywhere; }
.figures { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0 0; }
.figures div { flex: 1 1 10rem; background: var(--soft); border: 1px solid var(--line); border-radius: .5rem;
  padding: .75rem 1rem; }
dt { color: var(--faint); font-size: .875rem; }
dd { margin: 0; font-size: 1.375rem; font-weight: 600; font-variant-numeric: tabular-nums;
  white-space: nowrap; }
code { font: .9em ui-monospace, monospace; }
figure { margin: 0; }
.wide { overflow-x: auto; }
.wide:focus-visible { outline: 2px solid var(--bar); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
.chart { width: auto; }
.chart th, .chart td { overflow-wrap: anywhere; }
th { text-align: left; font-weight: 600; }
thead th { border-bottom: 2px solid var(--line); white-space: nowrap; }
td, th { padding: .375rem .75rem .375rem 0; vertical-align: top; }
tbody tr + tr td, tbody tr + tr th { border-top: 1px solid var(--line); }
.chart tbody tr + tr td, .chart tbody tr + tr th { border: 0; }
.chart svg { display: block; margin-top: .25rem; max-width: 40vw; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.whole { fill: var(--bar); }
.marked { fill: var(--mark); }
@media print { main { max-width: none; padding: 0; } .wide { overflow: visible; } tr { break-inside: avoid; }
  thead { display: table-header-group; } body { font-size: 11px; } }
";
