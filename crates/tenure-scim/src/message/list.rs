//! The result of a query.

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::take;
use crate::resource::Resource;
use crate::uri;

/// One page of the result of a query (RFC 7644 section 3.4.2, RFC 9865 section 2).
///
/// Reading is forgiving: names in any case, no `Resources` when there are none, no `schemas`.
///
/// # Examples
///
/// ```
/// use tenure_scim::message::ListResponse;
/// use tenure_scim::Resource;
///
/// let all = ListResponse::complete(vec![Resource::new(tenure_scim::uri::USER)]);
/// let text = serde_json::to_string(&all)?;
/// assert!(text.starts_with(r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":1,"#));
///
/// let none: ListResponse = serde_json::from_str(r#"{"totalResults": 0}"#)?;
/// assert!(none.resources.is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ListResponse<T = Resource> {
    /// How many resources all pages have; may be missing on cursor pages.
    pub total_results: Option<u64>,
    /// The 1-based position of the first resource, on index pages.
    pub start_index: Option<u64>,
    /// How many resources this page has, when it is not all.
    pub items_per_page: Option<u64>,
    /// The cursor of the next page; missing on the last.
    pub next_cursor: Option<String>,
    /// The cursor of the page before; missing on the first.
    pub previous_cursor: Option<String>,
    /// The resources of this page.
    pub resources: Vec<T>,
}

impl<T> ListResponse<T> {
    /// The result of a query that fits on one page.
    pub fn complete(resources: Vec<T>) -> Self {
        let count = resources.len() as u64;
        Self::page(resources, count, 1)
    }

    /// One index page of a result of `total` resources.
    pub fn page(resources: Vec<T>, total: u64, start_index: u64) -> Self {
        Self {
            total_results: Some(total),
            start_index: Some(start_index),
            items_per_page: Some(resources.len() as u64),
            next_cursor: None,
            previous_cursor: None,
            resources,
        }
    }

    /// One cursor page; without `next` it is the last.
    pub fn cursor_page(resources: Vec<T>, total: Option<u64>, next: Option<String>) -> Self {
        Self {
            total_results: total,
            start_index: None,
            items_per_page: Some(resources.len() as u64),
            next_cursor: next,
            previous_cursor: None,
            resources,
        }
    }
}

impl<T: Serialize> Serialize for ListResponse<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut message = serializer.serialize_struct("ListResponse", 7)?;
        message.serialize_field("schemas", &[uri::LIST_RESPONSE])?;
        for (name, value) in [
            ("totalResults", self.total_results),
            ("startIndex", self.start_index),
            ("itemsPerPage", self.items_per_page),
        ] {
            match value {
                Some(value) => message.serialize_field(name, &value)?,
                None => message.skip_field(name)?,
            }
        }
        for (name, value) in [("nextCursor", &self.next_cursor), ("previousCursor", &self.previous_cursor)] {
            match value {
                Some(value) => message.serialize_field(name, value)?,
                None => message.skip_field(name)?,
            }
        }
        message.serialize_field("Resources", &self.resources)?;
        message.end()
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for ListResponse<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut body = Map::<String, Value>::deserialize(deserializer)?;
        let resources = match take(&mut body, "Resources") {
            Some(Value::Array(resources)) => resources,
            Some(_) => return Err(D::Error::custom("expected an array in `Resources`")),
            None => Vec::new(),
        };
        let mut number = |name: &str| match take(&mut body, name) {
            Some(value) => value
                .as_u64()
                .map(Some)
                .ok_or_else(|| D::Error::custom(format!("expected a whole number in `{name}`"))),
            None => Ok(None),
        };
        let (total_results, start_index, items_per_page) =
            (number("totalResults")?, number("startIndex")?, number("itemsPerPage")?);
        let mut text = |name: &str| match take(&mut body, name) {
            Some(Value::String(text)) => Some(text).filter(|t| !t.is_empty()),
            _ => None,
        };
        let (next_cursor, previous_cursor) = (text("nextCursor"), text("previousCursor"));
        if total_results.is_none() && next_cursor.is_none() && resources.is_empty() && start_index.is_none() {
            return Err(D::Error::custom("expected `totalResults` or `Resources`"));
        }
        let resources = resources
            .into_iter()
            .map(serde_json::from_value)
            .collect::<Result<_, _>>()
            .map_err(D::Error::custom)?;
        Ok(Self { total_results, start_index, items_per_page, next_cursor, previous_cursor, resources })
    }
}
