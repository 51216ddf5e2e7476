//! A serde deserializer over the tree, whose errors know their place.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::hint::{did_you_mean, list};
use super::node::{Data, Entry, Node, Seg};

/// An error with the path to the part it is about, innermost step first.
#[derive(Debug)]
pub(crate) struct DeError {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) missing: Option<&'static str>,
    /// True when the key itself is at fault, not what it holds.
    pub(crate) key: bool,
    path: Vec<Seg>,
}

impl DeError {
    pub(crate) fn path(&self) -> Vec<Seg> {
        self.path.iter().rev().cloned().collect()
    }

    fn under(mut self, seg: Seg) -> Self {
        self.path.push(seg);
        self
    }

    fn plain(message: String) -> Self {
        Self { message, help: None, missing: None, key: false, path: Vec::new() }
    }
}

impl fmt::Display for DeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DeError {}

impl serde::de::Error for DeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let text = message.to_string();
        match text.split_once("; did you mean ") {
            Some((message, nearest)) => {
                Self { help: Some(format!("did you mean {nearest}")), ..Self::plain(message.to_owned()) }
            }
            None => Self::plain(text),
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let mut error = Self::plain(format!("expected {expected}, found {}", shown(found)));
        if expected.to_string().contains("string")
            && matches!(found, Unexpected::Signed(_) | Unexpected::Float(_) | Unexpected::Bool(_))
        {
            error.help = Some("put it in quotes".to_owned());
        }
        error
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(found: &str, expected: &'static [&'static str]) -> Self {
        let message = format!("unknown value `{found}`: expected one of {}", list(expected.iter().copied()));
        Self { help: did_you_mean(found, expected.iter().copied()), ..Self::plain(message) }
    }

    fn unknown_field(found: &str, expected: &'static [&'static str]) -> Self {
        let message = format!("unknown key `{found}`: expected one of {}", list(expected.iter().copied()));
        Self { help: did_you_mean(found, expected.iter().copied()), ..Self::plain(message) }
    }

    fn missing_field(field: &'static str) -> Self {
        Self { missing: Some(field), ..Self::plain(format!("expected the key `{field}`, found none")) }
    }
}

fn shown(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Str(text) => format!("`{text}`"),
        Unexpected::Signed(number) => format!("the number `{number}`"),
        Unexpected::Float(number) => format!("the number `{number}`"),
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a map".to_owned(),
        other => other.to_string(),
    }
}

#[derive(Clone, Copy)]
pub(crate) struct NodeDe<'a>(pub(crate) &'a Node);

impl<'de> Deserializer<'de> for NodeDe<'_> {
    type Error = DeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        match &self.0.data {
            Data::Null => visitor.visit_unit(),
            Data::Bool(value) => visitor.visit_bool(*value),
            Data::Int(number) => visitor.visit_i64(*number),
            Data::Float(number) => visitor.visit_f64(*number),
            Data::Text(text) => visitor.visit_str(text),
            Data::List(all) => visitor.visit_seq(List { all, next: 0 }),
            Data::Map(entries, _) => visitor.visit_map(Map { entries, next: 0 }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        match &self.0.data {
            Data::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DeError> {
        match &self.0.data {
            Data::Text(text) => visitor.visit_enum(Enum { name: text, value: None }),
            Data::Map(entries, _) => match entries.as_slice() {
                [only] => visitor.visit_enum(Enum { name: &only.key, value: Some(&only.value) }),
                _ => Err(DeError::plain(format!(
                    "expected one of {}, found a map",
                    list(variants.iter().copied())
                ))),
            },
            Data::Int(number) => Err(DeError::unknown_variant(&number.to_string(), variants)),
            Data::Bool(value) => Err(DeError::unknown_variant(&value.to_string(), variants)),
            _ => Err(DeError::plain(format!("expected one of {}", list(variants.iter().copied())))),
        }
    }

    /// Only a map is one: serde would take a list for the values of the keys in their order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DeError> {
        let found = match &self.0.data {
            Data::Map(entries, _) => return visitor.visit_map(Map { entries, next: 0 }),
            Data::Null => Unexpected::Unit,
            Data::Bool(value) => Unexpected::Bool(*value),
            Data::Int(number) => Unexpected::Signed(*number),
            Data::Float(number) => Unexpected::Float(*number),
            Data::Text(text) => Unexpected::Str(text),
            Data::List(_) => Unexpected::Seq,
        };
        Err(DeError::invalid_type(found, &"a map"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

struct List<'a> {
    all: &'a [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for List<'_> {
    type Error = DeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DeError> {
        let Some(node) = self.all.get(self.next) else { return Ok(None) };
        let index = self.next;
        self.next += 1;
        seed.deserialize(NodeDe(node)).map(Some).map_err(|error| error.under(Seg::Index(index)))
    }
}

struct Map<'a> {
    entries: &'a [Entry],
    next: usize,
}

impl<'de> MapAccess<'de> for Map<'_> {
    type Error = DeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DeError> {
        let Some(entry) = self.entries.get(self.next) else { return Ok(None) };
        self.next += 1;
        let at_fault = |error: DeError| DeError { key: true, ..error }.under(Seg::Key(entry.key.clone()));
        seed.deserialize(Key(&entry.key)).map(Some).map_err(at_fault)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DeError> {
        let entry = self.next.checked_sub(1).and_then(|index| self.entries.get(index));
        let entry = entry.ok_or_else(|| DeError::plain("expected a value after the key".to_owned()))?;
        seed.deserialize(NodeDe(&entry.value)).map_err(|error| error.under(Seg::Key(entry.key.clone())))
    }
}

struct Key<'a>(&'a str);

impl<'de> Deserializer<'de> for Key<'_> {
    type Error = DeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        visitor.visit_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DeError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Enum<'a> {
    name: &'a str,
    value: Option<&'a Node>,
}

impl<'a, 'de> EnumAccess<'de> for Enum<'a> {
    type Error = DeError;
    type Variant = Variant<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Variant<'a>), DeError> {
        let name = seed.deserialize(Key(self.name))?;
        Ok((name, Variant(self.value)))
    }
}

struct Variant<'a>(Option<&'a Node>);

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = DeError;

    fn unit_variant(self) -> Result<(), DeError> {
        match self.0 {
            None => Ok(()),
            Some(_) => Err(DeError::plain("expected a word, found a map".to_owned())),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, DeError> {
        match self.0 {
            Some(node) => seed.deserialize(NodeDe(node)),
            None => Err(DeError::plain("expected a value with it, found the word alone".to_owned())),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, DeError> {
        self.struct_variant(&[], visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DeError> {
        match self.0 {
            Some(node) => NodeDe(node).deserialize_any(visitor),
            None => Err(DeError::plain("expected a value with it, found the word alone".to_owned())),
        }
    }
}
