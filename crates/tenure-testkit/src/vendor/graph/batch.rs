use serde_json::{Value, json};

use super::Graph;
use super::state::{Answer, bad, failed};
use crate::vendor::{Call, Reply};

/// How many requests one batch takes.
const MOST: usize = 20;

impl Graph {
    /// Each part is answered, and counted, on its own; the answers come in another order than the requests.
    pub(super) fn batch(&mut self, call: &Call) -> Answer {
        let parts = call.body.get("requests").and_then(Value::as_array).cloned().unwrap_or_default();
        if parts.is_empty() || parts.len() > MOST {
            return Err(bad("Number of batch request steps exceeds the maximum value of 20."));
        }
        let mut answers = Vec::new();
        for part in parts {
            let text = |name: &str| part.get(name).and_then(Value::as_str).unwrap_or_default();
            if text("url").starts_with("/v1.0") {
                return Err(bad("Invalid batch payload format: a url is relative to the version."));
            }
            let body = part.get("body").map(Value::to_string).unwrap_or_default();
            let mut inner = Call::new(
                text("method"),
                &format!("/v1.0{}", text("url")),
                call.headers.clone(),
                body.as_bytes(),
            );
            inner.now = call.now;
            let limit = self.calls_in_ten_seconds;
            let reply = match self.windows.take("calls", limit, 10, call.now) {
                Err(wait) => failed(429, "TooManyRequests", "Too many requests").header("Retry-After", wait),
                Ok(_) => self.route(&inner).unwrap_or_else(|refused| refused),
            };
            let headers: serde_json::Map<String, Value> =
                reply.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
            answers.push(
                json!({ "id": text("id"), "status": reply.status, "headers": headers, "body": reply.body }),
            );
        }
        answers.reverse();
        Ok(Reply::json(200, json!({ "responses": answers })))
    }
}
