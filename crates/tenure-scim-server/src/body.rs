//! Reading a request body: size, content type, UTF-8, depth, duplicate members.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::Value;
use tenure_scim::value::rounded;
use tenure_scim::{ParseLimits, Resource, ScimError, ValueRef};

use crate::config::Limits;

/// The body of a request that says what a resource is to be.
#[derive(Debug, Clone)]
pub(crate) enum Sent {
    /// Read at once, without a tree in between.
    Resource(Resource),
    /// Part of a larger body, or nothing that a resource can be read from at once.
    Value(Value),
}

impl Sent {
    /// The resource, if it is one.
    pub(crate) fn resource(self) -> Result<Resource, ScimError> {
        match self {
            Self::Resource(resource) => Ok(resource),
            Self::Value(value) => {
                Resource::from_json(value).map_err(|error| ScimError::invalid_syntax(error.to_string()))
            }
        }
    }
}

/// Reads a JSON body that describes a resource.
pub(crate) fn sent(
    headers: &HeaderMap,
    body: &Bytes,
    max: usize,
    limits: &Limits,
) -> Result<Sent, ScimError> {
    let bytes = bytes(headers, body, max)?;
    let read = ParseLimits::default().with_max_depth(limits.body_depth);
    match Resource::from_slice_with(bytes, &read) {
        Ok(resource) => {
            resource.as_object().iter().try_for_each(|(_, value)| check_value(value, limits.values))?;
            Ok(Sent::Resource(resource))
        }
        // What is wrong with it is said as of any other body.
        Err(_) => value(text(bytes, limits)?, limits).map(Sent::Value),
    }
}

/// Reads a JSON body.
pub(crate) fn json(
    headers: &HeaderMap,
    body: &Bytes,
    max: usize,
    limits: &Limits,
) -> Result<Value, ScimError> {
    value(text(bytes(headers, body, max)?, limits)?, limits)
}

/// The bytes of a body that may be read.
fn bytes<'b>(headers: &HeaderMap, body: &'b Bytes, max: usize) -> Result<&'b [u8], ScimError> {
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(ScimError::from_parts(415, None, "a compressed body is not supported"));
    }
    if !is_json(headers) {
        return Err(ScimError::from_parts(
            415,
            None,
            "expected the content type `application/scim+json` or `application/json`",
        ));
    }
    if body.len() > max {
        return Err(ScimError::payload_too_large(format!("the body is longer than {max} bytes")));
    }
    Ok(body)
}

/// The text of a body, if it is text within the limits.
fn text<'b>(body: &'b [u8], limits: &Limits) -> Result<&'b str, ScimError> {
    let text = std::str::from_utf8(body).map_err(|error| {
        ScimError::invalid_syntax(format!("the body is not UTF-8 at byte {}", error.valid_up_to()))
    })?;
    check_depth(text, limits.body_depth)?;
    match rounded(text) {
        Some(number) => Err(inexact(number)),
        None => Ok(text),
    }
}

fn value(text: &str, limits: &Limits) -> Result<Value, ScimError> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        ScimError::invalid_syntax(format!(
            "the body is not JSON at line {}, column {}",
            error.line(),
            error.column()
        ))
    })?;
    check_width(&value, limits.values)?;
    Ok(value)
}

/// A body without a content type is read as JSON, as some clients send it so.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else { return true };
    let text = value.to_str().unwrap_or_default();
    let kind = text.split(';').next().unwrap_or_default().trim();
    ["application/scim+json", "application/json", "text/json"]
        .iter()
        .any(|known| kind.eq_ignore_ascii_case(known))
}

