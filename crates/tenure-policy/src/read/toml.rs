//! TOML into the tree, with positions.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::lines::Lines;
use super::node::{Data, Entry, Node};
use crate::error::PolicyError;

/// Reads TOML text into a tree.
pub(crate) fn read(file: u16, name: &str, text: &str) -> Result<Node, PolicyError> {
    let lines = Lines::new(file, text);
    let root = DeTable::parse(text).map_err(|error| {
        let pos = lines.pos(error.span().map_or(0, |span| span.start));
        PolicyError::new("", format!("not TOML: {}", error.message())).at(name, pos.line, pos.column)
    })?;
    let pos = lines.pos(0);
    Ok(Node { pos, data: table(root.into_inner(), &lines) })
}

fn table(table: DeTable<'_>, lines: &Lines<'_>) -> Data {
    let mut pairs: Vec<(Spanned<_>, Spanned<DeValue<'_>>)> = table.into_iter().collect();
    pairs.sort_by_key(|(key, _)| key.span().start);
    let entry = |(key, value): (Spanned<std::borrow::Cow<'_, str>>, _)| Entry {
        pos: lines.pos(key.span().start),
        key: key.into_inner().into_owned(),
        value: node(value, lines),
    };
    Data::Map(pairs.into_iter().map(entry).collect(), Vec::new())
}

fn node(value: Spanned<DeValue<'_>>, lines: &Lines<'_>) -> Node {
    let pos = lines.pos(value.span().start);
    let data = match value.into_inner() {
        DeValue::String(text) => Data::Text(text.into_owned()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Data::Float(f64::NAN), Data::Int)
        }
        DeValue::Float(number) => Data::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(value) => Data::Bool(value),
        DeValue::Datetime(at) => Data::Text(at.to_string()),
        DeValue::Array(all) => Data::List(all.into_iter().map(|inner| node(inner, lines)).collect()),
        DeValue::Table(inner) => table(inner, lines),
    };
    Node { pos, data }
}
