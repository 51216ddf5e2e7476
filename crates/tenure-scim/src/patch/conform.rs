//! Checking a value against its attribute, and bringing a peer's way of writing it into form.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use crate::datetime::Instant;
use crate::error::ScimError;
use crate::filter::type_name;
use crate::profile::{Fired, Profile, Tolerance};
use crate::schema::{Attribute, AttributeType, Mutability};
use crate::value::NumberRef;

/// Checks values with the tolerances of a profile.
pub(crate) struct Conform<'p> {
    pub(crate) profile: &'p Profile,
    pub(crate) fired: &'p mut Fired,
}

impl Conform<'_> {
    fn tolerates(&mut self, tolerance: Tolerance) -> bool {
        let allowed = self.profile.allows(tolerance);
        if allowed {
            self.fired.record(tolerance);
        }
        allowed
    }

    /// The values of a multi-valued attribute; a single one counts as a list of one.
    pub(crate) fn many<'v>(
        &mut self,
        value: &'v Value,
        attribute: &Attribute,
    ) -> Result<Vec<Cow<'v, Value>>, ScimError> {
        let mut values = match value {
            Value::Null => Vec::new(),
            Value::Array(values) => {
                values.iter().map(|v| self.one(v, attribute, "")).collect::<Result<_, _>>()?
            }
            single => vec![self.one(single, attribute, "")?],
        };
        values.retain(|v| has_state(v));
        self.single_primary(&mut values, attribute)?;
        Ok(values)
    }

    /// The value of a singular attribute; `within` is the attribute that it is a sub-attribute of.
    pub(crate) fn single<'v>(
        &mut self,
        value: &'v Value,
        attribute: &Attribute,
        within: &str,
    ) -> Result<Cow<'v, Value>, ScimError> {
        match value {
            Value::Array(values) if values.is_empty() => Ok(Cow::Owned(Value::Null)),
            Value::Array(values) => match values.as_slice() {
                [only] if self.tolerates(Tolerance::ValueSingularArray) => self.one(only, attribute, within),
                _ => Err(wrong(attribute, within, value)),
            },
            value => self.one(value, attribute, within),
        }
    }

    /// One value, or one element of many; `within` is the attribute that this is a sub-attribute of.
    pub(crate) fn one<'v>(
        &mut self,
        value: &'v Value,
        attribute: &Attribute,
        within: &str,
    ) -> Result<Cow<'v, Value>, ScimError> {
        let same = Ok(Cow::Borrowed(value));
        match (attribute.kind, value) {
            (_, Value::Null) => same,
            (AttributeType::Complex, Value::Object(members)) => self.complex(value, members, attribute),
            (AttributeType::Complex, Value::String(text)) => {
                self.complex_text(text, value, attribute, within)
            }
            (AttributeType::Boolean, Value::Bool(_)) => same,
            (AttributeType::Boolean, Value::String(text)) => match text.to_ascii_lowercase().as_str() {
                "true" if self.tolerates(Tolerance::ValueBooleanText) => Ok(Cow::Owned(Value::Bool(true))),
                "false" if self.tolerates(Tolerance::ValueBooleanText) => Ok(Cow::Owned(Value::Bool(false))),
                _ => Err(wrong(attribute, within, value)),
            },
            (AttributeType::Integer, Value::Number(number)) if is_whole(number) => same,
            (AttributeType::Decimal, Value::Number(_)) => same,
            (AttributeType::String | AttributeType::Reference, Value::String(text)) => {
                self.canonical(text, attribute, within)?;
                same
            }
            (AttributeType::DateTime, Value::String(text)) if Instant::parse(text).is_some() => same,
            (AttributeType::Binary, Value::String(text)) if is_base64(text) => same,
            (_, Value::Object(members)) if attribute.multi_valued && within.is_empty() => {
                match members.iter().find(|(k, _)| k.eq_ignore_ascii_case("value")) {
                    Some((_, inner)) if self.tolerates(Tolerance::ValueSimpleObject) => {
                        self.one(inner, attribute, within)
                    }
                    _ => Err(wrong(attribute, within, value)),
                }
            }
            _ => Err(wrong(attribute, within, value)),
        }
    }

    fn canonical(&self, text: &str, attribute: &Attribute, within: &str) -> Result<(), ScimError> {
        let listed = attribute.canonical_values.is_empty()
            || attribute
                .canonical_values
                .iter()
                .any(|c| if attribute.is_case_exact() { c == text } else { c.eq_ignore_ascii_case(text) });
        if listed || !self.profile.enforces_canonical_values() {
            return Ok(());
        }
        let expected: Vec<_> = attribute.canonical_values.iter().map(|c| format!("`{c}`")).collect();
        Err(ScimError::invalid_value(format!(
            "expected one of {} for `{}`, found `{text}`",
            expected.join(", "),
            qualified(attribute, within)
        )))
    }

    /// Drops what a client may not write, and checks the rest; unknown sub-attributes are kept.
    fn complex<'v>(
        &mut self,
        value: &'v Value,
        members: &'v Map<String, Value>,
        attribute: &Attribute,
    ) -> Result<Cow<'v, Value>, ScimError> {
        let unpacked = self.json_text(members)?;
        let members = unpacked.as_ref().unwrap_or(members);
        let mut replaced: Option<Map<String, Value>> = unpacked.clone();
        for (key, inner) in members {
            let Some(sub) = attribute.sub_attributes.iter().find(|s| s.name == *key.as_str()) else {
                continue;
            };
            // SPEC: RFC 7643 section 7: a client's value for a read-only attribute is ignored.
            if sub.mutability == Mutability::ReadOnly {
                replaced.get_or_insert_with(|| members.clone()).remove(key);
                continue;
            }
            let checked = self.sub_value(inner, sub, attribute)?;
            if let Cow::Owned(checked) = checked {
                replaced.get_or_insert_with(|| members.clone()).insert(key.clone(), checked);
            }
        }
        Ok(match replaced {
            Some(members) => Cow::Owned(Value::Object(members)),
            None => Cow::Borrowed(value),
        })
    }

    /// A value for one sub-attribute.
    pub(crate) fn sub_value<'v>(
        &mut self,
        value: &'v Value,
        sub: &Attribute,
        attribute: &Attribute,
    ) -> Result<Cow<'v, Value>, ScimError> {
        let within = attribute.name.as_str();
        match value {
            Value::Array(values) if sub.multi_valued => {
                for value in values {
                    self.one(value, sub, within)?;
                }
                Ok(Cow::Borrowed(value))
            }
            value => self.one(value, sub, within),
        }
    }

    fn complex_text<'v>(
        &mut self,
        text: &'v str,
        value: &'v Value,
        attribute: &Attribute,
        within: &str,
    ) -> Result<Cow<'v, Value>, ScimError> {
        let has_value = attribute.sub_attributes.iter().any(|s| s.name == "value");
        if attribute.multi_valued || !has_value || !self.tolerates(Tolerance::ValueComplexText) {
            return Err(wrong(attribute, within, value));
        }
        Ok(Cow::Owned(match text {
            "" => Value::Null,
            text => serde_json::json!({ "value": text }),
        }))
    }

    /// The object that the text in `value` holds.
    fn json_text(&mut self, members: &Map<String, Value>) -> Result<Option<Map<String, Value>>, ScimError> {
        let text = members.iter().find_map(|(k, v)| v.as_str().filter(|_| k.eq_ignore_ascii_case("value")));
        match text.filter(|t| t.trim_start().starts_with('{')).map(serde_json::from_str) {
            Some(Ok(Value::Object(inner))) if self.tolerates(Tolerance::ValueJsonText) => {
                let mut members = members.clone();
                members.retain(|k, _| !k.eq_ignore_ascii_case("value"));
                members.extend(inner);
                Ok(Some(members))
            }
            _ => Ok(None),
        }
    }

    /// At most one value is primary (RFC 7643 section 2.4).
    fn single_primary(
        &mut self,
        values: &mut [Cow<'_, Value>],
        attribute: &Attribute,
    ) -> Result<(), ScimError> {
        let mut seen = false;
        for value in values {
            let Some(key) = primary_key(value) else { continue };
            if std::mem::replace(&mut seen, true) {
                if !self.tolerates(Tolerance::ValueManyPrimaries) {
                    return Err(ScimError::invalid_value(format!(
                        "expected at most one primary value in `{}`, found several",
                        attribute.name
                    )));
                }
                if let Value::Object(members) = value.to_mut() {
                    members.insert(key, Value::Bool(false));
                }
            }
        }
        Ok(())
    }
}

