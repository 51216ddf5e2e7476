use serde_json::{Value, json};

use super::Graph;
use super::state::{Answer, bad, failed, link_to};
use crate::vendor::{Call, Reply};

/// How many changes a page has.
const PAGE: usize = 3;

impl Graph {
    /// Changes since a token; the tokens are places in the log.
    pub(super) fn delta(&self, call: &Call) -> Answer {
        let now = self.log.len();
        let (since, more) = match (call.parameter("$deltatoken"), call.parameter("$skiptoken")) {
            (Some("latest"), _) => (now, 0),
            (Some(token), _) => (place(token)?, 0),
            (None, Some(token)) => {
                let (since, more) = token.split_once('.').unwrap_or((token, "0"));
                (place(since)?, more.parse().map_err(|_| bad("Badly formed token."))?)
            }
            (None, None) => (0, 0),
        };
        if since < self.oldest {
            return Err(failed(410, "syncStateNotFound", "The sync state generation is not found."));
        }
        let mut changed: Vec<&String> = Vec::new();
        for id in self.log.iter().skip(since).filter(|id| !id.is_empty()) {
            if !changed.contains(&id) {
                changed.push(id);
            }
        }
        let shown: Vec<Value> = changed.iter().skip(more).take(PAGE).map(|id| self.told(call, id)).collect();
        let at = more + shown.len();
        let (name, link) = match at < changed.len() {
            true => ("@odata.nextLink", link_to(call, "$skiptoken", &format!("{since}.{at}"))),
            false => ("@odata.deltaLink", link_to(call, "$deltatoken", &now.to_string())),
        };
        Ok(Reply::json(200, json!({ "value": shown, name: link })))
    }

    fn told(&self, call: &Call, id: &str) -> Value {
        match self.shown(call, id) {
            Ok(reply) => reply.body.unwrap_or_default(),
            Err(_) => {
                let reason = if self.deleted.get(id).is_some() { "changed" } else { "deleted" };
                json!({ "id": id, "@removed": { "reason": reason } })
            }
        }
    }
}

fn place(token: &str) -> Result<usize, Reply> {
    token.parse().map_err(|_| bad("Badly formed token."))
}
