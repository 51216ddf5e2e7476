use chrono::{DateTime, Utc};
use serde_json::Value;
use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result};

use crate::Answer;

/// A text at a JSON pointer; `None` for nothing and for an empty one.
#[must_use]
pub fn text<'a>(item: &'a Value, at: &str) -> Option<&'a str> {
    item.pointer(at)?.as_str().filter(|text| !text.is_empty())
}

/// A text that has to be there.
///
/// # Errors
///
/// `Protocol`, when it is not.
pub fn need_text<'a>(item: &'a Value, at: &str) -> Result<&'a str> {
    text(item, at).ok_or_else(|| protocol(&format!("expected a text at `{at}` of the answer, found none")))
}

/// A whole number at a JSON pointer.
#[must_use]
pub fn number(item: &Value, at: &str) -> Option<u64> {
    item.pointer(at)?.as_u64()
}

/// Whether a flag at a JSON pointer is set.
#[must_use]
pub fn is(item: &Value, at: &str) -> bool {
    item.pointer(at) == Some(&Value::Bool(true))
}

/// An id at a JSON pointer, which vendors write as a number or as a text.
///
/// # Errors
///
/// `Protocol`, when it is not there.
pub fn id_text(item: &Value, at: &str) -> Result<String> {
    match item.pointer(at) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => Err(protocol(&format!("expected an id at `{at}` of the answer, found none"))),
    }
}

/// An id as a number, when it is one: many systems that show numbers take nothing else.
#[must_use]
pub fn as_number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| id.into(), Value::from)
}

/// The list at a JSON pointer; no list is an empty one, because many vendors leave empty lists out.
///
/// # Errors
///
/// `Protocol`, when something else stands there.
pub fn items<'a>(body: &'a Value, at: &str) -> Result<&'a [Value]> {
    match body.pointer(at) {
        Some(Value::Array(items)) => Ok(items),
        None | Some(Value::Null) => Ok(&[]),
        Some(_) => Err(protocol(&format!("expected a list at `{at}` of the answer, found something else"))),
    }
}

/// The texts of the list at a JSON pointer, such as scopes.
///
/// # Errors
///
/// As [`items`].
pub fn texts(body: &Value, at: &str) -> Result<Vec<String>> {
    Ok(items(body, at)?.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// A moment as RFC 3339 has it.
#[must_use]
pub fn moment(item: &Value, at: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text(item, at)?).ok().map(|at| at.to_utc())
}

/// When the system answered, by its own clock.
///
/// # Errors
///
/// `Protocol`, when it does not say.
pub fn answered_at(answer: &Answer) -> Result<DateTime<Utc>> {
    let date = answer.headers.get("date").and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    date.map(|date| date.to_utc()).ok_or_else(|| protocol("expected a `Date` in the answer, found none"))
}

/// An answer that is not what was expected.
#[must_use]
pub fn protocol(detail: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Protocol, Certainty::NotAttempted).with_detail(detail)
}
