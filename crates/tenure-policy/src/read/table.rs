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
    let keys: Vec<Option<usize>> = table.keys.iter().map(|key| column(&key.to_string())).collect();
    for (key, place_of) in table.keys.iter().zip(&keys) {
        if place_of.is_none() {
            let error =
                PolicyError::new("", format!("expected the column `{key}`, found {}", list(header.iter())));
            errors.push(place(error.with_hint(did_you_mean(&key.to_string(), header.iter())), 1, 1));
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
            errors.push(place(error.with_hint(hint), 1, u32::try_from(index + 1).unwrap_or(1)));
        }
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
                line: record.position().map(csv::Position::line),
            }),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                errors.push(place(
                    PolicyError::new("", "a row has not as many cells as the header"),
                    line,
                    1,
                ));
            }
        }
    }
}
