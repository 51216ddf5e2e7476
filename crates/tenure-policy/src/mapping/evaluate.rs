//! Evaluates expressions over an identity's attributes: absent, null or a value.

use std::borrow::Cow;
use std::fmt::Display;

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
}

impl CompiledExpression {
    pub(crate) fn new(expression: &Expression, path: &dyn Display, compiler: &mut Compiler<'_>) -> Self {
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
                let error = PolicyError::new(
                    path.to_string(),
                    "cannot read `cel`: this build has not the feature `cel`",
                );
                compiler.error(error);
                Self::Broken
            }
        }
    }

    /// The value for an identity with these attributes.
    pub(crate) fn evaluate(&self, identity: &Resource) -> Answer {
        match self.see(identity) {
            Seen::Absent => Answer::Absent,
            Seen::Null => Answer::Null,
            Seen::Text(text) => Answer::Value(Value::String(text.into_owned())),
            Seen::Inside(value) => Answer::Value(value.to_json()),
            Seen::Fixed(value) => Answer::Value(value.clone()),
            #[cfg(feature = "cel")]
            Seen::Made(answer) => answer,
        }
    }

    /// As `evaluate`, without copying what lies in the identity or in the policy.
    fn see<'a>(&'a self, identity: &'a Resource) -> Seen<'a> {
        match self {
            Self::Path(path) => Seen::of(at(identity, path)),
            Self::Value(value) => Seen::fixed(value),
            Self::Join { parts, with } => {
                let mut out = String::with_capacity(USUAL);
                let mut any = false;
                for part in parts {
                    let before = out.len();
                    if any {
                        out.push_str(with);
                    }
                    if part.push(identity, &mut out) {
                        any = true;
                    } else {
                        out.truncate(before);
                    }
                }
                if any { Seen::Text(Cow::Owned(out)) } else { Seen::Absent }
            }
            Self::First(all) => {
                let mut last = Seen::Absent;
                for part in all {
                    match part.see(identity) {
                        Seen::Text(text) if text.is_empty() => {}
                        Seen::Absent => {}
                        Seen::Null => last = Seen::Null,
                        found => return found,
                    }
                }
                last
            }
            Self::Map { of, table, default } => {
                let found = of.see(identity).text().and_then(|text| {
                    table.iter().find(|(known, _)| known.eq_ignore_ascii_case(&text)).map(|(_, value)| value)
                });
                found.or(default.as_ref()).map_or(Seen::Absent, Seen::fixed)
            }
            Self::Text(step, of) => match of.see(identity) {
                Seen::Text(text) => {
                    let mut out = String::with_capacity(text.len());
                    step.push(&text, &mut out);
                    Seen::Text(Cow::Owned(out))
                }
                other => other,
            },
            Self::Reference(_) | Self::Broken => Seen::Absent,
            #[cfg(feature = "cel")]
            Self::Cel(program) => Seen::Made(program.run(identity)),
        }
    }

    /// Writes the text; false when there is none.
    fn push(&self, identity: &Resource, out: &mut String) -> bool {
        if let Self::Text(step, of) = self
            && let Seen::Text(text) = of.see(identity)
        {
            step.push(&text, out);
            return true;
        }
        let text = self.see(identity);
        let text = text.text();
        if let Some(text) = &text {
            out.push_str(text);
        }
        text.is_some()
    }

    /// The paths it reads. False when it may read others too.
    pub(crate) fn collect_paths(&self, out: &mut Vec<AttrPath>) -> bool {
        match self {
            Self::Path(path) => {
                out.push(path.clone());
                true
            }
            Self::Join { parts, .. } | Self::First(parts) => {
                let mut known = true;
                for part in parts {
                    known &= part.collect_paths(out);
                }
                known
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

/// An answer that is copied only where it is kept.
enum Seen<'a> {
    Absent,
    Null,
    Text(Cow<'a, str>),
    /// In the identity, and no text.
    Inside(ValueRef<'a>),
    /// In the policy, and no text.
    Fixed(&'a Value),
    #[cfg(feature = "cel")]
    Made(Answer),
}

impl<'a> Seen<'a> {
    fn of(value: Option<ValueRef<'a>>) -> Self {
        match value {
            None => Self::Absent,
            Some(ValueRef::Null) => Self::Null,
            Some(ValueRef::String(text)) => Self::Text(Cow::Borrowed(text)),
            Some(value) => Self::Inside(value),
        }
    }

    fn fixed(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            value => Self::Fixed(value),
        }
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Fixed(value) => Answer::Value((*value).clone()).text().map(Cow::Owned),
            Self::Inside(value) => Answer::Value(value.to_json()).text().map(Cow::Owned),
            #[cfg(feature = "cel")]
            Self::Made(answer) => answer.text().map(Cow::Owned),
            Self::Absent | Self::Null => None,
        }
    }
}

impl TextStep {
    fn push(self, text: &str, out: &mut String) {
        let start = out.len();
        match self {
            Self::Transliterate => out.push_str(&transliterate(text)),
            Self::Lower if text.is_ascii() => {
                out.push_str(text);
                lower_from(out, start);
            }
            Self::Lower => out.push_str(&text.to_lowercase()),
            Self::Upper => out.push_str(&text.to_uppercase()),
            Self::Slug => {
                let plain = transliterate(text);
                if plain.bytes().all(is_slug) {
                    out.push_str(&plain);
                } else {
                    out.extend(plain.chars().filter(|c| u8::try_from(*c).is_ok_and(is_slug)));
                }
                lower_from(out, start);
            }
            Self::Prefix(chars) => {
                let end = text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
                out.push_str(text.get(..end).unwrap_or(text));
            }
        }
    }
}

fn lower_from(out: &mut str, start: usize) {
    if let Some(added) = out.get_mut(start..) {
        added.make_ascii_lowercase();
    }
}

/// ASCII letters, digits, `.`, `-` and `_`; a slug leaves everything else out.
fn is_slug(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}

/// The value at a path. In a multi-valued attribute a sub-attribute is taken from the primary element, else the first.
fn at<'a>(identity: &'a Resource, path: &'a AttrPath) -> Option<ValueRef<'a>> {
    let Some(sub) = path.sub() else { return identity.get(path) };
    if let Some(value) = identity.get(path) {
        return Some(value);
    }
    match identity.get(&path.parent()) {
        Some(ValueRef::Array(list)) => {
            let is_primary = |element: &ValueRef<'_>| {
                element.as_object().and_then(|object| object.get("primary")).and_then(ValueRef::as_bool)
                    == Some(true)
            };
            let element = list.iter().find(is_primary).or_else(|| list.iter().next());
            element.and_then(ValueRef::as_object).and_then(|object| object.named(sub))
        }
        Some(ValueRef::Null) => Some(ValueRef::Null),
        _ => None,
    }
}

/// Room for what is usually joined.
const USUAL: usize = 48;