/// Counts brackets outside strings before anything is built, so that a depth bomb costs nothing.
fn check_depth(text: &str, max: usize) -> Result<(), ScimError> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > max {
                    return Err(ScimError::invalid_syntax(format!(
                        "the body is nested deeper than {max} levels"
                    )));
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

fn check_width(value: &Value, max: usize) -> Result<(), ScimError> {
    match value {
        Value::Array(items) if items.len() > max => Err(too_wide(max)),
        Value::Array(items) => items.iter().try_for_each(|item| check_width(item, max)),
        Value::Object(object) => object.values().try_for_each(|item| check_width(item, max)),
        _ => Ok(()),
    }
}

/// Refuses lists that are too long and numbers that would be rounded.
fn check_value(value: ValueRef<'_>, max: usize) -> Result<(), ScimError> {
    match value {
        ValueRef::Array(items) if items.len() > max => Err(too_wide(max)),
        ValueRef::Array(items) => items.iter().try_for_each(|item| check_value(item, max)),
        ValueRef::Object(object) => object.iter().try_for_each(|(_, item)| check_value(item, max)),
        ValueRef::Number(number) => rounded(number.as_str()).map_or(Ok(()), |number| Err(inexact(number))),
        _ => Ok(()),
    }
}

fn inexact(number: &str) -> ScimError {
    ScimError::invalid_value(format!(
        "expected whole numbers of 64 bits or doubles, found `{number}`, which would be rounded"
    ))
}

fn too_wide(max: usize) -> ScimError {
    ScimError::payload_too_large(format!("an attribute has more than {max} values"))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(body: &[u8]) -> Result<Value, ScimError> {
        json(
            &HeaderMap::new(),
            &Bytes::copy_from_slice(body),
            1000,
            &Limits { values: 3, ..Limits::default() },
        )
    }

    fn read_resource(body: &[u8]) -> Result<Sent, ScimError> {
        let limits = Limits { values: 3, ..Limits::default() };
        sent(&HeaderMap::new(), &Bytes::copy_from_slice(body), 1000, &limits)
    }

    #[test]
    fn a_resource_is_the_same_with_and_without_a_tree_in_between() {
        let bodies: [&[u8]; 4] = [
            br#"{"userName":"a","active":true,"x":{"n":[1,2.5,null]}}"#,
            br#"{"userName":"a","userName":"b"}"#,
            br#"{"userName":"a","USERNAME":"b","emails":[{"value":"\u00e9"}]}"#,
            b"{}",
        ];
        for body in bodies {
            let by_tree = Sent::Value(read(body).unwrap()).resource().unwrap();
            assert_eq!(read_resource(body).unwrap().resource().unwrap(), by_tree);
        }
        let none = read_resource(b"[]").unwrap().resource().unwrap_err();
        assert_eq!(
            (none.status(), none.detail()),
            (400, "expected an object for a resource, found an array")
        );
    }

    #[test]
    fn hostile_bodies_are_refused_with_their_reason() {
        let bomb = "[".repeat(900);
        let cases: [(&[u8], u16, &str); 7] = [
            (
                b"{\"a\":0.12345678901234567890}",
                400,
                "expected whole numbers of 64 bits or doubles, found `0.12345678901234567890`, which would be rounded",
            ),
            (b"{", 400, "the body is not JSON at line 1, column 1"),
            (b"\"\xff\"", 400, "the body is not UTF-8 at byte 1"),
            (bomb.as_bytes(), 400, "the body is nested deeper than 32 levels"),
            (&[b' '; 1001], 413, "the body is longer than 1000 bytes"),
            (b"{\"a\":[1,2,3,4]}", 413, "an attribute has more than 3 values"),
            (b"", 400, "the body is not JSON at line 1, column 0"),
        ];
        for (body, status, detail) in cases {
            let error = read(body).unwrap_err();
            assert_eq!((error.status(), error.detail()), (status, detail));
            let error = read_resource(body).unwrap_err();
            assert_eq!((error.status(), error.detail()), (status, detail));
        }
    }

    #[test]
    fn brackets_in_strings_are_no_depth() {
        let text = format!("{{\"a\":\"{}\\\"{}\"}}", "[".repeat(100), "{".repeat(100));
        assert!(read(text.as_bytes()).is_ok());
    }

    #[test]
    fn other_content_types_are_refused() {
        let mut headers = HeaderMap::new();
        for (kind, expected) in
            [("text/xml", false), ("application/json; charset=utf-8", true), ("APPLICATION/SCIM+JSON", true)]
        {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            let read = json(&headers, &Bytes::from_static(b"{}"), 10, &Limits::default());
            assert_eq!(read.is_ok(), expected, "{kind}");
        }
    }
}
