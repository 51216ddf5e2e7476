use std::collections::BTreeMap;

use serde_json::Value;
use tenure_connector::{RejectedItem, Result};

use super::{Cell, Row, Table, unreadable};

/// Reads an array of flat objects; the header is every member name that occurs.
pub(super) fn parse(name: &str, text: &str) -> Result<Table> {
    let value: Value = serde_json::from_str(text).map_err(|source| {
        let place = format!("{name}:{}:{}", source.line(), source.column());
        unreadable(&place, "JSON", "something else").with_source(source)
    })?;
    let Value::Array(items) = value else {
        return Err(unreadable(name, "an array of objects", "another JSON value"));
    };
    let mut table = Table::default();
    for (index, item) in items.into_iter().enumerate() {
        let place = format!("{name}:[{index}]");
        let Value::Object(members) = item else {
            table.rejected.push(RejectedItem::new(place, "an object", item.to_string()));
            continue;
        };
        let mut cells = BTreeMap::new();
        for (member, value) in members {
            let at = column(&mut table.header, &member, &place);
            cells.insert(at, Cell { text: flat(value), place: format!("{place}.{member}") });
        }
        table.rows.push(Row { place, cells });
    }
    Ok(table)
}

fn column(header: &mut Vec<Cell>, member: &str, place: &str) -> usize {
    if let Some(at) = header.iter().position(|cell| cell.text == member) {
        return at;
    }
    header.push(Cell { text: member.to_owned(), place: format!("{place}.{member}") });
    header.len() - 1
}

fn flat(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        Value::Array(items) => items.into_iter().map(flat).collect::<Vec<_>>().join(";"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn objects_become_rows_whatever_members_they_have() {
        let table =
            parse("a.json", r#"[{"id": 7, "tags": ["x", "y"]}, 3, {"name": "Zoë", "id": null}]"#).unwrap();
        let header: Vec<_> = table.header.iter().map(|cell| cell.text.as_str()).collect();
        assert_eq!(header, ["id", "tags", "name"]);
        assert_eq!(
            (table.rows[0].cells[&0].text.as_str(), table.rows[0].cells[&1].text.as_str()),
            ("7", "x;y")
        );
        assert_eq!(table.rejected[0].to_string(), "a.json:[1]: expected an object, found `3`");
        let error = parse("a.json", "[{]").unwrap_err();
        assert_eq!(error.detail(), "a.json:1:3: expected JSON, found `something else`");
    }
}
