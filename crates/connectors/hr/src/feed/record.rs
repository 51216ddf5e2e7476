use std::sync::Arc;

use serde_json::{Map, Value};
use tenure_connector_csv::table::Row;

/// One record of a feed: a row of a table, or an object.
#[derive(Debug)]
pub(crate) enum Record {
    Row { header: Arc<[String]>, row: Row },
    Object { place: String, members: Map<String, Value> },
}

/// A text of a record, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) place: String,
}

impl Record {
    pub(crate) fn place(&self) -> &str {
        match self {
            Self::Row { row, .. } => &row.place,
            Self::Object { place, .. } => place,
        }
    }

    /// The text of a field; `None` when it is not there or is no text, number or truth value.
    pub(crate) fn cell(&self, path: &str) -> Option<Cell> {
        match self {
            Self::Row { header, row } => {
                let at = header.iter().position(|name| name == path)?;
                let cell = row.cells.get(&at)?;
                Some(Cell { text: cell.text.clone(), place: cell.place.clone() })
            }
            Self::Object { place, members } => {
                Some(Cell { text: scalar(find(members, path)?)?, place: format!("{place}.{path}") })
            }
        }
    }
}

/// A member by its whole name, else by the path that its dots make.
fn find<'a>(members: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = members.get(path) {
        return Some(value);
    }
    let mut parts = path.split('.');
    let first = members.get(parts.next()?)?;
    parts.try_fold(first, |value, part| match value {
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        other => other.get(part),
    })
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_found_by_name_and_by_path() {
        let Value::Object(members) = json!({ "a.b": 1, "a": { "c": [{ "d": " x " }], "e": null } }) else {
            panic!("an object")
        };
        let record = Record::Object { place: "r[0]".to_owned(), members };
        let text = |path| record.cell(path).map(|cell| cell.text);
        assert_eq!(text("a.b").as_deref(), Some("1"));
        assert_eq!(text("a.c.0.d").as_deref(), Some("x"));
        assert_eq!((text("a.e"), text("a.c"), text("z.y")), (None, None, None));
    }
}
