//! YAML into the tree, with positions.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::node::{Data, Entry, Node, Pos};
use crate::error::PolicyError;

/// Reads YAML text into a tree.
pub(crate) fn read(file: u16, name: &str, text: &str) -> Result<Node, PolicyError> {
    let root: Spanned<Raw> = serde_saphyr::from_str(text).map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |at| place(&at));
        let message = error.without_snippet().to_string();
        let message = message.lines().next().unwrap_or("not YAML");
        let message = message.split(" at line ").next().unwrap_or(message);
        PolicyError::new("", format!("not YAML: {message}")).at(name, line, column)
    })?;
    Ok(node(root, file))
}

fn place(at: &Location) -> (u32, u32) {
    (u32::try_from(at.line()).unwrap_or(0), u32::try_from(at.column()).unwrap_or(0))
}

fn pos(at: &Location, file: u16) -> Pos {
    let (line, column) = place(at);
    Pos { file, line, column }
}

fn node(raw: Spanned<Raw>, file: u16) -> Node {
    let data = match raw.value {
        Raw::Scalar(data) => data,
        Raw::List(all) => Data::List(all.into_iter().map(|inner| node(inner, file)).collect()),
        Raw::Map(pairs) => {
            let entry = |(key, value): (Spanned<String>, Spanned<Raw>)| Entry {
                pos: pos(&key.referenced, file),
                key: key.value,
                value: node(value, file),
            };
            Data::Map(pairs.into_iter().map(entry).collect(), Vec::new())
        }
    };
    Node { pos: pos(&raw.referenced, file), data }
}

enum Raw {
    Scalar(Data),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Scalar(Data::Bool(value)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Raw, E> {
        Ok(Raw::Scalar(Data::Int(number)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Raw, E> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a number beyond 64 signed bits is only shown in an error"
        )]
        let wide = number as f64;
        Ok(Raw::Scalar(i64::try_from(number).map_or(Data::Float(wide), Data::Int)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Raw, E> {
        Ok(Raw::Scalar(Data::Float(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Scalar(Data::Text(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Scalar(Data::Text(text)))
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Scalar(Data::Null))
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Scalar(Data::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut all = Vec::new();
        while let Some(inner) = seq.next_element()? {
            all.push(inner);
        }
        Ok(Raw::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Raw::Map(pairs))
    }
}
