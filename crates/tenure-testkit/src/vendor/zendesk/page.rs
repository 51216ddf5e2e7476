use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::answer::bad;
use crate::vendor::{Call, Reply};

/// A page by cursor. Also the last one names a place behind it; only `has_more` tells the end.
pub(super) fn page(call: &Call, member: &str, items: impl Iterator<Item = (u64, Value)>) -> Reply {
    let size = match call.parameter("page[size]").map(str::parse::<usize>) {
        None => 100,
        Some(Ok(size)) if (1..=100).contains(&size) => size,
        Some(_) => return bad("page[size] must be a number from 1 to 100"),
    };
    let after = match call.parameter("page[after]").map(position) {
        None => 0,
        Some(Some(after)) => after,
        Some(None) => return bad("The cursor is invalid"),
    };
    let mut rest = items.filter(|(id, _)| *id > after).peekable();
    let mut shown = Vec::new();
    let mut last = after;
    while shown.len() < size
        && let Some((id, item)) = rest.next()
    {
        last = id;
        shown.push(item);
    }
    let cursor = URL_SAFE_NO_PAD.encode(format!("id:{last}"));
    let mut body = Map::new();
    body.insert(member.to_owned(), shown.into());
    let more = rest.peek().is_some();
    body.insert(
        "meta".to_owned(),
        json!({ "has_more": more, "after_cursor": cursor, "before_cursor": cursor }),
    );
    body.insert("links".to_owned(), json!({ "next": null, "prev": null }));
    Reply::json(200, body.into())
}

fn position(cursor: &str) -> Option<u64> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    text.strip_prefix("id:")?.parse().ok()
}
