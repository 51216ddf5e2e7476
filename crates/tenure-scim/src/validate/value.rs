//! Whether one value has the type of its attribute.

use crate::datetime::Instant;
use crate::error::ScimError;
use crate::schema::{Attribute, AttributeType};
use crate::value::ValueRef;

use super::Canonical;

/// Checks a single value of a simple attribute; `path` is for the message.
pub(super) fn check(
    attribute: &Attribute,
    value: ValueRef<'_>,
    canonical: Canonical,
    path: &dyn Fn() -> String,
) -> Result<(), ScimError> {
    let fits = match (attribute.kind, value) {
        (AttributeType::String | AttributeType::Reference, ValueRef::String(_))
        | (AttributeType::Boolean, ValueRef::Bool(_))
        | (AttributeType::Decimal, ValueRef::Number(_)) => true,
        (AttributeType::Integer, ValueRef::Number(number)) => number.is_integer(),
        (AttributeType::DateTime, ValueRef::String(text)) => Instant::parse(text).is_some(),
        (AttributeType::Binary, ValueRef::String(text)) => is_base64(text),
        _ => false,
    };
    if !fits {
        return Err(wrong_type(attribute, value, &path()));
    }
    if canonical == Canonical::Enforce
        && let ValueRef::String(text) = value
        && !is_canonical(attribute, text)
    {
        let expected = attribute.canonical_values.join("`, `");
        return Err(ScimError::invalid_value(format!(
            "expected `{expected}` for `{}`, found `{text}`",
            path()
        )));
    }
    Ok(())
}

pub(super) fn wrong_type(attribute: &Attribute, value: ValueRef<'_>, path: &str) -> ScimError {
    let expected = match attribute.kind {
        AttributeType::String => "a string",
        AttributeType::Boolean => "a boolean",
        AttributeType::Decimal => "a number",
        AttributeType::Integer => "a whole number without fraction and exponent",
        AttributeType::DateTime => "a dateTime such as `2011-05-13T04:42:34Z`",
        AttributeType::Binary => "base64",
        AttributeType::Reference => "a URI",
        AttributeType::Complex => "an object",
    };
    let found = match value {
        ValueRef::String(_) if attribute.kind == AttributeType::String => "text".to_owned(),
        ValueRef::String(text) => format!("`{}`", shortened(text)),
        ValueRef::Number(number) => format!("`{}`", shortened(number.as_str())),
        other => other.type_name().to_owned(),
    };
    ScimError::invalid_value(format!("expected {expected} for `{path}`, found {found}"))
}

fn is_canonical(attribute: &Attribute, text: &str) -> bool {
    let same = |value: &String| {
        if attribute.is_case_exact() { value == text } else { value.eq_ignore_ascii_case(text) }
    };
    attribute.canonical_values.is_empty() || attribute.canonical_values.iter().any(same)
}

fn shortened(text: &str) -> &str {
    text.char_indices().nth(64).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// Spec: RFC 7643 section 2.3.6: either alphabet, padding optional.
fn is_base64(text: &str) -> bool {
    let data = text.trim_end_matches('=');
    let padding = text.len() - data.len();
    let rest = data.len() % 4;
    let plain = data.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
    let url = data.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    (plain || url)
        && rest != 1
        && (padding == 0 || (padding <= 2 && (data.len() + padding).is_multiple_of(4)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc7643_2_3_6_base64_with_and_without_padding() {
        for text in ["", "Zg==", "Zg", "Zm8=", "Zm8", "Zm9v", "-_-_", "+/+/"] {
            assert!(is_base64(text), "{text}");
        }
        for text in ["Z", "Zg=", "Zg===", "Zm9v=", "Zm 9v", "+_+_", "=", "é"] {
            assert!(!is_base64(text), "{text}");
        }
    }
}
