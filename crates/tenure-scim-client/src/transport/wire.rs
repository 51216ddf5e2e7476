use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use http::Request;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const MASK: &str = "***";

/// One request exactly as it goes to the peer, with credentials and passwords masked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WireRequest {
    /// The method.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// The headers.
    pub headers: BTreeMap<String, String>,
    /// The body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

impl WireRequest {
    pub(super) fn of(request: &Request<Bytes>) -> Self {
        let headers = request.headers().iter().map(|(name, value)| {
            let text = if value.is_sensitive() { MASK } else { value.to_str().unwrap_or("?") };
            (name.to_string(), text.to_owned())
        });
        let body = serde_json::from_slice(request.body()).ok().map(|mut body| {
            mask(&mut body);
            body
        });
        Self {
            method: request.method().to_string(),
            url: request.uri().to_string(),
            headers: headers.collect(),
            body,
        }
    }
}

/// Masks what is called a password, and the value of an operation whose path is one.
fn mask(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(mask),
        Value::Object(map) => {
            let names_it =
                |key: &str| key.rsplit(':').next().is_some_and(|k| k.eq_ignore_ascii_case("password"));
            let patched = map.get("path").and_then(Value::as_str).is_some_and(names_it);
            for (key, value) in map {
                if names_it(key) || (patched && key == "value") {
                    *value = MASK.into();
                } else {
                    mask(value);
                }
            }
        }
        _ => {}
    }
}

impl fmt::Display for WireRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.method, self.url)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {value}")?;
        }
        match &self.body {
            Some(body) => write!(f, "\n{body:#}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_credential_is_shown() {
        let body = r#"{"userName":"a","Password":"hunter2","Operations":[
            {"op":"replace","path":"password","value":"hunter2"},
            {"op":"replace","value":{"urn:ietf:params:scim:schemas:core:2.0:User:password":"hunter2"}}]}"#;
        let mut token = http::HeaderValue::from_static("Bearer hunter2");
        token.set_sensitive(true);
        let request = Request::post("https://example.com/Users")
            .header("authorization", token)
            .body(Bytes::from_static(body.as_bytes()));
        let shown = WireRequest::of(&request.unwrap());
        assert!(!format!("{shown} {shown:?}").contains("hunter2"), "{shown}");
        assert_eq!(shown.headers["authorization"], "***");
    }
}
