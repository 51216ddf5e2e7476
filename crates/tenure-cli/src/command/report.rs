//! `--report FILE`: what a command shows, for those who were not there.

use std::fs;
use std::path::{Path, PathBuf};

use tenure_engine::report::{Report, ReportTable};

use crate::failure::Failure;

/// Writes a report in the form that the file's name asks for; as CSV, each of several tables into a file of its own.
pub(super) fn write(path: &Path, report: &Report) -> Result<(), Failure> {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("html") => write_file(path, &report.to_html()),
        Some("json") => match serde_json::to_string_pretty(report) {
            Ok(text) => write_file(path, &text),
            Err(e) => Err(Failure::failed(format!("cannot write `{}`", path.display()), e)),
        },
        Some("csv") => match report.tables.as_slice() {
            [table] => write_file(path, &table.to_csv()),
            tables => tables.iter().try_for_each(|table| write_file(&beside(path, table), &table.to_csv())),
        },
        _ => {
            let title = format!("`{}` does not say what the report is to be", path.display());
            Err(Failure::usage(title, "end the name in `.html`, `.json` or `.csv`"))
        }
    }
}

fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|e| Failure::failed(format!("cannot write `{}`", path.display()), e))?;
    println!("report written to {}", path.display());
    Ok(())
}

/// `review.csv` with the table `Given by rules` is `review-given-by-rules.csv`.
fn beside(path: &Path, table: &ReportTable) -> PathBuf {
    let words =
        table.title.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let title = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-");
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}-{title}.csv"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_has_a_file_named_for_it() {
        let table = ReportTable::new("Given by rules, to be judged there", []);
        let path = beside(Path::new("out/review.csv"), &table);
        assert_eq!(path, Path::new("out/review-given-by-rules-to-be-judged-there.csv"));
    }
}
