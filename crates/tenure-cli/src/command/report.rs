//! `--report FILE`: what a command shows, for those who were not there.

use std::fs;
use std::path::Path;

use tenure_engine::report::Report;

use crate::failure::Failure;

/// Writes a report in the form that the file's name asks for.
pub(super) fn write(path: &Path, report: &Report) -> Result<(), Failure> {
    let cannot = |e: &dyn std::fmt::Display| Failure::failed(format!("cannot write `{}`", path.display()), e);
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    let text = match extension.as_deref() {
        Some("html") => report.to_html(),
        Some("json") => serde_json::to_string_pretty(report).map_err(|e| cannot(&e))?,
        _ => {
            let title = format!("`{}` does not say what the report is to be", path.display());
            return Err(Failure::usage(title, "end the name in `.html` or `.json`"));
        }
    };
    fs::write(path, text).map_err(|e| cannot(&e))?;
    println!("report written to {}", path.display());
    Ok(())
}