/// The key under which a value says that it is primary.
pub(super) fn primary_key(value: &Value) -> Option<String> {
    let members = value.as_object()?;
    members
        .iter()
        .find(|(k, v)| k.eq_ignore_ascii_case("primary") && **v == Value::Bool(true))
        .map(|(k, _)| k.clone())
}

/// Whether a value counts as assigned (RFC 7643 section 2.5).
pub(super) fn has_state(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(values) => !values.is_empty(),
        Value::Object(members) => members.values().any(has_state),
        _ => true,
    }
}

/// Refuses a new complex value that lacks a required part.
pub(super) fn require_subs(value: &Value, attribute: &Attribute) -> Result<(), ScimError> {
    let Value::Object(members) = value else { return Ok(()) };
    for sub in attribute.sub_attributes.iter().filter(|s| s.required && s.mutability != Mutability::ReadOnly)
    {
        if !members.iter().any(|(k, v)| sub.name == *k.as_str() && has_state(v)) {
            let name = qualified(sub, attribute.name.as_str());
            return Err(ScimError::invalid_value(format!(
                "expected a value for `{name}`, which is required"
            )));
        }
    }
    Ok(())
}

fn qualified(attribute: &Attribute, within: &str) -> String {
    if within.is_empty() { attribute.name.to_string() } else { format!("{within}.{}", attribute.name) }
}

fn wrong(attribute: &Attribute, within: &str, value: &Value) -> ScimError {
    let expected = match attribute.kind {
        AttributeType::Complex => "an object",
        AttributeType::Binary => "base64 text",
        AttributeType::DateTime => "a date and time like `2026-01-31T00:00:00Z`",
        kind => type_name(kind),
    };
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    let found = match (attribute.kind, value) {
        (AttributeType::Binary | AttributeType::DateTime, Value::String(_)) => "other text",
        (AttributeType::Integer, Value::Number(_)) => "a number with a fraction or exponent",
        _ => found,
    };
    ScimError::invalid_value(format!(
        "expected {expected} for `{}`, found {found}",
        qualified(attribute, within)
    ))
}

/// Whether a number is written without fraction and exponent; without `exact-numbers` only those of 64 bits are.
fn is_whole(number: &Number) -> bool {
    number.is_i64() || number.is_u64() || NumberRef::new(&number.to_string()).is_integer()
}

/// Base64 of RFC 4648 section 4, padded or not (RFC 7643 section 2.3.6).
fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    body.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
        && body.len() % 4 != 1
        && (padding == 0 || (padding <= 2 && text.len().is_multiple_of(4)))
}
