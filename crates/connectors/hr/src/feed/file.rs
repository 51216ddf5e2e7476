use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenure_connector::{ConnectorError, RejectedItem, Result};
use tenure_connector_csv::table::{Table, decode, read};

use super::{Gathered, Record};
use crate::HrConfig;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FileFormat {
    /// A header and rows of delimited text.
    Csv,
    /// One JSON array of objects, at the top or as the only array of an object.
    Json,
    /// One JSON object a line.
    Ndjson,
}

impl FileFormat {
    /// By the end of the name: `.json`, `.ndjson` or `.jsonl`, and delimited text for any other.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("json") => Self::Json,
            Some("ndjson" | "jsonl") => Self::Ndjson,
            _ => Self::Csv,
        }
    }
}

pub(super) fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

pub(super) fn gather(
    path: &Path,
    format: FileFormat,
    encoding: Option<&str>,
    separator: Option<char>,
    config: &HrConfig,
) -> Result<Gathered> {
    let name = name(path);
    let text = decode(&read(path)?, &name, encoding)?;
    let mut gathered = Gathered::default();
    let body = cut_trailer(&text, &name, config, &mut gathered);
    match format {
        FileFormat::Csv => rows(&name, body, separator, config, &mut gathered)?,
        FileFormat::Json => array(&name, body, config, &mut gathered)?,
        FileFormat::Ndjson => lines(&name, body, &mut gathered),
    }
    Ok(gathered)
}

/// The text without its last line, when that is the trailer that the configuration asks for.
fn cut_trailer<'a>(text: &'a str, name: &str, config: &HrConfig, gathered: &mut Gathered) -> &'a str {
    let Some(trailer) = &config.proof.trailer else { return text };
    let trimmed = text.trim_end();
    let start = trimmed.rfind('\n').map_or(0, |at| at + 1);
    let (body, last) = trimmed.split_at(start);
    let number = last.strip_prefix(trailer.begins.as_str()).and_then(first_number);
    match number {
        Some(number) => {
            gathered.stated = Some(number);
            body
        }
        None => {
            let place = format!("{name}:{}", trimmed.lines().count());
            let expected = format!("a last line that begins with `{}` and has a number", trailer.begins);
            let item = RejectedItem::new(place, expected, last.chars().take(80).collect::<String>());
            gathered.rejected.push(item.with_help("the export may have been cut off"));
            text
        }
    }
}

fn first_number(text: &str) -> Option<u64> {
    let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end)?.parse().ok()
}

fn rows(
    name: &str,
    text: &str,
    separator: Option<char>,
    config: &HrConfig,
    gathered: &mut Gathered,
) -> Result<()> {
    let table = Table::delimited(name, text, separator)?;
    let header: Arc<[String]> = table.header.iter().map(|cell| cell.text.clone()).collect();
    // A renamed column would silently take an attribute from everybody; alternatives may be missing one by one.
    for (attribute, field) in config.map.iter() {
        let names = || field.from.iter().chain(&field.join);
        if names().next().is_some() && !names().any(|name| header.contains(name)) && !header.is_empty() {
            let wanted = names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
            return Err(ConnectorError::invalid_input(
                attribute,
                format!("{name}:1: expected a column {wanted} for `{attribute}`, found none"),
            )
            .with_help(format!("the columns are {}", header.join(", "))));
        }
    }
    gathered.rejected.extend(table.rejected);
    gathered.records.extend(table.rows.into_iter().map(|row| Record::Row { header: header.clone(), row }));
    Ok(())
}

fn array(name: &str, text: &str, config: &HrConfig, gathered: &mut Gathered) -> Result<()> {
    let value: Value = serde_json::from_str(text).map_err(|source| {
        let place = format!("{name}:{}:{}", source.line(), source.column());
        ConnectorError::invalid_input(name, format!("{place}: expected JSON: {source}")).with_source(source)
    })?;
    gathered.stated = super::http::stated(&value, config).or(gathered.stated);
    let items = match value {
        Value::Array(items) => items,
        Value::Object(members) => {
            let mut arrays = members.into_iter().filter_map(|(_, value)| match value {
                Value::Array(items) => Some(items),
                _ => None,
            });
            match (arrays.next(), arrays.next()) {
                (Some(items), None) => items,
                (first, _) => {
                    let found = if first.is_some() { "several" } else { "none" };
                    let detail =
                        format!("{name}: expected an array, or an object with one array, found {found}");
                    return Err(ConnectorError::invalid_input(name, detail));
                }
            }
        }
        _ => {
            let detail = format!("{name}: expected an array of records, found another JSON value");
            return Err(ConnectorError::invalid_input(name, detail));
        }
    };
    for (index, item) in items.into_iter().enumerate() {
        gathered.add(format!("{name}:[{index}]"), item);
    }
    Ok(())
}

fn lines(name: &str, text: &str, gathered: &mut Gathered) {
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = format!("{name}:{}", index + 1);
        match serde_json::from_str(line) {
            Ok(item) => gathered.add(place, item),
            Err(error) => {
                let place = format!("{place}:{}", error.column());
                let found: String = line.chars().take(80).collect();
                gathered.rejected.push(RejectedItem::new(place, "a JSON object on one line", found));
            }
        }
    }
}

impl Gathered {
    pub(super) fn add(&mut self, place: String, item: Value) {
        match item {
            Value::Object(members) => self.records.push(Record::Object { place, members }),
            other => {
                let found: String = other.to_string().chars().take(80).collect();
                self.rejected.push(RejectedItem::new(place, "an object", found));
            }
        }
    }
}
