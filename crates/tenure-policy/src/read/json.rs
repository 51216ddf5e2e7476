//! JSON into the tree, with positions.

use std::cell::Cell;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::node::{Data, Entry, Node, Pos};
use crate::error::PolicyError;

/// Reads JSON text into a tree.
pub(crate) fn read(file: u16, name: &str, text: &str) -> Result<Node, PolicyError> {
    let lines = Lines::new(file, text);
    let root: &RawValue = serde_json::from_str(text).map_err(|error| {
        let line = u32::try_from(error.line()).unwrap_or(0);
        let column = u32::try_from(error.column()).unwrap_or(0);
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or("not JSON").to_owned();
        PolicyError::new("", format!("not JSON: {message}")).at(name, line, column)
    })?;
    node(root, &lines, 0)
        .map_err(|error| PolicyError::new("", error.0).at(name, error.1.line, error.1.column))
}

struct Broken(String, Pos);

fn node(raw: &RawValue, lines: &Lines<'_>, depth: usize) -> Result<Node, Broken> {
    let text = raw.get();
    let offset = lines.offset(text);
    let pos = lines.pos(offset);
    if depth > DEPTH {
        return Err(Broken(format!("nested too deeply: expected at most {DEPTH} levels"), pos));
    }
    let broken = |error: serde_json::Error| Broken(error.to_string(), pos);
    let data = match text.as_bytes().first() {
        Some(b'{') => {
            let Pairs(pairs) = serde_json::from_str(text).map_err(broken)?;
            let mut entries = Vec::with_capacity(pairs.len());
            let mut from = offset + 1;
            for (key, value) in pairs {
                let start = lines.next_quote(from);
                from = lines.offset(value.get()) + value.get().len();
                entries.push(Entry { key, pos: lines.pos(start), value: node(value, lines, depth + 1)? });
            }
            Data::Map(entries, Vec::new())
        }
        Some(b'[') => {
            let all: Vec<&RawValue> = serde_json::from_str(text).map_err(broken)?;
            Data::List(all.into_iter().map(|value| node(value, lines, depth + 1)).collect::<Result<_, _>>()?)
        }
        _ => match serde_json::from_str(text).map_err(broken)? {
            serde_json::Value::Bool(value) => Data::Bool(value),
            serde_json::Value::String(text) => Data::Text(text),
            serde_json::Value::Number(number) => {
                number.as_i64().map_or_else(|| Data::Float(number.as_f64().unwrap_or(f64::NAN)), Data::Int)
            }
            _ => Data::Null,
        },
    };
    Ok(Node { pos, data })
}

/// The members of an object in order, duplicates included.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Where the lines of a text begin.
pub(super) struct Lines<'a> {
    file: u16,
    text: &'a str,
    starts: Vec<usize>,
    /// A place found before and its column: a text is read forwards, and a line may be the whole of it.
    last: Cell<(usize, usize)>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(file: u16, text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file, text, starts, last: Cell::new((0, 0)) }
    }

    /// The offset of a slice of the text.
    fn offset(&self, slice: &str) -> usize {
        (slice.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize)
    }

    fn next_quote(&self, from: usize) -> usize {
        self.text.get(from..).and_then(|rest| rest.find('"')).map_or(from, |at| from + at)
    }

    pub(super) fn pos(&self, offset: usize) -> Pos {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or(0);
        let (known, before) = self.last.get();
        let (from, before) = if (start..=offset).contains(&known) { (known, before) } else { (start, 0) };
        let column = before + self.text.get(from..offset).map_or(0, |between| between.chars().count());
        self.last.set((offset, column));
        Pos {
            file: self.file,
            line: u32::try_from(line).unwrap_or(0),
            column: u32::try_from(column + 1).unwrap_or(0),
        }
    }
}

const DEPTH: usize = 64;
