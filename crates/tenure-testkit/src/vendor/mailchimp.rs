//! Mailchimp: what its API tells of an account, which is little, and nothing of its users.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Call, Reply, Vendor};

/// The state of one account.
#[derive(Debug)]
pub struct Mailchimp {
    /// The role of the user whose key is used.
    pub role: String,
    key: String,
    apps: Vec<Value>,
}

impl Mailchimp {
    /// An account whose owner made this key.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self { role: "owner".to_owned(), key: key.to_owned(), apps: Vec::new() }
    }

    /// Connects an application for somebody.
    pub fn seed_app(&mut self, name: &str, user: &str) {
        let id = self.apps.len() + 1;
        self.apps.push(json!({ "id": id, "name": name, "description": "an application", "users": [user] }));
    }
}

fn problem(status: u16, title: &str, detail: &str) -> Reply {
    let kind = "https://mailchimp.com/developer/marketing/docs/errors/";
    Reply::json(
        status,
        json!({ "type": kind, "title": title, "status": status, "detail": detail, "instance": "i1" }),
    )
}

impl Vendor for Mailchimp {
    fn answer(&mut self, call: &Call) -> Reply {
        let sent = call.headers.get("authorization").and_then(|value| value.strip_prefix("Basic "));
        let pair =
            sent.and_then(|pair| STANDARD.decode(pair).ok()).and_then(|pair| String::from_utf8(pair).ok());
        let key = pair.as_deref().and_then(|pair| pair.split_once(':')).map(|(_, key)| key);
        if key != Some(self.key.as_str()) {
            return problem(
                401,
                "API Key Invalid",
                "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
            );
        }
        let (method, path) = call.route();
        match (method, path.as_slice()) {
            ("GET", ["3.0", "ping"]) => Reply::json(200, json!({ "health_status": "Everything's Chimpy!" })),
            ("GET", ["3.0"]) => {
                Reply::json(200, json!({ "account_id": "a1", "account_name": "Meridian", "role": self.role }))
            }
            ("GET", ["3.0", "authorized-apps"]) => {
                let count = usize::try_from(call.number("count").unwrap_or(10)).unwrap_or(10);
                let offset = usize::try_from(call.number("offset").unwrap_or(0)).unwrap_or(0);
                let apps: Vec<&Value> = self.apps.iter().skip(offset).take(count).collect();
                Reply::json(200, json!({ "apps": apps, "total_items": self.apps.len() }))
            }
            // There is nothing about users, whatever some pages say.
            _ => problem(404, "Resource Not Found", "The requested resource could not be found."),
        }
    }

    fn throttle(&self, retry_after: Option<Duration>) -> Reply {
        let reply =
            problem(429, "Too Many Requests", "You have exceeded the limit of 10 simultaneous connections.");
        match retry_after {
            Some(wait) => reply.header("retry-after", wait.as_secs()),
            None => reply,
        }
    }
}
