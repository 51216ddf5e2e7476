use serde_json::{Value, json};

use super::answer::{bad, invalid};
use super::{User, Zendesk};
use crate::vendor::{Call, Reply};

impl Zendesk {
    /// Users by their last change, deleted ones included, without those of the last minute.
    pub(super) fn export(&mut self, call: &Call) -> Result<Reply, Reply> {
        self.windows
            .take("export", 10, 60, call.now)
            .map_err(|wait| self.limited("incremental-exports", 10, wait))?;
        let latest = call.now - self.options.export_delay;
        let after = match (call.parameter("cursor"), call.parameter("start_time")) {
            (Some(cursor), _) => cursor
                .strip_prefix("change-")
                .and_then(|number| number.parse::<u64>().ok())
                .ok_or_else(|| bad("The cursor is invalid"))?,
            (None, Some(start)) => {
                let start: i64 = start.parse().map_err(|_| bad("start_time must be a number"))?;
                if start > call.now - 60 {
                    return Err(invalid("start_time", "Too recent start_time", "StartTimeTooRecent"));
                }
                let before = self.users.values().filter(|user| user.changed.0 < start);
                before.map(|user| user.changed.1).max().unwrap_or(0)
            }
            (None, None) => return Err(bad("start_time is required")),
        };
        let size = usize::try_from(call.number("per_page").unwrap_or(1000)).unwrap_or(1000);
        let mut found: Vec<&User> =
            self.users.values().filter(|user| user.changed.1 > after && user.changed.0 <= latest).collect();
        found.sort_by_key(|user| user.changed.1);
        let end = found.len() <= size;
        found.truncate(size);
        let last = found.last().map_or(after, |user| user.changed.1);
        let shown: Vec<Value> = found.into_iter().map(|user| Value::Object(user.shown.clone())).collect();
        Ok(Reply::json(
            200,
            json!({
                "users": shown, "after_cursor": format!("change-{last}"), "before_cursor": null,
                "after_url": format!("https://example.zendesk.com/api/v2/incremental/users/cursor.json?cursor=change-{last}"),
                "before_url": null, "end_of_stream": end,
            }),
        ))
    }
}
