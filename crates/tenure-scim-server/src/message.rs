//! The message of a list (RFC 7644 section 3.4.2), written as text.

use http::StatusCode;
use serde_json::Value;
use tenure_scim::uri;

use crate::reply::{Body, Reply};

/// What is said about a page besides its resources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ListMessage {
    pub(crate) total: Option<u64>,
    pub(crate) start: Option<u64>,
    pub(crate) next: Option<String>,
}

impl ListMessage {
    /// Answers with a page of resources, each written already.
    pub(crate) fn reply(self, resources: impl IntoIterator<Item = String>) -> Reply {
        Reply::new(StatusCode::OK, Some(Body::Text(self.text(resources))))
    }

    fn text(self, resources: impl IntoIterator<Item = String>) -> String {
        let (mut shown, mut count) = (String::new(), 0_usize);
        for resource in resources {
            if count > 0 {
                shown.push(',');
            }
            shown.push_str(&resource);
            count += 1;
        }
        let mut text = String::with_capacity(shown.len() + 200);
        text.push_str("{\"schemas\":[\"");
        text.push_str(uri::LIST_RESPONSE);
        text.push_str("\"]");
        let mut number = |name: &str, number: Option<u64>| {
            if let Some(number) = number {
                text.push_str(&format!(",\"{name}\":{number}"));
            }
        };
        number("totalResults", self.total);
        number("itemsPerPage", u64::try_from(count).ok());
        number("startIndex", self.start);
        if let Some(next) = self.next {
            text.push_str(&format!(",\"nextCursor\":{}", Value::from(next)));
        }
        text.push_str(",\"Resources\":[");
        text.push_str(&shown);
        text.push_str("]}");
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_is_json_whatever_the_cursor_holds() {
        let user = |id: &str| json!({"id": id, "userName": "a\"b"}).to_string();
        let message = ListMessage { total: Some(7), start: None, next: Some("x\"y".to_owned()) };
        let read: Value = serde_json::from_str(&message.text([user("1"), user("2")])).unwrap();
        assert_eq!(
            read,
            json!({
                "schemas": [uri::LIST_RESPONSE], "totalResults": 7, "itemsPerPage": 2, "nextCursor": "x\"y",
                "Resources": [{"id": "1", "userName": "a\"b"}, {"id": "2", "userName": "a\"b"}],
            })
        );
    }

    #[test]
    fn an_empty_page_has_no_resources() {
        let message = ListMessage { total: Some(0), start: Some(1), next: None };
        let read: Value = serde_json::from_str(&message.text([])).unwrap();
        assert_eq!(
            (&read["itemsPerPage"], &read["startIndex"], &read["Resources"]),
            (&json!(0), &json!(1), &json!([]))
        );
    }
}
