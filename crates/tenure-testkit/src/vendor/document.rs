use std::fmt;
use std::io;
use std::path::Path;

use serde_json::Value;

/// A vendor's API description (OpenAPI 3 or Swagger 2, in JSON), to check answers against.
#[derive(Clone)]
pub struct Document {
    name: String,
    root: Value,
}

/// How deep schemas are followed; they may refer to themselves.
const DEPTH: usize = 24;

impl Document {
    /// Reads a description from a file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is no JSON.
    pub fn read(path: &Path) -> io::Result<Self> {
        let root = serde_json::from_slice(&std::fs::read(path)?)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, root })
    }

    /// Takes a description that is there.
    #[must_use]
    pub fn new(name: &str, root: Value) -> Self {
        Self { name: name.to_owned(), root }
    }

    /// Whether it knows the address.
    #[must_use]
    pub fn has(&self, method: &str, path: &[String]) -> bool {
        self.path(path).is_some_and(|item| item.get(method.to_ascii_lowercase()).is_some())
    }

    /// What is wrong with an answer; nothing, when the description does not know the address.
    ///
    /// A failure (4xx, 5xx) that the description does not declare is no violation: few describe them.
    #[must_use]
    pub fn violations(
        &self,
        method: &str,
        path: &[String],
        status: u16,
        body: Option<&Value>,
    ) -> Vec<String> {
        let operation = self.path(path).and_then(|item| item.get(method.to_ascii_lowercase()));
        let Some(responses) = operation.and_then(|operation| operation.get("responses")) else {
            return Vec::new();
        };
        let range = format!("{}XX", status / 100);
        let declared = [status.to_string().as_str(), range.as_str(), "default"]
            .into_iter()
            .find_map(|code| responses.get(code))
            .map(|found| self.resolve(found));
        let Some(declared) = declared else {
            return match status {
                400.. => Vec::new(),
                _ => vec![format!("{}: the status {status} is not declared", self.name)],
            };
        };
        let (Some(schema), Some(body)) = (schema_of(declared), body) else { return Vec::new() };
        let mut found = Vec::new();
        self.check(schema, body, "", 0, &mut found);
        // Some vendors fail with a status of success, and describe that as the default.
        let fallback = responses.get("default").map(|found| self.resolve(found));
        if let (false, Some(fallback)) = (found.is_empty(), fallback.and_then(schema_of)) {
            let mut also = Vec::new();
            self.check(fallback, body, "", 0, &mut also);
            if also.is_empty() {
                return also;
            }
        }
        found.into_iter().map(|what| format!("{}: {status}: {what}", self.name)).collect()
    }

    /// The item of the path with the most literal segments.
    fn path(&self, path: &[String]) -> Option<&Value> {
        let paths = self.root.get("paths")?.as_object()?;
        let fits = |template: &str| {
            let parts: Vec<&str> = template.split('/').filter(|part| !part.is_empty()).collect();
            (parts.len() == path.len()
                && parts.iter().zip(path).all(|(part, segment)| part.starts_with('{') || part == segment))
            .then(|| parts.iter().filter(|part| !part.starts_with('{')).count())
        };
        let found = paths.iter().filter_map(|(template, item)| Some((fits(template)?, item)));
        found.max_by_key(|(literal, _)| *literal).map(|(_, item)| item)
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let target = value.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
        target.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(value)
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, depth: usize, found: &mut Vec<String>) {
        if depth > DEPTH {
            return;
        }
        let schema = self.resolve(schema);
        let nullable = ["nullable", "x-nullable"].iter().any(|name| schema.get(*name) == Some(&true.into()));
        if value.is_null() && (nullable || is_null_allowed(schema)) {
            return;
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.check(part, value, at, depth + 1, found);
        }
        for choice in ["anyOf", "oneOf"] {
            let Some(options) = schema.get(choice).and_then(Value::as_array) else { continue };
            let failures: Vec<Vec<String>> = options
                .iter()
                .map(|option| {
                    let mut inner = Vec::new();
                    self.check(option, value, at, depth + 1, &mut inner);
                    inner
                })
                .collect();
            if failures.iter().all(|failure| !failure.is_empty())
                && let Some(nearest) = failures.into_iter().min_by_key(Vec::len)
            {
                found.extend(nearest);
            }
        }
        if !has_type(schema, value) {
            let wanted = schema.get("type").cloned().unwrap_or_default();
            found.push(format!("`{at}`: expected {wanted}, found {}", kind(value)));
            return;
        }
        if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
            && !allowed.contains(value)
        {
            found.push(format!("`{at}`: {value} is none of the allowed values"));
        }
        match value {
            Value::Object(members) => self.check_members(schema, members, at, depth, found),
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    if let Some(items) = schema.get("items") {
                        self.check(items, element, &format!("{at}/{index}"), depth + 1, found);
                    }
                }
            }
            _ => {}
        }
    }

    fn check_members(
        &self,
        schema: &Value,
        members: &serde_json::Map<String, Value>,
        at: &str,
        depth: usize,
        found: &mut Vec<String>,
    ) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let is_written_only = |name: &str| {
            let property = properties.and_then(|properties| properties.get(name));
            property.and_then(|property| property.get("writeOnly")) == Some(&true.into())
        };
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            if !members.contains_key(name) && !is_written_only(name) {
                found.push(format!("`{at}`: `{name}` is missing"));
            }
        }
        for (name, member) in members {
            let place = format!("{at}/{name}");
            match properties.and_then(|properties| properties.get(name)) {
                Some(property) => self.check(property, member, &place, depth + 1, found),
                None => match schema.get("additionalProperties") {
                    Some(Value::Bool(false)) => found.push(format!("`{place}` is not declared")),
                    Some(further @ Value::Object(_)) => self.check(further, member, &place, depth + 1, found),
                    _ => {}
                },
            }
        }
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("name", &self.name).finish_non_exhaustive()
    }
}

