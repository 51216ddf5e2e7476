use std::collections::BTreeMap;

use serde_json::Value;

/// One request as a vendor sees it: everything decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The method in capitals.
    pub method: String,
    /// The decoded segments of the path.
    pub path: Vec<String>,
    /// The decoded parameters of the address, in order.
    pub query: Vec<(String, String)>,
    /// The headers, by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body: JSON as it is, a form as an object of texts, `null` when there is none.
    pub body: Value,
    /// The fake's own time, in seconds since 1970.
    pub now: i64,
}

impl Call {
    /// Takes a request apart.
    pub(super) fn new(method: &str, target: &str, headers: BTreeMap<String, String>, body: &[u8]) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let is_form = headers.get("content-type").is_some_and(|kind| kind.contains("form-urlencoded"));
        let body = match is_form {
            true => {
                Value::Object(pairs(body).into_iter().map(|(name, value)| (name, value.into())).collect())
            }
            false => serde_json::from_slice(body).unwrap_or_default(),
        };
        Self {
            method: method.to_owned(),
            path: path.split('/').filter(|segment| !segment.is_empty()).map(decoded).collect(),
            query: pairs(query.as_bytes()),
            headers,
            body,
            now: 0,
        }
    }

    /// The method and the segments, to be matched.
    #[must_use]
    pub fn route(&self) -> (&str, Vec<&str>) {
        (&self.method, self.path.iter().map(String::as_str).collect())
    }

    /// The first parameter with this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Every parameter with this name.
    #[must_use]
    pub fn parameters(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str()).collect()
    }

    /// A parameter as a number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.parameter(name)?.parse().ok()
    }

    /// Whether it can change something.
    #[must_use]
    pub fn writes(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD")
    }
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// A segment of a path; a plus sign is itself there.
fn decoded(segment: &str) -> String {
    let form = format!("s={}", segment.replace('+', "%2B"));
    pairs(form.as_bytes()).pop().map(|(_, value)| value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_decoded() {
        let headers =
            BTreeMap::from([("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())]);
        let call =
            Call::new("POST", "/api/a%2Fb+c?page%5Bsize%5D=2&role[]=x&role[]=y", headers, b"user=a%26b");
        assert_eq!(call.path, ["api", "a/b+c"]);
        assert_eq!((call.number("page[size]"), call.parameters("role[]")), (Some(2), vec!["x", "y"]));
        assert_eq!(call.body["user"], "a&b");
    }
}
