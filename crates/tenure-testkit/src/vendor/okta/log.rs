use serde_json::{Value, json};

use super::Okta;
use super::state::Answer;
use crate::vendor::{Call, Reply, moment};

impl Okta {
    /// Writes an event about a user into the log.
    pub fn seed_event(&mut self, kind: &str, user: &str, now: i64) {
        let target = json!([{ "id": user, "type": "User" }, { "id": "0oa1", "type": "AppInstance" }]);
        self.log.push(json!({
            "uuid": format!("e{}", self.log.len()), "published": moment(now), "eventType": kind, "target": target,
        }));
    }

    /// Writes down what a call did.
    pub(super) fn note(&mut self, call: &Call, path: &[&str], reply: &Reply) {
        let made =
            reply.body.as_ref().and_then(|body| body.get("id")?.as_str()).unwrap_or_default().to_owned();
        let (kind, user) = match (call.method.as_str(), path) {
            ("POST", []) => ("user.lifecycle.create".to_owned(), made),
            ("POST", [_]) => ("user.account.update_profile".to_owned(), made),
            ("POST", [user, "lifecycle", step]) => (format!("user.lifecycle.{step}"), (*user).to_owned()),
            ("DELETE", [user]) => match self.users.get(user) {
                Some(_) => ("user.lifecycle.deactivate".to_owned(), (*user).to_owned()),
                None => ("user.lifecycle.delete.initiated".to_owned(), (*user).to_owned()),
            },
            _ => return,
        };
        self.seed_event(&kind, &user, call.now);
    }

    /// Events from a moment or a place on, in the order in which they were written down. The next place is told also when
    /// nothing is behind it.
    pub(super) fn list_log(&self, call: &Call) -> Answer {
        let start =
            call.parameter("after").and_then(|after| after.strip_prefix("at")?.parse().ok()).unwrap_or(0);
        let size = usize::try_from(call.number("limit").unwrap_or(100)).unwrap_or(100);
        let filter = call.parameter("filter").unwrap_or_default();
        let since = call.parameter("since").unwrap_or_default();
        let fits = |event: &Value| {
            let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
            filter.contains(&format!("\"{}\"", text("eventType"))) && text("published") >= since
        };
        let mut shown = Vec::new();
        let mut end = start;
        for event in self.log.iter().skip(start) {
            if shown.len() == size {
                break;
            }
            end += 1;
            shown.extend(fits(event).then(|| event.clone()));
        }
        let host = call.headers.get("host").map(String::as_str).unwrap_or_default();
        let others = call.query.iter().filter(|(name, _)| name != "after");
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(others)
            .append_pair("after", &format!("at{end}"))
            .finish();
        let link = format!("<http://{host}/{}?{query}>; rel=\"next\"", call.path.join("/"));
        Ok(Reply::json(200, shown.into()).header("link", link))
    }
}
