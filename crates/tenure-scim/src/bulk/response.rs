//! The response.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::{BulkMethod, BulkOperation};
use crate::error::ScimError;
use crate::message::take;
use crate::uri;

/// What became of the operations of a bulk request. The HTTP status is 200 also when operations failed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BulkResponse {
    /// One outcome for each operation that was tried.
    pub operations: Vec<BulkOutcome>,
}

/// What became of one operation.
///
/// # Examples
///
/// ```
/// use tenure_scim::ScimError;
/// use tenure_scim::bulk::{BulkMethod, BulkOperation, BulkOutcome, BulkResponse};
///
/// let operation = BulkOperation::new(BulkMethod::Delete, "/Users/1");
/// let failed = BulkOutcome::failed(&operation, &ScimError::not_found("no user `1`"));
/// let response = serde_json::to_value(BulkResponse { operations: vec![failed] })?;
/// assert_eq!(response["Operations"][0]["status"], "404");
/// assert_eq!(response["Operations"][0]["response"]["detail"], "no user `1`");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct BulkOutcome {
    /// What was done.
    pub method: BulkMethod,
    /// The name that the request gave to a new resource.
    pub bulk_id: Option<String>,
    /// Where the resource is; absent only after a failed POST.
    pub location: Option<String>,
    /// The resource's version.
    pub version: Option<String>,
    /// The HTTP status of this operation.
    pub status: u16,
    /// The body; required unless the operation succeeded.
    pub response: Option<Value>,
}

impl BulkOutcome {
    /// An operation that succeeded.
    pub fn done(operation: &BulkOperation, status: u16, location: impl Into<String>) -> Self {
        Self {
            method: operation.method,
            bulk_id: operation.bulk_id.clone(),
            location: Some(location.into()),
            version: None,
            status,
            response: None,
        }
    }

    /// An operation that failed.
    pub fn failed(operation: &BulkOperation, error: &ScimError) -> Self {
        let location = (operation.method != BulkMethod::Post).then(|| operation.path.clone());
        Self {
            method: operation.method,
            bulk_id: operation.bulk_id.clone(),
            location,
            version: operation.version.clone(),
            status: error.status(),
            response: serde_json::to_value(error).ok(),
        }
    }

    /// Whether the operation succeeded.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Serialize for BulkResponse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let operations: Vec<Value> = self.operations.iter().map(write).collect();
        json!({ "schemas": [uri::BULK_RESPONSE], "Operations": operations }).serialize(serializer)
    }
}

fn write(outcome: &BulkOutcome) -> Value {
    let mut map = Map::new();
    map.insert("method".to_owned(), outcome.method.as_str().into());
    // SPEC: RFC 7644 erratum 7916: `status` is a string, not an object with a `code`.
    map.insert("status".to_owned(), outcome.status.to_string().into());
    let texts =
        [("bulkId", &outcome.bulk_id), ("location", &outcome.location), ("version", &outcome.version)];
    map.extend(texts.into_iter().filter_map(|(n, v)| Some((n.to_owned(), v.clone()?.into()))));
    map.extend(outcome.response.clone().map(|response| ("response".to_owned(), response)));
    Value::Object(map)
}

impl<'de> Deserialize<'de> for BulkResponse {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut body = Map::<String, Value>::deserialize(deserializer)?;
        let Some(Value::Array(operations)) = take(&mut body, "Operations") else {
            return Err(D::Error::custom("expected an array in `Operations`"));
        };
        let operations = operations.into_iter().map(read).collect::<Option<Vec<_>>>();
        let operations =
            operations.ok_or_else(|| D::Error::custom("expected `method` and `status` in an operation"))?;
        Ok(Self { operations })
    }
}

fn read(value: Value) -> Option<BulkOutcome> {
    let Value::Object(mut value) = value else { return None };
    let method = take(&mut value, "method")?;
    let all = [BulkMethod::Post, BulkMethod::Put, BulkMethod::Patch, BulkMethod::Delete];
    let method =
        all.into_iter().find(|m| method.as_str().is_some_and(|t| t.eq_ignore_ascii_case(m.as_str())))?;
    let status = match take(&mut value, "status")? {
        Value::Object(mut older) => take(&mut older, "code")?,
        status => status,
    };
    let status = match status {
        Value::String(text) => text.parse().ok()?,
        number => u16::try_from(number.as_u64()?).ok()?,
    };
    let mut text = |name: &str| match take(&mut value, name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let (bulk_id, location, version) = (text("bulkId"), text("location"), text("version"));
    Some(BulkOutcome { method, bulk_id, location, version, status, response: take(&mut value, "response") })
}
