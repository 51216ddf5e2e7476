//! Fills a birthright table from CSV text.

use super::document::Opened;
use super::node::Source;
use crate::document::TableSpec;
use crate::error::PolicyError;

/// Loads the rows of a table that names a file.
pub(crate) fn fill(
    table: &mut TableSpec,
    index: usize,
    source: &Source,
    open: &mut dyn FnMut(&str) -> Opened,
    errors: &mut Vec<PolicyError>,
) {
    let Some(file) = table.file.clone() else { return };
    let path = format!("tables[{index}].file");
    match open(&file) {
        Ok((_, text)) => rows(table, &file, &text, errors),
        Err(reason) => {
            errors.push(source.locate(PolicyError::new(path, format!("cannot read `{file}`: {reason}"))))
        }
    }
}

#[cfg(not(feature = "csv"))]
fn rows(_: &mut TableSpec, file: &str, _: &str, errors: &mut Vec<PolicyError>) {
    errors.push(PolicyError::new("", "cannot read CSV: this build has not the feature `csv`").at(file, 0, 0));
}

#[cfg(feature = "csv")]
fn rows(table: &mut TableSpec, file: &str, text: &str, errors: &mut Vec<PolicyError>) {
    use super::hint::{did_you_mean, list};
    use crate::document::TableRow;

    let place =
        |error: PolicyError, line: u64, column: u32| error.at(file, u32::try_from(line).unwrap_or(0), column);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            errors.push(place(PolicyError::new("", format!("not CSV: {error}")), 1, 1));
            return;
        }
    };
    let column = |name: &str| header.iter().position(|found| found.eq_ignore_ascii_case(name));
    let before = errors.len();
    let keys: Vec<Option<usize>> = table.keys.iter().map(|key| column(&key.to_string())).collect();
    for (key, place_of) in table.keys.iter().zip(&keys) {
        if place_of.is_none() {
            let error =
                PolicyError::new("", format!("expected the column `{key}`, found {}", list(header.iter())));
            errors.push(place(error, 1, 1));
        }
    }
    let (roles, entitlements) = (column("roles"), column("entitlements"));
    for (index, name) in header.iter().enumerate() {
        let known = keys.contains(&Some(index)) || roles == Some(index) || entitlements == Some(index);
        if !known {
            let names: Vec<String> = table
                .keys
                .iter()
                .map(ToString::to_string)
                .chain(["roles".into(), "entitlements".into()])
                .collect();
            let error = PolicyError::new(
                "",
                format!("unknown column `{name}`: expected {}", list(names.iter().map(String::as_str))),
            );
            let hint = did_you_mean(name, names.iter().map(String::as_str));
            errors.push(place(error.with_hint(hint), 1, column_of(text, index)));
        }
    }
    if errors.len() > before {
        // What the cells of such rows mean is not known.
        return;
    }
    let many = |cell: Option<&str>| -> Vec<String> {
        cell.unwrap_or("")
            .split(';')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    for record in reader.records() {
        match record {
            Ok(record) => table.rows.push(TableRow {
                keys: keys
                    .iter()
                    .map(|at| at.and_then(|at| record.get(at)).unwrap_or("").to_owned())
                    .collect(),
                roles: many(roles.and_then(|at| record.get(at))),
                entitlements: many(entitlements.and_then(|at| record.get(at))),
                line: record.position().map(|position| row_at(text, position).0),
                columns: record.position().map(|position| {
                    let row = row_at(text, position).1;
                    let begins = |cell: Option<usize>| cell.map_or(1, |cell| column_of(row, cell));
                    (begins(roles), begins(entitlements))
                }),
            }),
            Err(error) => {
                let line = error.position().map_or(0, |position| row_at(text, position).0);
                let message = match error.kind() {
                    csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                        format!("expected {expected_len} cells as in the header, found {len}")
                    }
                    _ => format!("not CSV: {error}"),
                };
                errors.push(place(PolicyError::new("", message), line, 1));
            }
        }
    }
}

/// The line at which a row begins, and the text from there on. The reader's own position may lie in front of the end of the line before.
#[cfg(feature = "csv")]
fn row_at<'t>(text: &'t str, position: &csv::Position) -> (u64, &'t str) {
    let rest = usize::try_from(position.byte()).ok().and_then(|at| text.get(at..)).unwrap_or_default();
    let row = rest.trim_start_matches(['\r', '\n']);
    let skipped = rest.len() - row.len();
    let lines = rest.bytes().take(skipped).filter(|byte| *byte == b'\n').count();
    (position.line() + lines as u64, row)
}

/// Where in a row a cell begins, in characters from 1.
#[cfg(feature = "csv")]
fn column_of(row: &str, cell: usize) -> u32 {
    let mut quoted = false;
    let ends = row.chars().zip(1..).filter_map(|(char, column): (char, u32)| {
        quoted ^= char == '"';
        (char == ',' && !quoted).then_some(column + 1)
    });
    std::iter::once(1).chain(ends).nth(cell).unwrap_or(1)
}
