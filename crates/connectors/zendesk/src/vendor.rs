//! What Zendesk's answers mean.

use serde_json::Value;
use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result};
use tenure_connector_rest::{ErrorRules, Paging};

/// The largest page that every list takes.
pub(crate) const PAGE: u32 = 100;

/// Cursor pages; the last one, too, names a place behind it.
pub(crate) fn paging() -> Paging {
    Paging::CursorWhile {
        at: "/meta/after_cursor".to_owned(),
        parameter: "page[after]".to_owned(),
        more: "/meta/has_more".to_owned(),
    }
}

pub(crate) fn rules() -> ErrorRules {
    const FIELDS: [&str; 6] = ["email", "external_id", "name", "user_id", "value", "base"];
    let places = FIELDS
        .iter()
        .fold(ErrorRules::new(), |rules, field| rules.code_at(&format!("/details/{field}/0/error")));
    places
        .code_at("/error/title")
        .code_at("/error")
        .message_at("/error/message")
        .message_at("/details/base/0/description")
        .message_at("/description")
        .meaning("DuplicateValue", ErrorKind::AlreadyExists)
        .meaning("AgentLimitReached", ErrorKind::NoCapacity)
        .meaning("TooManyJobs", ErrorKind::RateLimited)
        .sentence("maximum number of agents", ErrorKind::NoCapacity)
        .sentence("account owner", ErrorKind::Policy)
        .sentence("shared from another account", ErrorKind::Policy)
        .sentence("requester of", ErrorKind::Policy)
        .blaming(
            "/details",
            &[
                ("email", "userName"),
                ("value", "userName"),
                ("external_id", "externalId"),
                ("name", "displayName"),
            ],
        )
}

/// A member of an answer that has to be there.
pub(crate) fn member<'a>(body: &'a Value, name: &str) -> Result<&'a Value> {
    body.get(name).ok_or_else(|| protocol(&format!("expected `{name}` in the answer, found none")))
}

pub(crate) fn items<'a>(body: &'a Value, name: &str) -> Result<&'a [Value]> {
    match member(body, name)? {
        Value::Array(items) => Ok(items),
        _ => Err(protocol(&format!("expected a list in `{name}` of the answer, found something else"))),
    }
}

/// The id of an item, as text.
pub(crate) fn id(item: &Value) -> Result<String> {
    number(item, "id")
        .map(|id| id.to_string())
        .ok_or_else(|| protocol("expected an item with a number as `id`"))
}

pub(crate) fn number(item: &Value, name: &str) -> Option<u64> {
    item.get(name)?.as_u64()
}

pub(crate) fn text<'a>(item: &'a Value, name: &str) -> Option<&'a str> {
    item.get(name)?.as_str().filter(|text| !text.is_empty())
}

pub(crate) fn protocol(detail: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Protocol, Certainty::NotAttempted).with_detail(detail)
}
