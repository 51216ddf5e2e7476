//! Evaluates expressions over an identity's attributes: absent, null or a value.

use std::borrow::Cow;

use serde_json::Value;
use tenure_scim::{AttrPath, Resource, ValueRef};

use super::{Expression, ReferenceTo, transliterate};
use crate::compile::Compiler;
#[cfg(not(feature = "cel"))]
use crate::error::PolicyError;

/// An expression whose paths are resolved.
#[derive(Clone, Debug)]
pub(crate) enum CompiledExpression {
    Path(AttrPath),
    Value(Value),
    Join {
        parts: Vec<CompiledExpression>,
        with: String,
    },
    First(Vec<CompiledExpression>),
    Map {
        of: Box<CompiledExpression>,
        table: Vec<(String, Value)>,
        default: Option<Value>,
    },
    Text(TextStep, Box<CompiledExpression>),
    Reference(ReferenceTo),
    #[cfg(feature = "cel")]
    Cel(super::cel::Program),
    /// Could not be compiled; the error is reported.
    Broken,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum TextStep {
    Transliterate,
    Lower,
    Upper,
    Slug,
    Prefix(usize),
}

/// The three answers of an expression; `Failed` is a run-time fault with its reason.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Absent,
    Null,
    Value(Value),
    #[cfg_attr(not(feature = "cel"), expect(dead_code, reason = "only an expression of `cel` can fail"))]
    Failed(String),
}

impl Answer {
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Value(Value::String(text)) => Some(text.clone()),
            Self::Value(Value::Number(number)) => Some(number.to_string()),
            Self::Value(Value::Bool(value)) => Some(value.to_string()),
            _ => None,
        }
    }

    fn of(value: Option<ValueRef<'_>>) -> Self {
        match value {
            None => Self::Absent,
            Some(ValueRef::Null) => Self::Null,
            Some(value) => Self::Value(value.to_json()),
        }
    }
}

impl CompiledExpression {
    pub(crate) fn new(expression: &Expression, path: &str, compiler: &mut Compiler<'_>) -> Self {
        let mut one = |inner: &Expression| Box::new(Self::new(inner, path, compiler));
        match expression {
            Expression::Path(attribute) => {
                compiler.check_attribute(path, attribute).map_or(Self::Broken, Self::Path)
            }
            Expression::Value(value) => Self::Value(value.clone()),
            Expression::Join { parts, with } => Self::Join {
                parts: parts.iter().map(|part| Self::new(part, path, compiler)).collect(),
                with: with.clone(),
            },
            Expression::First(all) => {
                Self::First(all.iter().map(|part| Self::new(part, path, compiler)).collect())
            }
            Expression::Map(map) => Self::Map {
                of: one(&map.of),
                table: map
                    .table
                    .iter()
                    .map(|(key, value)| (key.to_ascii_lowercase(), value.clone()))
                    .collect(),
                default: map.default.clone(),
            },
            Expression::Transliterate(of) => Self::Text(TextStep::Transliterate, one(of)),
            Expression::Lower(of) => Self::Text(TextStep::Lower, one(of)),
            Expression::Upper(of) => Self::Text(TextStep::Upper, one(of)),
            Expression::Slug(of) => Self::Text(TextStep::Slug, one(of)),
            Expression::Prefix { of, chars } => Self::Text(TextStep::Prefix(*chars), one(of)),
            Expression::Reference(to) => Self::Reference(*to),
            #[cfg(feature = "cel")]
            Expression::Cel(text) => {
                super::cel::Program::compile(text, path, compiler).map_or(Self::Broken, Self::Cel)
            }
            #[cfg(not(feature = "cel"))]
            Expression::Cel(_) => {
                let error = PolicyError::new(path, "cannot read `cel`: this build has not the feature `cel`");
                compiler.error(error);
                Self::Broken
            }
        }
    }

