//! Rows of the store, as far as a quick look needs them: read from their texts, and borrowed from them.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use tenure_policy::Identity;
use tenure_scim::Resource;

#[derive(Deserialize)]
pub(super) struct IdentityRow<'a> {
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    pub(super) document: Identity,
}

#[derive(Deserialize)]
pub(super) struct NameRow<'a> {
    #[serde(borrow)]
    pub(super) space: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) key: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) value: Cow<'a, str>,
    pub(super) state: tenure_store::NameState,
}

#[derive(Deserialize)]
pub(super) struct LinkRow<'a> {
    #[serde(borrow)]
    pub(super) target: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) account: Cow<'a, str>,
    pub(super) deleted: Option<IgnoredAny>,
    pub(super) unwanted: Option<IgnoredAny>,
    #[serde(borrow, default)]
    pub(super) written: Pairs<'a>,
}

#[derive(Deserialize)]
pub(super) struct AccountRow<'a> {
    #[serde(borrow)]
    pub(super) target: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    pub(super) resource: Resource,
}

#[derive(Deserialize)]
pub(super) struct HeldRow<'a> {
    #[serde(borrow)]
    pub(super) target: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) account: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) value: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) named: Option<Word<'a>>,
    /// Each as the text of a text.
    #[serde(borrow)]
    pub(super) origins: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) parameters: Pairs<'a>,
    pub(super) lost: Option<IgnoredAny>,
}

/// A text that may stand inside of something else.
#[derive(Deserialize)]
pub(super) struct Word<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// Members of an object, in the order of the text.
#[derive(Default)]
pub(super) struct Pairs<'a>(pub(super) Vec<(Word<'a>, Plain<'a>)>);

impl<'a> Pairs<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&Plain<'a>> {
        self.0.iter().find(|(found, _)| found.0 == name).map(|(_, value)| value)
    }
}

/// A value.
pub(super) enum Plain<'a> {
    Text(Cow<'a, str>),
    Other(Value),
}

impl PartialEq<Value> for Plain<'_> {
    fn eq(&self, other: &Value) -> bool {
        match self {
            Self::Text(text) => other.as_str() == Some(text),
            Self::Other(value) => value == other,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::with_capacity(map.size_hint().unwrap_or(4));
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Plain<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Anything;
        impl<'de> Visitor<'de> for Anything {
            type Value = Plain<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Plain::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Plain::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Plain::Other(Value::Null))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Plain::Other(Value::Bool(value)))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Plain::Other(Value::from(value)))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                Ok(Plain::Other(Value::from(value)))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
                Ok(Plain::Other(Value::from(value)))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                Value::deserialize(SeqAccessDeserializer::new(seq)).map(Plain::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Value::deserialize(MapAccessDeserializer::new(map)).map(Plain::Other)
            }
        }
        deserializer.deserialize_any(Anything)
    }
}