fn schema_of(response: &Value) -> Option<&Value> {
    response
        .pointer("/content/application~1json/schema")
        .or_else(|| response.pointer("/content/application~1scim+json/schema"))
        .or_else(|| response.get("schema"))
}

/// A schema without a type, or with `null` among its types, takes null unless its parts forbid it.
fn is_null_allowed(schema: &Value) -> bool {
    match schema.get("type") {
        None => ["allOf", "anyOf", "oneOf"].iter().all(|name| schema.get(*name).is_none()),
        Some(Value::Array(types)) => types.contains(&"null".into()),
        Some(_) => false,
    }
}

fn has_type(schema: &Value, value: &Value) -> bool {
    let is = |wanted: &str| match wanted {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        _ => true,
    };
    match schema.get("type") {
        Some(Value::String(wanted)) => is(wanted),
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(status: u16, body: &Value) -> Vec<String> {
        let user = json!({
            "type": "object",
            "required": ["name", "secret"],
            "properties": {
                "name": { "type": "string" },
                "secret": { "type": "string", "writeOnly": true },
                "size": { "type": "integer", "nullable": true },
                "role": { "enum": ["agent", "admin"] }
            },
            "additionalProperties": false
        });
        let answer = json!({ "content": { "application/json": { "schema": {
            "type": "object",
            "properties": { "user": { "anyOf": [{ "$ref": "#/components/schemas/User" }, { "type": "null" }] } }
        } } } });
        let root = json!({
            "paths": {
                "/users/{id}": { "get": { "responses": { "200": answer } } },
                "/users/me": { "get": { "responses": {} } }
            },
            "components": { "schemas": { "User": user } }
        });
        Document::new("d", root).violations("GET", &["users".to_owned(), "7".to_owned()], status, Some(body))
    }

    #[test]
    fn an_answer_that_fits_has_no_violation() {
        assert_eq!(check(200, &json!({ "user": { "name": "a", "size": null, "role": "agent" } })), [""; 0]);
        assert_eq!(check(404, &json!({ "error": 1 })), [""; 0]);
    }

    #[test]
    fn every_kind_of_violation_is_told_with_its_place() {
        let cases = [
            (json!({ "user": {} }), "d: 200: `/user`: `name` is missing"),
            (json!({ "user": { "name": 1 } }), "d: 200: `/user/name`: expected \"string\", found a number"),
            (
                json!({ "user": { "name": "a", "role": "x" } }),
                "d: 200: `/user/role`: \"x\" is none of the allowed values",
            ),
            (json!({ "user": { "name": "a", "x": 1 } }), "d: 200: `/user/x` is not declared"),
            (json!([]), "d: 200: ``: expected \"object\", found an array"),
        ];
        for (body, expected) in cases {
            assert_eq!(check(200, &body), [expected]);
        }
        assert_eq!(check(201, &json!({})), ["d: the status 201 is not declared"]);
    }
}
