//! Reads bodies as peers really write them.

use bytes::Bytes;
use serde_json::{Map, Value};
use tenure_scim::{Resource, ScimError};

use crate::{Certainty, ClientError, ErrorKind, Result};

const LONGEST_DETAIL: usize = 500;

/// The member with this name, in any case.
pub(crate) fn member<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(name).or_else(|| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v))
}

/// A whole number, also one written as text.
pub(crate) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// The peer's SCIM error, with the status of the answer, which counts more than the one in the body.
pub(crate) fn error(status: u16, bytes: &[u8]) -> Option<ScimError> {
    let Value::Object(mut map) = serde_json::from_slice(bytes).ok()? else { return None };
    if !["detail", "scimType", "status", "schemas"].iter().any(|name| member(&map, name).is_some()) {
        return None;
    }
    map.retain(|key, _| !key.eq_ignore_ascii_case("status"));
    map.insert("status".to_owned(), status.to_string().into());
    let scim: ScimError = serde_json::from_value(Value::Object(map)).ok()?;
    let detail = scim.detail().chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_DETAIL);
    Some(ScimError::from_parts(status, scim.scim_type().cloned(), detail.collect::<String>()))
}

/// The JSON object in an answer.
pub(crate) fn object(bytes: &Bytes, certainty: Certainty) -> Result<Map<String, Value>> {
    let wrong = |what: &str| {
        ClientError::new(ErrorKind::Protocol, certainty, format!("expected a JSON object, found {what}"))
    };
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(wrong("another JSON value")),
        Err(_) if bytes.is_empty() => Err(wrong("nothing")),
        Err(error) => Err(wrong("no JSON").with_source(std::sync::Arc::new(error))),
    }
}

/// The resource in an answer.
pub(crate) fn resource(bytes: &Bytes, certainty: Certainty) -> Result<Resource> {
    let map = object(bytes, certainty)?;
    Resource::from_json(Value::Object(map)).map_err(|error| {
        ClientError::new(ErrorKind::Protocol, certainty, "expected a resource")
            .with_source(std::sync::Arc::new(error))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_read_as_peers_write_them() {
        let check = |body: &str, expected: Option<&str>| {
            assert_eq!(error(409, body.as_bytes()).map(|e| e.to_string()).as_deref(), expected, "{body}");
        };
        check(
            r#"{"schemas":["x"],"status":"409","scimType":"uniqueness","detail":"taken"}"#,
            Some("409 uniqueness: taken"),
        );
        check(r#"{"status":400,"detail":"a\nb"}"#, Some("409: a b"));
        check(r#"{"Detail":"D","ScimType":"UNIQUENESS","code":7}"#, Some("409 uniqueness: D"));
        check(r#"{"message":"no SCIM"}"#, None);
        check("<html>", None);
        check("[]", None);
    }
}
