//! The forms in which Zendesk answers.

use chrono::DateTime;
use serde_json::{Value, json};

use crate::vendor::Reply;

pub(super) fn moment(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(super) fn not_found() -> Reply {
    Reply::json(404, json!({ "error": "RecordNotFound", "description": "Not found" }))
}

pub(super) fn forbidden(message: &str) -> Reply {
    Reply::json(403, json!({ "error": { "title": "Forbidden", "message": message } }))
}

pub(super) fn bad(message: &str) -> Reply {
    Reply::json(400, json!({ "error": { "title": "Invalid attribute", "message": message } }))
}

/// A record that breaks a rule, at one of its fields; `base` is the whole.
pub(super) fn invalid(field: &str, description: &str, code: &str) -> Reply {
    let mut details = json!({});
    if let Some(details) = details.as_object_mut() {
        details.insert(field.to_owned(), json!([{ "description": description, "error": code }]));
    }
    Reply::json(
        422,
        json!({ "error": "RecordInvalid", "description": "Record validation errors", "details": details }),
    )
}

pub(super) fn id(text: &str) -> Result<u64, Reply> {
    text.parse().map_err(|_| bad("You passed an invalid value for the id attribute. It must be an integer"))
}

/// A member of the body, `user` or `group_membership`.
pub(super) fn wrapped<'a>(body: &'a Value, name: &str) -> Result<&'a serde_json::Map<String, Value>, Reply> {
    body.get(name).and_then(Value::as_object).ok_or_else(|| {
        Reply::json(
            400,
            json!({ "error": "RequiredParam", "description": format!("Parameter {name} is required") }),
        )
    })
}
