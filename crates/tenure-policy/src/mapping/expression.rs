//! Where a value comes from, as written.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use tenure_scim::AttrPath;

/// Where a value comes from. A bare text in a document is a path: `name.givenName`.
///
/// Three answers are possible: nothing (absent), explicitly empty (null), and a value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Expression {
    /// The value at a path of the identity.
    Path(AttrPath),
    /// Always this value: `{ value: true }`.
    Value(Value),
    /// Texts put together, leaving out what is absent: `{ join: [name.givenName, name.familyName], with: " " }`.
    Join {
        /// The parts.
        parts: Vec<Expression>,
        /// What stands between them.
        with: String,
    },
    /// The first that gives a value: `{ first: [nickName, name.givenName] }`.
    First(Vec<Expression>),
    /// A table: `{ map: { of: department, table: { Support: S1 }, default: S0 } }`.
    Map(Box<LookupTable>),
    /// In ASCII: `{ transliterate: name.familyName }`.
    Transliterate(Box<Expression>),
    /// In lower case: `{ lower: userName }`.
    Lower(Box<Expression>),
    /// In upper case: `{ upper: userType }`.
    Upper(Box<Expression>),
    /// ASCII letters, digits, `.`, `-` and `_` only, in lower case: `{ slug: name.familyName }`.
    Slug(Box<Expression>),
    /// The first characters: `{ prefix: name.givenName, chars: 1 }`.
    Prefix {
        /// Of what.
        of: Box<Expression>,
        /// How many characters.
        chars: usize,
    },
    /// Another identity's account in the same target: `{ reference: manager }`.
    Reference(ReferenceTo),
    /// An expression of the Common Expression Language over `identity`, with `translit`; needs the feature `cel`.
    Cel(String),
}

/// A table from one value to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupTable {
    /// What is looked up.
    pub of: Expression,
    /// The table; texts are compared without regard to ASCII case.
    pub table: BTreeMap<String, Value>,
    /// What everything else becomes; without it, absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
}

/// Whose account is pointed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReferenceTo {
    /// The manager of the main engagement; the owner of a workload.
    Manager,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Raw {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<AttrPath>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "any_value")]
    value: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    join: Option<Vec<Expression>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    with: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<Vec<Expression>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    map: Option<Box<LookupTable>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transliterate: Option<Box<Expression>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower: Option<Box<Expression>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper: Option<Box<Expression>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slug: Option<Box<Expression>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<Box<Expression>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chars: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<ReferenceTo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cel: Option<String>,
}

fn any_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Raw {
    fn into_expression(self) -> Result<Expression, &'static str> {
        let with = self.with;
        let chars = self.chars;
        let mut found = [
            self.path.map(Expression::Path),
            self.value.map(Expression::Value),
            self.join.map(|parts| Expression::Join { parts, with: with.clone().unwrap_or_default() }),
            self.first.map(Expression::First),
            self.map.map(Expression::Map),
            self.transliterate.map(Expression::Transliterate),
            self.lower.map(Expression::Lower),
            self.upper.map(Expression::Upper),
            self.slug.map(Expression::Slug),
            self.prefix.map(|of| Expression::Prefix { of, chars: chars.unwrap_or(1) }),
            self.reference.map(Expression::Reference),
            self.cel.map(Expression::Cel),
        ]
        .into_iter()
        .flatten();
        let first = found.next().ok_or("expected one of `path`, `value`, `join`, `first`, `map`, `transliterate`, `lower`, `upper`, `slug`, `prefix`, `reference`, `cel`")?;
        if found.next().is_some() {
            return Err("expected one expression, found several in one map");
        }
        if with.is_some() && !matches!(first, Expression::Join { .. }) {
            return Err("`with` goes with `join` only");
        }
        if chars.is_some() && !matches!(first, Expression::Prefix { .. }) {
            return Err("`chars` goes with `prefix` only");
        }
        Ok(first)
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut raw = Raw::default();
        match self.clone() {
            Self::Path(path) => return path.serialize(serializer),
            Self::Value(value) => raw.value = Some(value),
            Self::Join { parts, with } => (raw.join, raw.with) = (Some(parts), Some(with)),
            Self::First(all) => raw.first = Some(all),
            Self::Map(map) => raw.map = Some(map),
            Self::Transliterate(of) => raw.transliterate = Some(of),
            Self::Lower(of) => raw.lower = Some(of),
            Self::Upper(of) => raw.upper = Some(of),
            Self::Slug(of) => raw.slug = Some(of),
            Self::Prefix { of, chars } => (raw.prefix, raw.chars) = (Some(of), Some(chars)),
            Self::Reference(to) => raw.reference = Some(to),
            Self::Cel(text) => raw.cel = Some(text),
        }
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Expression;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path such as `name.givenName`, or a map such as `{ join: [name.givenName, name.familyName] }`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Expression, E> {
                AttrPath::parse(text).map(Expression::Path).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Expression, A::Error> {
                Raw::deserialize(MapAccessDeserializer::new(map))?.into_expression().map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_any(Either)
    }
}
