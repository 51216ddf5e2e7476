//! The query parameters of RFC 7644 section 3.4.2 and RFC 9865, from a URL or from a search body.

use serde_json::Value;
use tenure_scim::{AttrPath, ScimError};

/// What a read or a list asks for, before it is checked against a resource type.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Params {
    pub(crate) filter: Option<String>,
    pub(crate) attributes: Vec<AttrPath>,
    pub(crate) excluded: Vec<AttrPath>,
    pub(crate) sort_by: Option<AttrPath>,
    pub(crate) descending: bool,
    pub(crate) start_index: Option<i64>,
    pub(crate) count: Option<i64>,
    /// `Some("")` asks for the first page by cursor.
    pub(crate) cursor: Option<String>,
}

impl Params {
    /// Reads a query string. Unknown parameters are ignored (RFC 7644 section 3.4.2).
    pub(crate) fn from_query(query: Option<&str>) -> Result<Self, ScimError> {
        let mut params = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            params.take(&name, &value)?;
        }
        params.check()
    }

    /// Reads the body of `POST .search`.
    pub(crate) fn from_search(body: &Value) -> Result<Self, ScimError> {
        let object = body
            .as_object()
            .ok_or_else(|| ScimError::invalid_syntax("a search request is a JSON object".to_owned()))?;
        let mut params = Self::default();
        for (name, value) in object {
            match value {
                Value::Null => {}
                Value::String(text) => params.take(name, text)?,
                Value::Number(number) => params.take(name, &number.to_string())?,
                Value::Array(items) if is(name, "attributes") || is(name, "excludedAttributes") => {
                    let names: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
                    let names = names.ok_or_else(|| {
                        ScimError::invalid_syntax(format!("`{name}` expects an array of strings"))
                    })?;
                    params.take(name, &names.join(","))?;
                }
                Value::Array(_) if is(name, "schemas") => {}
                _ if is_known(name) => {
                    return Err(ScimError::invalid_syntax(format!("`{name}` has a value of the wrong type")));
                }
                _ => {}
            }
        }
        params.check()
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), ScimError> {
        if is(name, "filter") {
            // A filter parameter that is there but empty must not read as "all rows".
            self.filter = Some(value.to_owned());
        } else if is(name, "attributes") {
            self.attributes.extend(paths(name, value)?);
        } else if is(name, "excludedAttributes") {
            self.excluded.extend(paths(name, value)?);
        } else if is(name, "sortBy") {
            self.sort_by = paths(name, value)?.into_iter().next();
        } else if is(name, "sortOrder") {
            self.descending = descending(value)?;
        } else if is(name, "startIndex") {
            self.start_index = Some(integer(name, value)?);
        } else if is(name, "count") {
            self.count = Some(integer(name, value)?);
        } else if is(name, "cursor") {
            self.cursor = Some(value.to_owned());
        }
        Ok(())
    }

    fn check(self) -> Result<Self, ScimError> {
        if !self.attributes.is_empty() && !self.excluded.is_empty() {
            return Err(ScimError::invalid_value(
                "`attributes` and `excludedAttributes` cannot be used together".to_owned(),
            ));
        }
        Ok(self)
    }
}

fn is(name: &str, known: &str) -> bool {
    name.eq_ignore_ascii_case(known)
}

fn is_known(name: &str) -> bool {
    ["filter", "attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count", "cursor"]
        .iter()
        .any(|known| is(name, known))
}

fn paths(name: &str, value: &str) -> Result<Vec<AttrPath>, ScimError> {
    value
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| {
            AttrPath::parse(text).map_err(|error| {
                ScimError::invalid_path(format!("`{name}` expects attribute names, found `{text}`: {error}"))
            })
        })
        .collect()
}

fn integer(name: &str, value: &str) -> Result<i64, ScimError> {
    value
        .trim()
        .parse()
        .map_err(|_| ScimError::invalid_value(format!("`{name}` expects an integer, found `{value}`")))
}

fn descending(value: &str) -> Result<bool, ScimError> {
    if is(value, "ascending") {
        Ok(false)
    } else if is(value, "descending") {
        Ok(true)
    } else {
        Err(ScimError::invalid_value(format!(
            "`sortOrder` expects `ascending` or `descending`, found `{value}`"
        )))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_query_string_and_a_search_body_say_the_same() {
        let query =
            "filter=userName%20eq%20%22a%22&attributes=userName,emails.value&startIndex=3&count=10&x=1";
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
            "filter": "userName eq \"a\"", "attributes": ["userName", "emails.value"], "startIndex": 3, "count": 10});
        let from_query = Params::from_query(Some(query)).unwrap();
        assert_eq!(from_query, Params::from_search(&body).unwrap());
        assert_eq!(from_query.filter.as_deref(), Some("userName eq \"a\""));
        assert_eq!(from_query.start_index, Some(3));
    }

    #[test]
    fn plus_is_a_space_and_an_empty_cursor_is_the_first_page() {
        let params =
            Params::from_query(Some("filter=userName+eq+%22a%22&cursor&sortOrder=Descending")).unwrap();
        assert_eq!(params.filter.as_deref(), Some("userName eq \"a\""));
        assert_eq!(params.cursor.as_deref(), Some(""));
        assert!(params.descending);
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for query in [
            "count=x",
            "startIndex=1.5",
            "sortOrder=up",
            "attributes=a&excludedAttributes=b",
            "attributes=a..b",
        ] {
            let error = Params::from_query(Some(query)).unwrap_err();
            assert_eq!(error.status(), 400, "{query}");
        }
        assert_eq!(Params::from_search(&json!([])).unwrap_err().status(), 400);
        assert_eq!(Params::from_search(&json!({"filter": {"a": 1}})).unwrap_err().status(), 400);
    }
}