    /// The value for an identity with these attributes.
    pub(crate) fn evaluate(&self, identity: &Resource) -> Answer {
        match self {
            Self::Path(path) => at(identity, path),
            Self::Value(Value::Null) => Answer::Null,
            Self::Value(value) => Answer::Value(value.clone()),
            Self::Join { parts, with } => {
                let texts: Vec<String> =
                    parts.iter().filter_map(|part| part.evaluate(identity).text()).collect();
                if texts.is_empty() { Answer::Absent } else { Answer::Value(Value::String(texts.join(with))) }
            }
            Self::First(all) => {
                let mut last = Answer::Absent;
                for part in all {
                    match part.evaluate(identity) {
                        Answer::Value(Value::String(text)) if text.is_empty() => {}
                        Answer::Absent => {}
                        Answer::Null => last = Answer::Null,
                        found => return found,
                    }
                }
                last
            }
            Self::Map { of, table, default } => {
                let found = of.evaluate(identity).text().and_then(|text| {
                    let key = text.to_ascii_lowercase();
                    table.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
                });
                match found.or(default.as_ref()) {
                    None => Answer::Absent,
                    Some(Value::Null) => Answer::Null,
                    Some(value) => Answer::Value(value.clone()),
                }
            }
            Self::Text(step, of) => match of.evaluate(identity) {
                Answer::Value(Value::String(text)) => {
                    Answer::Value(Value::String(step.apply(&text).into_owned()))
                }
                other => other,
            },
            Self::Reference(_) | Self::Broken => Answer::Absent,
            #[cfg(feature = "cel")]
            Self::Cel(program) => program.run(identity),
        }
    }

    /// The paths it reads. False when it may read others too.
    pub(crate) fn collect_paths(&self, out: &mut Vec<AttrPath>) -> bool {
        match self {
            Self::Path(path) => {
                out.push(path.clone());
                true
            }
            Self::Join { parts, .. } | Self::First(parts) => {
                parts.iter().fold(true, |known, part| part.collect_paths(out) && known)
            }
            Self::Map { of, .. } | Self::Text(_, of) => of.collect_paths(out),
            Self::Value(_) | Self::Reference(_) | Self::Broken => true,
            #[cfg(feature = "cel")]
            Self::Cel(_) => false,
        }
    }

    pub(crate) fn reference(&self) -> Option<ReferenceTo> {
        match self {
            Self::Reference(to) => Some(*to),
            _ => None,
        }
    }
}

impl TextStep {
    fn apply(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Transliterate => transliterate(text),
            Self::Lower => Cow::Owned(text.to_lowercase()),
            Self::Upper => Cow::Owned(text.to_uppercase()),
            Self::Slug => Cow::Owned(slug(text)),
            Self::Prefix(chars) => {
                let end = text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
                Cow::Borrowed(text.get(..end).unwrap_or(text))
            }
        }
    }
}

/// ASCII letters, digits, `.`, `-` and `_` in lower case; everything else is left out.
fn slug(text: &str) -> String {
    transliterate(text)
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// The value at a path. In a multi-valued attribute a sub-attribute is taken from the primary element, else the first.
fn at(identity: &Resource, path: &AttrPath) -> Answer {
    match path.sub() {
        None => Answer::of(identity.get(path)),
        Some(sub) => match identity.get(&path.parent()) {
            Some(ValueRef::Array(list)) => {
                let is_primary = |element: &ValueRef<'_>| {
                    element.as_object().and_then(|object| object.get("primary")).and_then(ValueRef::as_bool)
                        == Some(true)
                };
                let element = list.iter().find(is_primary).or_else(|| list.iter().next());
                Answer::of(element.and_then(ValueRef::as_object).and_then(|object| object.get(sub.as_str())))
            }
            Some(ValueRef::Object(object)) => Answer::of(object.get(sub.as_str())),
            Some(ValueRef::Null) => Answer::Null,
            _ => Answer::Absent,
        },
    }
}
