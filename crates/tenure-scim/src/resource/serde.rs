//! Resources inside other serialised data.

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Resource;
use crate::arena::{Builder, Node, Seen};
use crate::value::{NumberRef, ValueRef};

/// Whole numbers of 64 bits are exact, other numbers are doubles, as the data model of `serde` has them; a number that
/// is too large for a double is an error. The text of [`Resource::to_text`] keeps every digit; with the feature
/// `exact-numbers` so does `serde_json`.
impl Serialize for Resource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ValueRef::Object(self.as_object()).serialize(serializer)
    }
}

impl Serialize for ValueRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            ValueRef::Null => serializer.serialize_unit(),
            ValueRef::Bool(value) => serializer.serialize_bool(value),
            ValueRef::Number(number) => number.serialize(serializer),
            ValueRef::String(text) => serializer.serialize_str(text),
            ValueRef::Array(elements) => {
                let mut seq = serializer.serialize_seq(Some(elements.len()))?;
                for element in elements.iter() {
                    seq.serialize_element(&element)?;
                }
                seq.end()
            }
            ValueRef::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members.iter() {
                    map.serialize_entry(name, &value)?;
                }
                map.end()
            }
        }
    }
}

impl Serialize for NumberRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Ok(value) = self.as_str().parse::<i64>() {
            return serializer.serialize_i64(value);
        }
        if let Ok(value) = self.as_str().parse::<u64>() {
            return serializer.serialize_u64(value);
        }
        match self.as_str().parse::<serde_json::Number>() {
            Ok(number) => number.serialize(serializer),
            Err(_) => {
                Err(serde::ser::Error::custom(format_args!("number `{self}` is too large for a double")))
            }
        }
    }
}

/// Numbers come as the format gives them, which for `serde_json` means doubles where 64 bits are not enough, unless the
/// feature `exact-numbers` is on; parsing the text itself ([`Resource::from_slice`]) keeps every digit.
impl<'de> Deserialize<'de> for Resource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut builder = Builder::with_capacity(512, 64);
        let root = Seed { builder: &mut builder, depth: 0 }.deserialize(deserializer)?;
        if !root.is_object() {
            return Err(D::Error::custom("expected an object for a resource"));
        }
        Ok(Self::from_arena(builder.finish(root)))
    }
}

struct Seed<'b> {
    builder: &'b mut Builder,
    depth: usize,
}

const MAX_DEPTH: usize = 128;

impl Seed<'_> {
    fn inner<E: Error>(&mut self) -> Result<Seed<'_>, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format_args!("expected at most {MAX_DEPTH} levels of arrays and objects")));
        }
        Ok(Seed { builder: self.builder, depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value of a resource")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::NULL)
    }

    fn visit_none<E: Error>(self) -> Result<Node, E> {
        Ok(Node::NULL)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        Ok(self.builder.arena.number(&value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        Ok(self.builder.arena.number(&value.to_string()))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Node, E> {
        Ok(self.builder.arena.number(&value.to_string()))
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Node, E> {
        Ok(self.builder.arena.number(&value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        match serde_json::Number::from_f64(value) {
            Some(number) => Ok(self.builder.arena.number(&number.to_string())),
            None => Err(E::custom("expected a finite number")),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
        Ok(self.builder.arena.string(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Node, A::Error> {
        let mark = self.builder.open();
        while let Some(node) = access.next_element_seed(self.inner()?)? {
            self.builder.push(node);
        }
        Ok(self.builder.close_array(mark))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Node, A::Error> {
        let mark = self.builder.open();
        let mut seen = Seen::default();
        while let Some(name) = access.next_key::<std::borrow::Cow<'de, str>>()? {
            // So `serde_json` hands over a number when some crate of the program turned `arbitrary_precision` on.
            if name == "$serde_json::private::Number" {
                let text: String = access.next_value()?;
                let number = text.parse::<serde_json::Number>().map_err(A::Error::custom)?;
                return Ok(self.builder.arena.number(&number.to_string()));
            }
            let key = self.builder.arena.key(&name);
            let node = access.next_value_seed(self.inner()?)?;
            let twice = seen.add(self.builder.arena.canon(key));
            self.builder.put(mark, key, node, twice);
        }
        Ok(self.builder.close_object(mark))
    }
}
